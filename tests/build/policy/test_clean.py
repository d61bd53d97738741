"""Clean products of every class are let through: no finding, or none that refuses, even with every rule confirmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
import tileset_kit
from planted_kit import ALL_SURE, BORDER, POLICY, Case, places, raster_case, write_cloud, write_json
from planted_makers import column, contours, document, json_file, nation, raster, tile

from tianlake.lake.words import Text


def catalog(folder: Path) -> Case:
    """A catalog tells the classes of secrecy of what is not published, and has none of it."""
    case = places(folder)
    case.card = replace(case.card, id="catalog", kind="catalog", product_class="catalog")
    case.columns = {"title": ["管网数据", "地名"], "security_class": ["秘密", "public"]}
    case.shapes = [shapely.box(116.3, 39.2, 116.9, 39.8)] * 2
    case.tiles = {}
    write_json(case, "record.json", {"properties": {"security_class": "机密"}})
    return case


def cloud(folder: Path) -> Case:
    case = raster_case(folder, "3d", "pointcloud")
    write_cloud(case)
    return case


def models(folder: Path) -> Case:
    case = raster_case(folder, "3d", "tiles3d")
    write_json(case, "tileset.json", tileset_kit.explicit())
    return case


def national_points(folder: Path) -> Case:
    """Seats of the nation's divisions are points: they draw no territory, and lack no island."""
    case = places(folder)
    case.card = replace(case.card, title=Text("全国政区驻地", "Seats of China"))
    return case


def within_the_tolerance(folder: Path) -> Case:
    """A border feature that leans 3 km over the line."""
    case = places(folder)
    case.shapes[0] = shapely.box(117.19, 39.4, 117.2 + 3 / 86, 39.41)
    return case


CLEAN = {
    "places": places,
    "the nation with all of its territory": nation,
    "catalog": catalog,
    "imagery of 2 m": raster(metres=2, side_km=20),
    "imagery of 0.5 m over 16 km²": raster(metres=0.5, side_km=4),
    "an elevation grid of 200 m": raster("terrain", "terrain", metres=200, side_km=30, bands=1),
    "a fine map of land cover": raster("theme", metres=0.3, side_km=1, bands=1),
    "contours every 50 m": contours(50),
    "a small point cloud": cloud,
    "a small tileset": models,
    "points of the nation": national_points,
    "a feature within the tolerance": within_the_tolerance,
    "public by its own words": column("密级", "公开"),
    "an accuracy of 80 m": column("accuracy_m", 80.0),
    "a museum of the army": column("std_name", "中国人民革命军事博物馆"),
    "a district whose name ends alike": column("std_name", "点军区"),
    "data of 1:10000": column("比例尺", "1:10000"),
    "a word within another": column("landuse", "paramilitary-style playground"),
    "a hotline": column("phone", "010-12345678; 12345; 400-810-8080; 95598"),
    "an id of eighteen digits": column("remark", "156131000202601011"),
    "a large number": column("area_m2", 13_912_345_678),
    "a road that begins like a plate": column("std_name", "京G6高速"),
    "an approval number": document("README.md", "审图号：冀S(2026)013号，GS京(2022)1061号\n"),
    "an id in a path": json_file({"href": "./13812345678/1310031988.json", "version": "2.13912345678"}),
    "a public class in tiles": tile({"security_class": "public"}),
}


@pytest.mark.parametrize("make", CLEAN.values(), ids=CLEAN)
def test_clean_data_raises_no_alarm(make: Any, tmp_path: Path) -> None:
    assert make(tmp_path / "case").check(ALL_SURE).findings == ()


def test_hearsay_refuses_nothing_until_somebody_confirms_it(tmp_path: Path) -> None:
    case = raster("terrain", "terrain", metres=30, side_km=20, bands=1)(tmp_path / "case")
    [unsure] = case.check(POLICY).findings
    [sure] = case.check(ALL_SURE).findings
    assert (unsure.rule, unsure.severity, unsure.status) == ("terrain.grid", "review", "second-hand")
    assert (sure.rule, sure.severity) == ("terrain.grid", "refuse")


def test_a_rectangle_that_fills_the_box_of_the_division_asks_a_reviewer(tmp_path: Path) -> None:
    case = raster(metres=100, side_km=20, corner=(116.25, 39.3))(tmp_path / "case")
    north = BORDER.intersection(shapely.box(116.2, 39.2, 117.2, 39.9)).union(shapely.box(116.9, 39.0, 117.2, 39.9))
    case.area = replace(case.area, wkb=shapely.to_wkb(north))
    [found] = case.check(ALL_SURE).findings
    assert (found.rule, found.severity) == ("jurisdiction.area", "review")


def test_a_report_tells_where_and_shows_no_number_of_a_person(tmp_path: Path) -> None:
    [found] = column("phone", "联系人 13912345678")(tmp_path / "case").check(POLICY).findings
    assert (found.file, found.place, found.severity) == ("places.parquet", "phone", "review")
    assert "第 4 行" in found.text.zh
    assert "row 4" in found.text.en
    assert "2345678" not in f"{found.text.zh}{found.text.en}"
