"""Features as 17-069r4 (Core), 18-058r1 (CRS) and 19-079r2 (parameters of queryables) have them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ogc_kit import BASE, CODE, card, open_api, released, table
from pyproj import CRS, Transformer
from shapely.geometry import box, shape

from tianlake.functions.calls import Call
from tianlake.functions.web.desk import Came
from tianlake.functions.web.ogc.crs import SERVED
from tianlake.functions.web.ogc.tables import feature_tables
from tianlake.functions.web.ogc.wanted import most_of

PLACES = f"/collections/n{CODE}-places"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
KEY = "0123456789abcdef" * 2


def links(document) -> dict[str, str]:
    return {each["rel"]: each["href"] for each in document["links"]}


def test_following_next_gives_every_feature_once_and_prev_leads_back(api):
    seen, query, pages = [], {"limit": "30"}, 0
    while query:
        page = api.items(**query).document
        assert page["numberReturned"] == len(page["features"])
        assert page["numberMatched"] == 200
        seen += [each["id"] for each in page["features"]]
        following = links(page).get("next", "").partition("?")[2]
        query = dict(each.split("=") for each in following.split("&")) if following else {}
        pages += 1
    assert seen == [f"p-{number:04}" for number in range(200)]
    assert pages == 7
    assert links(api.items(limit=30, offset=40).document)["prev"].endswith("limit=30&offset=10")


def test_a_page_tells_how_many_match_only_where_it_is_known(api):
    assert "numberMatched" not in api.items(rank=1, limit=5).document
    last = api.items(rank=1, limit=5, offset=25).document
    assert (last["numberMatched"], last["numberReturned"]) == (29, 4)
    assert api.items(rank=99).document["numberMatched"] == 0
    assert "numberMatched" not in api.items(rank=1, offset=99).document


def test_a_limit_above_the_most_is_no_error_and_one_that_is_no_number_is(api):
    assert len(api.items(limit=999_999).ids) == 200
    for limit in ("0", "-1", "1.5", "x", "", "１", "9" * 30):
        said = api.items(limit=limit)
        assert (said.status, said.document["field"]) == (400, "limit"), limit


def test_zeros_before_a_number_neither_hide_how_large_it_is_nor_count(api):
    assert api.items(limit=f"{'0' * 40}2").document["numberReturned"] == 2
    for offset in ("0" * 11 + "9" * 30, "0" * 11 + "1" * 5000):
        said = api.items(offset=offset)
        assert (said.status, said.document["field"]) == (400, "offset")


def test_of_large_features_there_are_fewer_on_a_page(api):
    [table] = [each for each in feature_tables(api.releases.of(CODE)) if each.release.product == "places"]
    assert most_of(table) == 10_000
    large = replace(table, asset=replace(table.asset, size=200 * 2**20), facts=replace(table.facts, rows=500))
    assert most_of(large) == 10
    assert most_of(replace(table, facts=replace(table.facts, rows=0))) > 0


def test_text_may_come_as_it_is(api):
    raw = "std_name=廊坊市1".encode().decode("latin-1")
    call = Call("GET", f"/ogc{PLACES}/items", {}, raw)
    reply = api.desk.answer(call, Came(CODE, BASE))
    assert [each["id"] for each in json.loads(reply.body)["features"]] == ["p-0001"]


def test_a_box_gives_what_touches_it_in_any_form(api):
    everything = api.items(limit=1000).document["features"]
    wanted = [each["id"] for each in everything if shape(each["geometry"]).intersects(box(114.45, 38.05, 114.8, 38.4))]
    assert len(wanted) == 16
    assert api.items(limit=1000, bbox="114.45,38.05,114.8,38.4").ids == wanted
    assert api.items(limit=1000, bbox="114.45,38.05,-10,114.8,38.4,9000").ids == wanted
    swapped = {"bbox": "38.05,114.45,38.4,114.8", "limit": 1000}
    assert api.items(**swapped, bbox_crs=f"{EPSG}4490").ids == wanted
    assert api.items(**swapped, bbox_crs=f"{EPSG}4326").ids == wanted
    assert api.items(bbox="114.5,38.1,114.5,38.1").ids == ["p-0025"]
    assert api.items(bbox="-180,-90.1,180,90.1", limit=1000).document["numberReturned"] == 200


def test_a_box_in_metres_is_one_of_metres(api):
    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:3857", always_xy=True).transform
    west, south = to_metres(114.45, 38.05)
    east, north = to_metres(114.85, 38.45)
    wanted = api.items(limit=1000, bbox="114.45,38.05,114.85,38.45").ids
    assert api.items(limit=1000, bbox=f"{west},{south},{east},{north}", bbox_crs=f"{EPSG}3857").ids == wanted
    zone = Transformer.from_crs("EPSG:4490", "EPSG:4526", always_xy=True).transform
    (left, low), (right, high) = zone(114.45, 38.05), zone(114.85, 38.45)
    # northing before easting, as the registry has it
    assert api.items(limit=1000, bbox=f"{low},{left},{high},{right}", bbox_crs=f"{EPSG}4526").ids == wanted


def test_a_box_may_cross_the_antimeridian(api):
    assert api.items("areas", bbox="179.5,0,-179.5,20").ids == [0, 1]
    assert api.items("areas", bbox="-179.5,0,179.5,20").ids == [0, 1, 2]
    assert api.items("areas", bbox="179.5,0,179.9,20").ids == [1]


@pytest.mark.parametrize(
    "bbox", ["1,2,3", "1,2,3,x", "1,2,3,nan", "1,inf,2,3", "1,9,2,3", "", "1,2,3,4,5,6,7", "38,114,39,115"]
)
def test_a_box_that_is_none_is_refused(api, bbox):
    said = api.items(bbox=bbox)
    assert (said.status, said.document["field"]) == (400, "bbox")


def test_the_first_axis_of_each_crs_is_what_its_authority_says():
    for uri, crs in SERVED.items():
        first = CRS.from_user_input(named(uri)).axis_info[0]
        assert crs.swapped == (first.direction == "north"), uri


def named(uri: str) -> str:
    return "OGC:CRS84" if uri.endswith("CRS84") else f"EPSG:{uri.rsplit('/', 1)[1]}"


@pytest.mark.parametrize("uri", [*list(SERVED)[:4], *(f"{EPSG}{number}" for number in (4491, 4502, 4513, 4534, 4548))])
def test_coordinates_are_those_of_the_crs_in_the_order_of_its_axes(api, uri):
    said = api.items(limit=1, offset=25, crs=uri)
    assert said.headers["content-crs"] == f"<{uri}>"
    [found] = said.document["features"]
    # By the authority's own axis order, from PROJ and not from our table.
    there = Transformer.from_crs("OGC:CRS84", named(uri), always_xy=False).transform(114.5, 38.1)
    assert found["geometry"]["coordinates"] == pytest.approx(there, abs=1e-3 if max(there) > 1000 else 1e-9)


def test_without_a_crs_it_is_longitude_and_latitude_and_another_is_refused(api):
    assert api.items(limit=1).headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    for name in ("crs", "bbox-crs", "filter-crs"):
        said = api.items(**{name: f"{EPSG}27700"})
        assert (said.status, said.document["field"]) == (400, name)


def test_a_feature_is_found_by_its_id_and_in_a_crs(api):
    said = api.ask(f"{PLACES}/items/p-0025")
    assert said.headers["content-type"] == "application/geo+json"
    assert said.document["properties"]["rank"] == 25 % 7
    assert links(said.document)["collection"] == f"{BASE}ogc{PLACES}"
    assert api.ask(f"{PLACES}/items/p-0025", crs=f"{EPSG}4490").document["geometry"]["coordinates"] == [38.1, 114.5]
    for missing in ("p-9999", "0", "", "p-0025/x", "' OR 1=1 --"):
        assert api.ask(f"{PLACES}/items/{missing}").status in ({404} if missing else {200})


def test_where_no_column_names_features_their_row_does(api):
    path = f"/collections/n{CODE}-areas/items"
    assert api.ask(f"{path}/1").document["properties"]["name"] == "east"
    for missing in ("3", "-1", "1.0", "x", "9" * 25, "１"):
        assert api.ask(f"{path}/{missing}").status == 404


def test_values_are_what_json_has_for_them(api):
    found = api.items(limit=10).document["features"]
    assert list(found[1]["properties"].values()) == [
        *("p-0001", "廊坊市1", 1, 0.25, False, "2026-01-02", "2026-01-01T01:00:00.000000Z", [1, 2], 1.0, 1)
    ]
    assert found[3]["properties"]["odd"] is None, "JSON has no NaN"


def test_attributes_are_parameters(api):
    assert api.items(std_name="廊坊市1").ids == ["p-0001"]
    assert api.items(std_name="o'hara3").ids == ["p-0003"]
    assert api.items(open="true", rank=2, limit=1000).ids == [f"p-{i:04}" for i in range(200) if i % 14 == 2]
    assert api.items(updated_at="2026-01-02").ids == ["p-0001"]
    assert api.items(seen="2026-01-01T09:00:00+08:00").ids == ["p-0001"]
    assert api.items(**{'odd "name': 7}).ids == ["p-0007"]
    for name, value in (("open", "yes"), ("rank", "x"), ("updated_at", "01.02.2026"), ("seen", "x"), ("rank", "nan")):
        said = api.items(**{name: value})
        assert (said.status, said.document["field"]) == (400, name)


def test_whatever_is_no_parameter_is_refused_and_credentials_are_none(api):
    for name in ("foo", "list", "geometry", "bbox_crs ", "LIMIT"):
        assert api.ask(f"{PLACES}/items", **{name: 1}).status == 400
    assert api.ask("", foo=1).status == api.ask("/collections", limit=1).status == 400
    assert api.items(limit=1, tk=KEY, TK=KEY, f="json").status == 200
    assert api.items(f="html").status == 400


def test_a_key_is_carried_on_and_then_nobody_keeps_the_answer(api):
    said = api.ask(f"{PLACES}/items", limit=1, tk=KEY, carried=f"tk={KEY}")
    assert all(href.count(f"tk={KEY}") == 1 for href in links(said.document).values())
    assert said.headers["cache-control"] == "private, no-store"
    schema = api.ask(f"{PLACES}/queryables", carried=f"tk={KEY}").document
    assert schema["$id"] == f"{BASE}ogc{PLACES}/queryables"


def test_time_is_that_of_the_features_or_else_of_the_product(api):
    dated = [f"p-{i:04}" for i in range(200) if i % 5]
    undated = [f"p-{i:04}" for i in range(200) if not i % 5]
    assert api.items(datetime="2026-01-03", limit=9).ids[:2] == ["p-0000", "p-0002"]
    both = sorted([*undated, *dated[:4]])
    assert api.items(datetime="../2026-01-05", limit=1000).ids == both
    assert api.items(datetime="/2026-01-04T17:00:00Z", limit=1000).ids == both, "a day later in China"
    assert api.items(datetime="2027-06-01/..").ids == []
    assert api.items("areas", datetime="2020-05-01").ids == [0]
    assert api.items("areas", datetime="2020-05-01/2030-01-01").ids == [0, 1]
    assert api.items("areas", datetime="../2020-06-01").ids == [0], "of the third nothing is known"


def test_moments_are_compared_as_moments_and_days_as_days_of_china(tmp_path):
    columns = "(TIMESTAMP '2026-05-01 20:00:00' + INTERVAL (i) DAY)"
    for name, kind in (("plain", "TIMESTAMP"), ("zoned", "TIMESTAMPTZ")):
        (tmp_path / name).mkdir()
        select = f"SELECT {columns}::{kind} AS updated_at, ST_Point(114, 38) AS geometry FROM range(3) t(i)"
        assets = (table(tmp_path / name, name, select),)
        released(tmp_path / "lake", tmp_path / name, card(name), assets)
    api = open_api(tmp_path)
    for name in ("plain", "zoned"):
        assert api.items(name, datetime="2026-05-02").ids == [0], "20:00 UTC is the next day in China"
        assert api.items(name, datetime="2026-05-01T20:00:00Z/2026-05-03T04:00:00+08:00").ids == [0, 1]
        assert api.items(name, datetime="2026-05-03T20:00:00Z").ids == [2]
        assert api.items(name, filter="updated_at > TIMESTAMP('2026-05-02T20:00:00Z')").ids == [2]
        assert api.items(name, updated_at="2026-05-03T04:00:00+08:00").ids == [1]
        said = [each["properties"]["updated_at"] for each in api.items(name).document["features"]]
        assert said[0] == "2026-05-01T20:00:00.000000Z"


@pytest.mark.parametrize("text", ["", "..", "../..", "x", "2026", "2026-13-01", "2026-01-02/2026-01-01", "1/2/3"])
def test_a_time_that_is_none_is_refused(api, text):
    assert api.items(datetime=text).status == 400


def test_features_are_sorted_and_attributes_chosen(api):
    def order(each: int) -> tuple[int, int]:
        return -(each % 7), each

    wanted = [f"p-{each:04}" for each in sorted(range(200), key=order)]
    assert api.items(sortby="-rank,place_id", limit=1000).ids == wanted
    assert api.items(sortby="-rank", limit=50, offset=100).ids == wanted[100:150]
    assert api.items(sortby="height", limit=1000).ids[-1] == "p-0195", "without a value: last"
    found = api.items(properties="rank,std_name", limit=1).document["features"][0]["properties"]
    assert list(found) == ["rank", "std_name"]
    assert api.items(properties="", limit=1).document["features"][0]["properties"] == {}
    for name in ("sortby", "properties"):
        assert api.items(**{name: "nothing"}).status == 400


def test_only_get_and_head_and_only_json(api):
    assert api.ask(method="HEAD").status == 200
    assert api.ask(method="POST").status == 405
    for accept in ("text/html", "text/html;q=1, image/*", "application/json;q=0", "application/xml"):
        assert api.ask(accept=accept).status == 406, accept
    for accept in ("*/*", "text/html, */*;q=0.1", "application/json", "APPLICATION/JSON ; q=0.5", "application/*"):
        assert api.ask(accept=accept).status == 200, accept
    assert api.ask(f"{PLACES}/items", accept="application/geo+json").status == 200
    assert api.ask("/api", accept="application/vnd.oai.openapi+json;version=3.0").status == 200


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/x",
            "/collections/x",
            "/collections/places",
            "/collections//items",
            "/api/x",
            "//",
            "/collections/records/x",
        ),
        *(f"/collections/n156131000-places{end}" for end in ("", "/items", "/queryables")),
        *(f"/collections/n{CODE}-{name}/items" for name in ("codes", "nothing")),
        f"{PLACES}/x",
    ],
)
def test_what_there_is_not_is_not_found(api, path):
    assert api.ask(path).status == 404
