"""What changed and how fresh, as an operator asks: from build and publish to the answers of the commands."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
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


def test_a_current_release_that_is_damaged_stops_neither_build_nor_publish(workspace: Path) -> None:
    second = releases(workspace)[-1]
    (workspace / f"lake/{NODE}/releases/places/{second}/manifest.json").unlink()
    write(workspace, FIRST)
    assert "places: changes are not told: object " in command(workspace, "build")[1]
    command(workspace, "publish")
    assert releases(workspace)[-1] > second


def test_a_build_without_changes_does_not_open_the_lake(workspace: Path) -> None:
    shutil.move(workspace / "lake", workspace / "gone")
    assert "unchanged, nothing rebuilt" in command(workspace, "build")[1]


CHANGED = {"b": "attributes", "c": "removed", "d": "added"}


def test_changes_are_listed_for_people_and_for_programs(published: Path) -> None:
    first, second = releases(published)
    asked = ("changes", "--node", NODE, "--product", "places")
    shown, told = command(published, *asked, lang="zh_CN.UTF-8")
    assert [line.split() for line in shown.splitlines()] == [
        ["要素", "变化", "属性", "经度,纬度"],
        ["b", "属性", "name,", "updated_at", "116.80000,39.60000"],
        ["c", "删除", "116.90000,39.40000"],
        ["d", "新增", "117.00000,39.40000"],
    ]
    assert f"{second} 与 {first} 相比：新增 1" in told
    found = json.loads(command(published, *asked, "--since", first, "--json")[0])
    assert {each["id"]: each["change"] for each in found["features"]} == CHANGED
    assert {name: found["counts"][name] for name in COUNTS} == COUNTS
    assert (found["release"], found["since"]) == (second, first)
    assert found["features"][0]["bbox"] == [116.8, 39.6, 116.8, 39.6]


def test_changes_are_exported_in_forms_that_others_read(published: Path, tmp_path: Path) -> None:
    asked = ("changes", "--node", NODE, "--product", "places")
    for name in ("changes.parquet", "changes.geojson"):
        command(published, *asked, "-o", str(tmp_path / name))
    tables = [geopandas.read_parquet(tmp_path / "changes.parquet"), geopandas.read_file(tmp_path / "changes.geojson")]
    for found in tables:
        assert dict(zip(found["id"], found["change"], strict=True)) == CHANGED
        assert [point.x for point in found.geometry] == [116.8, 116.9, 117.0]
    assert tables[0].crs.to_epsg() == 4490
    rows = list(csv.DictReader(command(published, *asked, "--format", "csv")[0].splitlines()))
    assert {row["id"]: row["change"] for row in rows} == CHANGED
    for options, rule in (
        (("--format", "parquet"), "changes: parquet needs a file: -o FILE"),
        (("-o", str(tmp_path / "x.xyz")), "a file is written as one of csv, geojson, parquet"),
        (("--json", "--format", "csv"), "changes: --json is one document on stdout"),
        (("--since", "x"), "places: no release x; there are: "),
    ):
        told = command(published, *asked, *options, code=2)[1]
        assert (told.count("\n"), rule in told) == (1, True)


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose product, the same places as a plain table, has three releases."""
    workspace = tmp_path_factory.mktemp("census") / "ws"
    assert run("init", str(workspace), "--node", NODE).returncode == 0
    head, _, _ = RECIPE.replace('"vector"', '"table"').partition("[features]")
    more = '[features]\nid = "code"\n[[sources]]\npath = "sources/places.csv"\n'
    recipe = f"{head}extent = {{ west = 116, south = 38, east = 118, north = 40 }}\n{more}"
    (workspace / f"nodes/{NODE}/products/places.toml").write_text(recipe, "utf-8")
    for rows in (FIRST, (*FIRST, SECOND[2]), SECOND):
        send(workspace, rows)
    return workspace


def test_changes_of_a_plain_table_are_told_listed_and_exported(census: Path, tmp_path: Path) -> None:
    first, second, third = releases(census)
    asked = ("changes", "--node", NODE, "--product", "places")
    shown, told = command(census, *asked, lang="zh_CN.UTF-8")
    assert [line.split() for line in shown.splitlines()] == [
        ["要素", "变化", "属性"],
        ["b", "属性", "name,", "updated_at"],
        ["c", "删除"],
    ]
    assert f"{third} 与 {second} 相比：新增 0，几何变化 0，属性变化 1，删除 1，未变 2" in told
    since = (*asked, "--since", first)  # not the one that it was built after: the tables themselves are compared
    found = json.loads(command(census, *since, "--json")[0])
    assert {name: found["counts"][name] for name in COUNTS} == COUNTS
    assert found["features"][1:] == [
        {"id": "c", "change": "removed", "attributes": []},
        {"id": "d", "change": "added", "attributes": []},
    ]
    rows = list(csv.DictReader(command(census, *since, "--format", "csv")[0].splitlines()))
    assert {row["id"]: row["change"] for row in rows} == CHANGED
    command(census, *since, "-o", str(tmp_path / "changes.parquet"))
    saved = pq.read_table(tmp_path / "changes.parquet")
    assert (saved.column_names, saved["id"].to_pylist()) == (["id", "change", "attributes"], ["b", "c", "d"])
    for options in (("--format", "geojson"), ("-o", str(tmp_path / "changes.geojson"))):
        refused = command(census, *asked, *options, code=2)[1]
        assert (refused.count("\n"), "rows of a plain table have no geometry for geojson" in refused) == (1, True)
    assert not (tmp_path / "changes.geojson").exists()


def test_the_feed_leads_to_the_changes_of_a_plain_table(census: Path) -> None:
    entry = json.loads((census / f"lake/{NODE}/feed.json").read_bytes())["items"][0]
    [attached] = entry["attachments"]
    assert (attached["url"].rsplit("/", 1)[1], "GeoParquet" in attached["title"]) == ("changes.parquet", False)
    assert entry["_tianlake"]["changes"]["removed"] == 1


def test_a_table_that_takes_the_place_of_features_is_not_compared_with_them(census: Path, tmp_path: Path) -> None:
    workspace = Path(shutil.copytree(census, tmp_path / "ws"))
    (workspace / f"nodes/{NODE}/products/places.toml").write_text(RECIPE, "utf-8")
    assert "has no geometry and the newer features have" in command(workspace, "build")[1]
    assert "is not the one that this build was compared with" not in command(workspace, "publish")[1]
    told = command(workspace, "changes", "--node", NODE, "--product", "places", code=2)[1]
    assert (told.count("\n"), "has no geometry and the newer features have" in told) == (1, True)


def test_freshness_warns_at_300_days_and_fails_at_365(published: Path) -> None:
    """Features were updated on 1 and 2 November 2026, in two counties."""

    def states(asof: str, code: int) -> list[tuple[str | None, int, str]]:
        found = json.loads(command(published, "freshness", "--asof", asof, "--json", code=code)[0])
        return [(each["division"], each["days"], each["state"]) for each in found["ages"]]

    one, two = "156131002", "156131003"
    assert states("2027-08-28", 0) == [(None, 299, "fresh"), (one, 300, "due"), (two, 299, "fresh")]
    assert states("2027-11-01", 1) == [(None, 364, "due"), (one, 365, "late"), (two, 364, "due")]
    shown, told = command(published, "freshness", "--asof", "2027-08-28", lang="zh_CN.UTF-8")
    assert [line.split() for line in shown.splitlines()] == [
        ["节点", "产品", "区划", "要素数", "更新日期", "依据", "天数", "状态"],
        [NODE, "places", "全部", "3", "2026-11-02", "updated_at", "299", "合格"],
        [NODE, "places", one, "安次区", "1", "2026-11-01", "updated_at", "300", "临近期限"],
    ]
    assert told == "合格 2，临近期限 1，逾期 0；未列出 1 个合格的区划（--all）\n"
