"""Candidates: built when something changed, never half, never twice at once, never lost."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from tianlake.build import builders, fingerprint
from tianlake.build.builders import BUILDERS, tool_versions
from tianlake.build.candidates import BuildOptions, build, latest_candidate
from tianlake.build.fingerprint import HashCache, source_files
from tianlake.build.job import Built, Job, describe_file, silent
from tianlake.build.locks import hold
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.recipes import ClipStep, Kind, ProductCard, Recipe, Source, Tiles
from tianlake.lake.releases import JSON, Quality
from tianlake.lake.words import Bounds, Text

CARD = ProductCard("places", "vector", "place", Text("地名", "Places"), Text("地名", "Places"), "MIT", "Example")
RECIPE = Recipe(CARD, (Source("sources/places.csv", x="x", y="y", crs="EPSG:4490"),))
LONG_AGO = 1_700_000_000_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/places.csv").write_text("name,x,y\n点,116.4,39.9\n", "utf-8")
    return tmp_path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The builds that were made: a builder that copies its first source stands in for the real ones."""
    seen: list[Job] = []

    def run(job: Job, progress: object) -> Built:
        seen.append(job)
        made = job.out / "places.json"
        shutil.copyfile(job.root / job.recipe.sources[0].path, made)
        asset = describe_file(made, "data", JSON, Text("数据", "Data"))
        return Built((asset,), Bounds(116, 39, 117, 40), Quality(read=1, written=1))

    monkeypatch.setattr(builders, "builder", lambda _kind: run)
    return seen


def make(root: Path, recipe: Recipe = RECIPE, **options: object) -> bool:
    """Build; return whether anything was built."""
    return build(recipe, "156130000", root, BuildOptions(root / ".tianlake", **options), silent)[1]  # type: ignore[arg-type]


def waiting(root: Path) -> list[Path]:
    return sorted(each for each in (root / ".tianlake/candidates/156130000/places").iterdir() if each.is_dir())


def test_nothing_is_built_twice(root: Path, runs: list[Job]) -> None:
    assert (make(root), make(root), make(root, force=True)) == (True, False, True)
    assert len(waiting(root)) == 1


def test_a_source_touched_without_a_change_is_not_built_again(root: Path, runs: list[Job]) -> None:
    make(root)
    os.utime(root / "sources/places.csv")
    assert make(root) is False


def test_a_change_that_keeps_size_and_time_is_seen(
    root: Path, runs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = root / "sources/places.csv"
    os.utime(file, ns=(LONG_AGO, LONG_AGO))
    later = time.time_ns() + 60_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later)  # a settled file: its hash is kept
    make(root)
    with file.open("r+b") as opened:  # the same inode
        opened.write(b"Name")
    os.utime(file, ns=(LONG_AGO, LONG_AGO))
    assert make(root) is True


def test_a_file_that_changed_a_moment_ago_is_hashed_anew(tmp_path: Path) -> None:
    cache, file = HashCache(tmp_path / "hashes.json"), tmp_path / "a"
    file.write_bytes(b"1")
    cache.sha256(file)
    cache.save()
    assert not (tmp_path / "hashes.json").exists()


def test_what_is_known_of_an_old_file_spares_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1")
    later = time.time_ns() + 60_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later)
    cache = HashCache(tmp_path / "hashes.json")
    digest = cache.sha256(file)
    cache.save()
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("the file was read"))
    assert HashCache(tmp_path / "hashes.json").sha256(file) == digest


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', "null"])
def test_a_damaged_cache_costs_time_only(root: Path, runs: list[Job], text: str) -> None:
    (root / ".tianlake").mkdir()
    (root / ".tianlake/hashes.json").write_text(text)
    assert make(root) is True


@pytest.mark.parametrize(
    "change",
    [
        {"tiles": Tiles(max_zoom=3)},
        {"card": replace(CARD, title=Text("地名", "Names"))},
        {"sources": (Source("sources/places.csv", x="x", y="y", crs="EPSG:4490", where="x > '1'"),)},
    ],
)
def test_every_change_of_the_recipe_is_built(root: Path, runs: list[Job], change: dict[str, object]) -> None:
    make(root)
    assert make(root, replace(RECIPE, **change)) is True  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tool_versions", "code_digest"])
def test_a_new_version_of_a_tool_or_of_our_own_code_is_built(
    root: Path, runs: list[Job], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make(root)
    other = {"duckdb": "9"} if name == "tool_versions" else "other"
    monkeypatch.setattr(fingerprint, name, lambda *_: other)
    assert make(root) is True


@pytest.mark.parametrize("kind", BUILDERS)
def test_every_library_that_a_builder_imports_is_in_the_fingerprint(kind: Kind) -> None:
    module = BUILDERS[kind][0].partition(":")[0]
    program = (
        f"import sys, tianlake.build.{module}; print(*(m for m in sys.modules if m.startswith('tianlake.build.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = {name for module in done.stdout.split() for name in imports(module)}
    named = packages_distributions()
    libraries = {named[name][0].lower() for name in imported if name in named} - {"tianlake"}
    no_say = {"affine"}  # arithmetic on six numbers
    assert libraries - no_say <= set(tool_versions(kind))


def imports(module: str) -> set[str]:
    """Return the top names that a module imports, wherever in it."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    nodes = list(ast.walk(ast.parse(Path(spec.origin).read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | named}


def test_companions_of_a_source_are_sources(root: Path) -> None:
    for name in (
        "a.shp",
        "a.dbf",
        "a.prj",
        "b.gpkg",
        "b.gpkg-wal",
        "b.gpkg-shm",
        "b.csv",
        "c.tif",
        "c.tif.ovr",
        "c.tfw",
    ):
        (root / "sources" / name).write_bytes(b"1")
    (root / "sources/d.gpkg").write_bytes(b"1")
    (root / "sources/d.gpkg-wal").write_bytes(b"")
    (root / "areas.gdb").mkdir()
    (root / "areas.gdb/a001.gdbtable").write_bytes(b"1")
    paths = ("sources/a.shp", "sources/b.gpkg", "sources/c.tif", "sources/d.gpkg")
    recipe = replace(RECIPE, sources=tuple(map(Source, paths)), steps=(ClipStep("clip", "areas.gdb"),))
    assert [each.relative_to(root).as_posix() for each in source_files(root, recipe)] == [
        "areas.gdb/a001.gdbtable",
        *("sources/a.dbf", "sources/a.prj", "sources/a.shp"),
        *("sources/b.gpkg", "sources/b.gpkg-wal"),
        *("sources/c.tfw", "sources/c.tif", "sources/c.tif.ovr"),
        "sources/d.gpkg",
    ]


@pytest.mark.parametrize("damage", ["record", "old record", "missing", "cut"])
def test_a_damaged_candidate_is_built_again(root: Path, runs: list[Job], damage: str) -> None:
    make(root)
    [folder] = waiting(root)
    match damage:
        case "record":
            (folder / "candidate.json").write_bytes(b"{")
        case "old record":
            (folder / "candidate.json").write_bytes(b"{}\n")
        case "missing":
            (folder / "places.json").unlink()
        case _:
            os.truncate(folder / "places.json", 3)
    assert latest_candidate(root / ".tianlake", "156130000", "places") is None
    assert make(root) is True
    assert len(waiting(root)) == 1


def test_a_failed_build_leaves_the_candidate_before(
    root: Path, monkeypatch: pytest.MonkeyPatch, runs: list[Job]
) -> None:
    make(root)
    before = waiting(root)

    def fail(job: Job, progress: object) -> Built:
        (job.out / "half").write_bytes(b"1")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(builders, "builder", lambda _kind: fail)
    with pytest.raises(StoreError, match=r"nothing was changed: .*No space left"):
        make(root, force=True)
    assert waiting(root) == before
    assert scratch(root) == []


def test_a_source_that_changes_during_the_build_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, runs: list[Job]
) -> None:
    run = builders.builder("vector")

    def edit(job: Job, progress: object) -> Built:
        (root / "sources/places.csv").write_text("name,x,y\n")
        return run(job, silent)

    monkeypatch.setattr(builders, "builder", lambda _kind: edit)
    with pytest.raises(LakeError, match="a source changed during the build"):
        make(root)
    assert not waiting(root)


def test_of_two_builds_at_once_the_second_waits_and_finds_nothing_to_do(
    root: Path, monkeypatch: pytest.MonkeyPatch, runs: list[Job]
) -> None:
    run, began, go_on = builders.builder("vector"), threading.Event(), threading.Event()
    told: list[str] = []

    def slow(job: Job, progress: object) -> Built:
        began.set()
        assert go_on.wait(10)
        return run(job, silent)

    @contextmanager
    def progress(step: Text, total: float | None = None):
        told.append(step.en)
        go_on.set()
        yield lambda _: None

    monkeypatch.setattr(builders, "builder", lambda _kind: slow)
    results: list[bool] = []
    first = threading.Thread(target=lambda: results.append(make(root)))
    first.start()
    assert began.wait(10)
    options = BuildOptions(root / ".tianlake")
    assert build(RECIPE, "156130000", root, options, progress)[1] is False
    first.join()
    assert (results, told, len(waiting(root))) == ([True], ["Wait for another build"], 1)


def test_scratch_of_a_killed_build_is_removed_and_that_of_a_running_one_is_not(root: Path, runs: list[Job]) -> None:
    tmp = root / ".tianlake/tmp"
    for name in ("killed", "running"):
        (tmp / name / "out").mkdir(parents=True)
        (tmp / name / "out/half").write_bytes(b"1")
    make(root)
    make(root)
    assert scratch(root) == []
    (tmp / "running/out").mkdir(parents=True)
    with hold(tmp / "running/lock"):
        make(root)  # nothing is built, and still looked after
        assert scratch(root) == ["running"]


def scratch(root: Path) -> list[str]:
    return sorted(each.name for each in (root / ".tianlake/tmp").iterdir() if each.is_dir())


def test_a_candidate_says_what_it_was_made_of(root: Path, runs: list[Job]) -> None:
    make(root)
    record = json.loads((waiting(root)[0] / "candidate.json").read_bytes())
    assert [each["path"] for each in record["sources"]] == ["sources/places.csv"]
    assert set(record["tools"]) >= {"duckdb", "tippecanoe", "pyproj"}
