"""Traps of this layout, each with a guard, and each guard seen to catch its fault in a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from kit import REPO
from tree import SLICES, copy_tree, git, tracked

MODULE_LINES = 300
UNANCHORED = {"__pycache__/", "*.pyc"}
REGISTRIES = (
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmmirror\.com|yarnpkg\.com|proxy\.golang\.org"
    r"|--(extra-)?index-url[ =]|^ *(extra-)?index-url *="
)
MACHINE_PATHS = r"(^|[^[:alnum:]_.}/-])/(work|root|home|Users)(/|[^[:alnum:]_-]|$)"


def hidden_slices(root):
    """An `__init__.py` beside the slices makes one of them the whole of `tianlake` and hides the others."""
    above = [root / part for slice_ in SLICES for part in (slice_, f"{slice_}/tianlake")]
    folders = [*above, root / "infra", root / "localstack"]
    return [str(folder / "__init__.py") for folder in folders if (folder / "__init__.py").exists()]


def packages_without_init(root):
    """Below a slice every folder of modules is a package: checkers pass over folders that are none."""
    folders = {path.parent for slice_ in SLICES for path in tracked(root, f"{slice_}/tianlake/*.py")}
    return [str(folder) for folder in folders if not (root / folder / "__init__.py").exists()]


def ignored_code(root):
    """A stock `build/` in an ignore file drops our code from git, ruff and the wheel."""
    wanted = [f"{slice_}/tianlake/{slice_}/module.py" for slice_ in SLICES]
    wanted += [f"tests/{slice_}/test_module.py" for slice_ in SLICES]
    lost = [path for path in wanted if git(root, "check-ignore", "--no-index", path)]
    return lost + git(root, "ls-files", "--cached", "--ignored", "--exclude-standard")


def loose_patterns(root):
    """A pattern without a leading `/` matches in every folder."""
    return [
        f"{file}: {line}"
        for file in tracked(root, ".gitignore", "*/.gitignore")
        for line in (root / file).read_text().splitlines()
        if line and not line.startswith(("#", "/", "!/")) and line not in UNANCHORED
    ]


def shadows(root):
    """A Python file at the top or in `localstack/`, where scripts start, hides the package of its name."""
    installed = packages_distributions().keys() | sys.stdlib_module_names | {"localstack"}
    scripts = [*root.glob("*.py"), *(root / "localstack").glob("*.py"), *(root / "localstack").glob("*/__init__.py")]
    names = {path: path.parent.name if path.name == "__init__.py" else path.stem for path in scripts}
    return [str(path) for path, name in names.items() if name in installed]


def uncollected_tests(root):
    """By default pytest passes over every folder named `build`."""
    with TemporaryDirectory() as name:
        bare = Path(name)
        shutil.copy(root / "pyproject.toml", bare)
        test = bare / "tests/build/test_planted.py"
        test.parent.mkdir(parents=True)
        test.write_text("def test_planted(): ...\n")
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=bare, capture_output=True, text=True, check=False)
    return [] if "tests/build/test_planted.py::test_planted" in done.stdout else [done.stdout + done.stderr]


def long_modules(root):
    """One module, one subject."""
    lengths = {path: len((root / path).read_bytes().splitlines()) for path in tracked(root, "*.py")}
    return [f"{path}: {length} lines" for path, length in lengths.items() if length > MODULE_LINES]


def registry_addresses(root):
    """Where packages come from is for the one who installs to say."""
    return git(root, "grep", "-nIE", REGISTRIES)


def machine_paths(root):
    """A path of the machine something was written on means nothing on another."""
    return git(root, "grep", "-nIE", MACHINE_PATHS)


def links(root):
    """A symbolic link leads into the machine it was made on; ignore patterns that end in `/` let one through."""
    return [line for line in git(root, "ls-files", "--stage") if line.startswith("120000 ")]


def resolved_keys(root):
    """`npm config set omit-lockfile-registry-resolved true` keeps the registry out of the lock file."""
    return git(root, "grep", "-nI", '"resolved"', "--", "*package-lock.json", "*npm-shrinkwrap.json")


def upward_imports(root):
    """Cli, functions, {stac, build, portal}, lake: imports point down."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    roots = os.pathsep.join(str(root / slice_) for slice_ in SLICES)
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": roots}, capture_output=True, text=True, check=False
    )
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def write(path, text):
    def plant(root):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return plant


def append(path, text):
    def plant(root):
        with (root / path).open("a") as file:
            file.write(text)

    return plant


def link(path, target):
    def plant(root):
        (root / path).symlink_to(target)

    return plant


def replace(path, old, new):
    def plant(root):
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return plant


FAULTS = {
    hidden_slices: [
        *(write(f"{slice_}/tianlake/__init__.py", "") for slice_ in SLICES),
        write("build/__init__.py", ""),
        write("localstack/__init__.py", ""),
        write("infra/__init__.py", ""),
    ],
    packages_without_init: [write("stac/tianlake/stac/part/module.py", "")],
    ignored_code: [
        append(".gitignore", "build/\n"),
        append(".gitignore", "/tests/stac/\n"),
        append(".gitignore", "/lake/"),
    ],
    loose_patterns: [append(".gitignore", "dist/\n"), write("portal/.gitignore", "node_modules\n")],
    shadows: [
        write("localstack/localstack.py", ""),
        write("localstack/localstack/__init__.py", ""),
        write("localstack/json.py", ""),
        write("build.py", ""),
    ],
    uncollected_tests: [replace("pyproject.toml", "norecursedirs", "# norecursedirs")],
    long_modules: [write("tools/long.py", "\n" * (MODULE_LINES + 1))],
    registry_addresses: [
        append("requirements/planted.txt", "--index" + "-url https://mirror.example/simple\n"),
        append("README.md", "https://registry.npm" + "js.org/pmtiles\n"),
    ],
    machine_paths: [append("README.md", "See /ro" + "ot/notes.\n"), write("docs/planted.md", "cd /wo" + "rk\n")],
    links: [link("planted", "/tmp")],
    resolved_keys: [write("portal/package-lock.json", '{"packages": {"a": {"resolved": "a.tgz"}}}\n')],
    upward_imports: [
        append("lake/tianlake/lake/words.py", "import tianlake.build\n"),
        append("build/tianlake/build/job.py", "import tianlake.stac\n"),
    ],
}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    return copy_tree(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def copy(pristine, tmp_path):
    return shutil.copytree(pristine, tmp_path / "copy")


@pytest.mark.parametrize("guard", FAULTS, ids=lambda guard: guard.__name__)
def test_the_tree_is_free_of(guard):
    assert guard(REPO) == []


CASES = [
    pytest.param(guard, plant, id=f"{guard.__name__}-{n}")
    for guard, plants in FAULTS.items()
    for n, plant in enumerate(plants)
]


@pytest.mark.parametrize(("guard", "plant"), CASES)
def test_a_planted_fault_is_seen(guard, plant, copy):
    before = guard(copy)
    plant(copy)
    git(copy, "add", "--all", "--force")
    assert len(guard(copy)) > len(before)


def test_patterns_of_machine_paths_leave_urls_and_words_alone():
    pattern = re.compile(MACHINE_PATHS.replace("[:alnum:]", "A-Za-z0-9"))
    for innocent in ("https://example.org/work/a", "{base}/root", "work/shared", "a/root/b", "/workspace", "/rooted"):
        assert not pattern.search(innocent), innocent
