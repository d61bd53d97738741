"""The wheel and the sdist, built as a packager does without a network, from a copy of what git holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
from zipfile import ZipFile

import pytest
from kit import REPO
from tree import GENERATED, SLICES, copy_tree


def complete_copy(target):
    """Copy what git holds and what `make install` adds to it."""
    copy_tree(target)
    for name in GENERATED:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, target / name)
        elif (REPO / name).exists():
            shutil.copy(REPO / name, target / name)
    return target


def build(root, target):
    """Run PyPA build within the repository, beside our folder `build`: first the sdist, from it the wheel."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    return wheel, sdist


def names(wheel):
    return {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}


def modules_in(root):
    """Return every file below a slice, as the wheel should name it."""
    files = (path for slice_ in SLICES for path in (root / slice_ / "tianlake").rglob("*") if path.is_file())
    return {"/".join(path.relative_to(root).parts[1:]) for path in files}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return complete_copy(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def built(tree, tmp_path_factory):
    return build(tree, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    target = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", target, built[0]], check=True)
    return target


def run(target, code):
    """Run Python on `target` alone: without `-S` the editable installation would answer for it."""
    libraries = sysconfig.get_path("purelib")
    start = f"import sys; sys.path[:0] = [{str(target)!r}]; sys.path.append({libraries!r})\n"
    command = [sys.executable, "-I", "-S", "-c", start + code]
    return subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_of_every_slice_and_nothing_else(tree, built):
    assert names(built[0]) == modules_in(tree)
    for slice_ in SLICES:
        assert f"tianlake/{slice_}/__init__.py" in names(built[0])


def test_the_wheel_holds_what_make_install_adds(built):
    assert "tianlake/lake/_divisions.json" in names(built[0])
    vendor = REPO / "portal/tianlake/portal/static/vendor"
    scripts = {f"tianlake/portal/static/vendor/{path.name}" for path in vendor.glob("*") if path.is_file()}
    assert scripts <= names(built[0])


def test_the_wheel_installs_one_top_level_package_without_init(built):
    assert {name.split("/")[0] for name in names(built[0])} == {"tianlake"}
    assert "tianlake/__init__.py" not in names(built[0])


def test_the_sdist_holds_what_the_wheel_is_made_of_and_no_more(built):
    with tarfile.open(built[1]) as archive:
        members = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert {name.split("/")[0] for name in members} == {
        *SLICES,
        ".gitignore",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
    }


def test_the_installed_wheel_computes_a_name(installed):
    code = """
import tianlake.lake.naming as naming
from tianlake.lake.divisions import load_divisions
print(naming.__file__)
print(naming.node_name("156131000", load_divisions()).short_name)
"""
    done = run(installed, code)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [str(installed / "tianlake/lake/naming.py"), "天地图·廊坊"]


@pytest.mark.parametrize("slice_", SLICES)
def test_the_installed_wheel_has_every_slice(slice_, installed):
    done = run(installed, f"import tianlake.{slice_} as part; print(part.__file__)")
    assert done.stderr == ""
    assert done.stdout.strip() == str(installed / f"tianlake/{slice_}/__init__.py")


@pytest.mark.long
def test_a_slice_left_out_of_the_wheel_is_seen(tree, tmp_path):
    spoilt = shutil.copytree(tree, tmp_path / "spoilt")
    settings = (spoilt / "pyproject.toml").read_text()
    assert '"stac/tianlake"]' in settings
    (spoilt / "pyproject.toml").write_text(settings.replace(', "stac/tianlake"]', "]"))
    wheel, _ = build(spoilt, tmp_path / "dist")
    assert "tianlake/stac/__init__.py" in modules_in(spoilt) - names(wheel)


@pytest.mark.long
def test_a_stock_ignore_line_that_empties_the_wheel_is_seen(tree, tmp_path):
    spoilt = shutil.copytree(tree, tmp_path / "spoilt")
    with (spoilt / ".gitignore").open("a") as file:
        file.write("build/\n")
    wheel, _ = build(spoilt, tmp_path / "dist")
    assert "tianlake/build/__init__.py" in modules_in(spoilt) - names(wheel)


def test_an_init_beside_the_slices_is_seen(tree, tmp_path):
    spoilt = shutil.copytree(tree, tmp_path / "spoilt")
    (spoilt / "lake/tianlake/__init__.py").touch()
    wheel, _ = build(spoilt, tmp_path / "dist")
    assert "tianlake/__init__.py" in names(wheel)
