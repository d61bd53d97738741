"""Publishing as an operator does it: all or nothing of what was asked for, and answers for programs."""

from __future__ import annotations

import getpass
import json
import shutil
import tomllib
from pathlib import Path

import pytest
from command_kit import run, tree

from tianlake.cli.desk import surroundings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of two nodes, built and published once."""
    folder = tmp_path_factory.mktemp("built") / "ws"
    for arguments in (
        ("init", str(folder), "--node", "156000000", "--node", "156130000"),
        ("-C", str(folder), "build"),
        ("-C", str(folder), "publish"),
    ):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def workspace(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "ws"))


def recipe(workspace: Path, old: str, new: str) -> None:
    file = workspace / "nodes/156130000/products/places.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("command", ["build", "publish"])
def test_a_wrong_recipe_stops_the_command_before_any_product_is_touched(workspace: Path, command: str) -> None:
    (workspace / "sources/156000000/places.csv").write_text("名称,类型,经度,纬度\n点,示例,116,39\n", "utf-8")
    recipe(workspace, 'class = "place"', 'class = "plaice"')
    before = tree(workspace)
    done = run("-C", str(workspace), command)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("tianlake: nodes/156130000/products/places.toml: class: ")
    assert tree(workspace) == before


def test_a_product_that_was_not_built_stops_the_others_too(workspace: Path) -> None:
    assert run("-C", str(workspace), "build", "--node", "156000000", "--force").returncode == 0
    shutil.rmtree(workspace / ".tianlake/candidates/156130000")
    before = tree(workspace)
    done = run("-C", str(workspace), "publish")
    assert (done.returncode, "nothing was built yet" in done.stderr) == (2, True)
    assert tree(workspace) == before


def test_a_recipe_that_changed_since_the_build_is_not_published_as_it_was(workspace: Path) -> None:
    recipe(workspace, 'access = "open"', 'access = "key"')
    done = run("-C", str(workspace), "publish")
    assert (done.returncode, "the recipe was changed since the build; run: tianlake build" in done.stderr) == (2, True)


def test_a_product_that_became_internal_must_be_taken_down_and_then_stays_inside(workspace: Path) -> None:
    recipe(workspace, 'access = "open"', 'access = "internal"')
    done = run("-C", str(workspace), "publish")
    assert done.returncode == 2
    assert "tianlake withdraw --node 156130000 --product places" in done.stderr
    where = ("-C", str(workspace))
    product = ("--node", "156130000", "--product", "places")
    assert run(*where, "withdraw", *product, "--reason", "test", "--yes").returncode == 0
    assert run(*where, "build", "--node", "156130000").returncode == 0
    before = tree(workspace / "lake")
    done = run(*where, "publish")
    assert (done.returncode, "n156130000-places: access is 'internal', not published" in done.stderr) == (0, True)
    assert tree(workspace / "lake") == before
    done = run(*where, "publish", *product)
    assert (done.returncode, "never leaves" in done.stderr) == (2, True)
    assert tree(workspace / "lake") == before


def test_releases_are_told_to_programs_in_bytes_and_in_no_language(workspace: Path) -> None:
    shown = run("-C", str(workspace), "releases", "--node", "156130000", "--json", lang="zh_CN.UTF-8")
    [row] = json.loads(shown.stdout)
    manifest = json.loads(next(workspace.glob("lake/156130000/releases/places/*/manifest.json")).read_bytes())
    assert row == {
        "node": "156130000",
        "product": "places",
        "release": manifest["release"],
        "current": True,
        "bytes": sum(each["size"] for each in manifest["files"]),
        "features": 3,
    }
    withdraw = ("withdraw", "--node", "156130000", "--product", "places", "--reason", "试 {x}", "--yes")
    assert run("-C", str(workspace), *withdraw).returncode == 0
    [row] = json.loads(run("-C", str(workspace), "releases", "--node", "156130000", "--json").stdout)
    assert (row["current"], row["reason"]) == (False, "试 {x}")
    shown = run("-C", str(workspace), "releases", lang="zh_CN.UTF-8")
    assert "当前" in shown.stdout
    assert "：试 {x}" in shown.stdout


def test_releases_of_an_unknown_product_are_an_error(workspace: Path) -> None:
    done = run("-C", str(workspace), "releases", "--product", "roads")
    assert (done.returncode, done.stderr) == (2, "tianlake: roads: no release of such a product is in the lake\n")


def test_a_withdrawal_that_is_not_confirmed_changes_nothing(workspace: Path) -> None:
    before = tree(workspace)
    done = run("-C", str(workspace), "withdraw", "--node", "156130000", "--product", "places", "--reason", "x")
    assert done.returncode == 2
    assert "nothing was deleted; --yes" in done.stderr
    assert tree(workspace) == before


def test_the_demo_is_never_written_over_another_workspace(workspace: Path) -> None:
    before = tree(workspace)
    done = run("demo", "--dir", str(workspace), "--no-serve")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "holds something else than the demo" in done.stderr
    assert tree(workspace) == before


def test_a_publisher_that_the_system_has_no_name_for_has_none_to_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nobody)
    around = surroundings(Path("/srv/workspace"))
    assert (around.user, "/srv/workspace" in around.folders) == ("", True)


@pytest.mark.parametrize("url", ["file:", "file:///", "lake", "s3://", "http://host/lake", ""])
def test_a_lake_that_lies_nowhere_is_refused(workspace: Path, url: str, tmp_path: Path) -> None:
    (workspace / "tianlake.toml").write_text(f'[lake]\nurl = "{url}"\n')
    done = run("-C", str(workspace), "releases")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("tianlake: tianlake.toml: lake.url: ")
    assert run("init", str(tmp_path / "new"), "--lake", url).returncode == 2
    assert not (tmp_path / "new").exists()


def test_init_writes_any_url_so_that_it_reads_back(tmp_path: Path) -> None:
    url = 'file:a "b" \\ 湖'
    assert run("init", str(tmp_path / "ws"), "--lake", url).returncode == 0
    assert tomllib.loads((tmp_path / "ws/tianlake.toml").read_text("utf-8"))["lake"]["url"] == url
