"""What changed and how fresh, as an operator asks: from build and publish to the answers of the commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_kit import run

NODE = "156130000"
HEADER = "code,name,county_code,updated_at,lon,lat\n"
FIRST = ("a,甲,156131002,2026-11-01,116.7,39.5", "b,乙,156131003,2026-01-10,116.8,39.6", "c,丙,156131003,,116.9,39.4")
SECOND = (
    "a,甲,156131002,2026-11-01,116.7,39.5",
    "b,乙二,156131003,2026-11-02,116.8,39.6",
    "d,丁,156131003,,117.0,39.4",
)

RECIPE = """
id = "places"
kind = "vector"
class = "theme"
title = { zh = "地名", en = "Places" }
description = { zh = "地名", en = "Places" }
license = "CC0-1.0"
attribution = "Example"

[features]
id = "code"

[[sources]]
path = "sources/places.csv"
crs = "EPSG:4490"
x = "lon"
y = "lat"
"""


def write(workspace: Path, rows: tuple[str, ...]) -> None:
    (workspace / "sources/places.csv").write_text(HEADER + "\n".join(rows) + "\n", "utf-8")


def command(workspace: Path, *arguments: str, code: int = 0, **more: str) -> tuple[str, str]:
    done = run("-C", str(workspace), *arguments, **more)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def send(workspace: Path, rows: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build and publish; return what the two commands say."""
    write(workspace, rows)
    [built] = json.loads(command(workspace, "build", "--json")[0])
    [sent] = json.loads(command(workspace, "publish", "--json")[0])
    return built, sent


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose product has two releases."""
    workspace = tmp_path_factory.mktemp("published") / "ws"
    assert run("init", str(workspace), "--node", NODE).returncode == 0
    (workspace / f"nodes/{NODE}/products/places.toml").write_text(RECIPE, "utf-8")
    built, _ = send(workspace, FIRST)
    assert built["changes"] is None
    send(workspace, SECOND)
    return workspace


@pytest.fixture
def workspace(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "ws"))


def releases(workspace: Path) -> list[str]:
    return sorted(path.name for path in (workspace / f"lake/{NODE}/releases/places").iterdir())


COUNTS = {"added": 1, "geometry": 0, "attributes": 1, "removed": 1, "unchanged": 1}


def test_build_and_publish_tell_what_changed(workspace: Path) -> None:
    first, second = releases(workspace)
    manifest = json.loads((workspace / f"lake/{NODE}/releases/places/{second}/manifest.json").read_bytes())
    assert {name: manifest["candidate"]["changes"][name] for name in COUNTS} == COUNTS
    assert manifest["candidate"]["changes"]["base"] == first
    assert "changes.parquet" in {entry["path"] for entry in manifest["files"]}
    write(workspace, FIRST)
    wanted = f"与 {second} 相比：新增 1，几何变化 0，属性变化 1，删除 1，未变 1"
    for verb in ("build", "publish"):
        assert wanted in command(workspace, verb, lang="zh_CN.UTF-8")[1]


def test_publish_warns_where_another_release_became_current_since_the_build(workspace: Path) -> None:
    first, second = releases(workspace)
    write(workspace, (*SECOND, "e,戊,156131003,,117.1,39.4"))
    command(workspace, "build")
    command(workspace, "rollback", "--node", NODE, "--product", "places")
    told = command(workspace, "publish")[1]
    assert f"the current release {first} is not the one that this build was compared with" in told
    assert "tianlake build --force --node 156130000 --product places" in told
    command(workspace, "build", "--force")
    third = releases(workspace)[-1]
    assert third > second
    assert "is not the one" not in command(workspace, "publish")[1]
    assert "is not the one" not in command(workspace, "publish")[1]


def test_a_build_without_changes_does_not_open_the_lake(workspace: Path) -> None:
    shutil.move(workspace / "lake", workspace / "gone")
    assert "unchanged, nothing rebuilt" in command(workspace, "build")[1]
