"""Addresses are found in a list of divisions or places; how exactly is told, and what is not found is counted."""

from __future__ import annotations

import csv

import geopandas
import pytest
from kit import DATA
from messy_kit import counties
from shapely import Point
from vector_kit import COUNTIES, make_recipe

from tianlake.build.fingerprint import source_files
from tianlake.build.job import silent
from tianlake.build.vector.addresses import significant
from tianlake.build.vector.features import gather
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Source

CODES = "cpca/resources/adcodes.csv"
"""3,511 provinces, cities and counties of all China, 12 digits; 293 have no coordinates."""

with (DATA / CODES).open(encoding="utf-8") as opened:
    CENTRES = {row["adcode"]: row for row in csv.DictReader(opened)}


@pytest.fixture
def located(job_of, tmp_path):
    """Return what looks up addresses: what was found by address, and the features."""
    (tmp_path / "codes.csv").symlink_to(DATA / CODES)
    (tmp_path / "counties.geojson").symlink_to(DATA / COUNTIES)

    def run(*addresses: str, gazetteer: str = "codes.csv"):
        with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["地址"], *([each] for each in addresses)])
        source = Source("a.csv", address="地址", gazetteer=gazetteer, gazetteer_crs="EPSG:4326")
        with connect() as connection:
            features = gather(connection, job_of(make_recipe(source), tmp_path), silent)
            columns = '"地址", address_precision, ST_X(geometry), ST_Y(geometry)'
            rows = connection.sql(f"SELECT {columns} FROM features").fetchall()
        return {address: tuple(found) for address, *found in rows}, features

    return run


@pytest.mark.parametrize(
    ("address", "precision", "code"),
    [
        ("河北省廊坊市固安县固安镇新昌东街", "county", "131022000000"),
        ("河北廊坊固安县新昌东街", "county", "131022000000"),
        ("固安县新昌东街 12 号", "county", "131022000000"),
        ("河北省廊坊市", "city", "131000000000"),
        ("河北 某地", "province", "130000000000"),
        ("北京市朝阳区建国路", "county", "110105000000"),
        ("上海市南京路 100 号", "province", "310000000000"),
        ("上海市苏州市驻沪办事处", "province", "310000000000"),
        ("吉林省长春市朝阳区前进大街", "county", "220104000000"),
        ("内蒙古自治区呼和浩特市", "city", "150100000000"),
    ],
)
def test_the_smallest_unit_of_the_longest_chain_is_taken(located, address, precision, code):
    found, _ = located(address)
    centre = CENTRES[code]
    assert found[address] == (precision, float(centre["longitude"]), float(centre["latitude"]))


def test_what_fits_several_units_goes_to_the_one_that_holds_them_or_is_counted(located):
    found, features = located("河北省桥西区", "桥西区中山路", "火星北路", "", "廊坊市安次区")
    assert {address: row[0] for address, row in found.items()} == {"河北省桥西区": "province", "廊坊市安次区": "county"}
    [lost, told] = features.findings
    assert (lost.rule, lost.fate, lost.count) == ("address.unknown", "dropped", 3)
    assert [each.row for each in lost.samples] == [2, 3, 4]
    assert lost.samples[0].detail == "桥西区中山路: several divisions fit: 130104, 130503, 130703"
    assert lost.samples[1].detail == "火星北路: it names no division"
    assert (told.rule, told.count) == ("address.located", 2)
    [report] = features.sources
    assert (report.crs, report.accuracy_m) == ("EPSG:4490", None)
    assert "codes.csv" in report.operation


def test_areas_are_found_at_a_point_in_them(located):
    found, _ = located("永清县城", gazetteer="counties.geojson")
    precision, x, y = found["永清县城"]
    [area] = counties().loc[counties().name == "永清县"].geometry
    assert precision == "county"
    assert area.contains(Point(x, y))


def test_the_name_of_a_place_is_found_alone_or_after_its_divisions(located, tmp_path):
    rows = {"name": ["人民公园", "固安县", "河北省"], "code": [None, "131022", "130000"]}
    places = [Point(116.70, 39.52), Point(116.3, 39.43), Point(114.5, 38.0)]
    geopandas.GeoDataFrame(rows, geometry=places, crs=4490).to_file(tmp_path / "names.gpkg")
    found, _ = located("人民公园", "河北省固安县人民公园", "河北省固安县人民路", gazetteer="names.gpkg")
    assert {address: row[0] for address, row in found.items()} == {
        "人民公园": "place",
        "河北省固安县人民公园": "place",
        "河北省固安县人民路": "county",
    }
    assert found["人民公园"][1:] == (116.70, 39.52)


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("130000", "13"),
        ("131000", "1310"),
        ("131022", "131022"),
        ("156131022", "131022"),
        ("131022000000", "131022"),
        ("131022100", "131022100"),
        ("131022100203", "131022100203"),
        ("", ""),
        ("not a code", ""),
    ],
)
def test_digits_of_a_code_tell_its_level(code, digits):
    assert significant(code) == digits


def test_the_gazetteer_is_a_source_of_the_build(located, tmp_path):
    (tmp_path / "a.csv").write_text("地址\n廊坊市\n", "utf-8")
    recipe = make_recipe(Source("a.csv", address="地址", gazetteer="codes.csv"))
    assert source_files(tmp_path, recipe) == [tmp_path / "a.csv", tmp_path / "codes.csv"]


def test_an_address_needs_a_gazetteer_with_names(located, job_of, tmp_path):
    (tmp_path / "a.csv").write_text("地址\n廊坊市\n", "utf-8")
    (tmp_path / "b.csv").write_text("label,x,y\n廊坊市,116.7,39.5\n", "utf-8")
    for source, told in (
        (Source("a.csv", address="地址"), "sources.0.gazetteer: an address needs a file of divisions or places"),
        (
            Source("a.csv", address="addr", gazetteer="b.csv"),
            "sources.0.address: a.csv has no column 'addr'; it has 地址",
        ),
        (
            Source("a.csv", address="地址", gazetteer="b.csv", gazetteer_crs="EPSG:4490"),
            "sources.0.gazetteer: b.csv has no column of names; call one of them name",
        ),
        (Source("a.csv", address="地址", gazetteer="none.csv"), "sources.0.gazetteer.path: none.csv does not exist"),
    ):
        with connect() as connection, pytest.raises(LakeError) as caught:
            gather(connection, job_of(make_recipe(source), tmp_path), silent)
        assert told in str(caught.value)
