"""What the STAC API answers beside which Items are found."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pystac
import pytest
from stac_api_kit import BASE, CITY, CITY_URL, CODE, URL

TK = "tk=0123456789abcdef0123456789abcdef"


def test_the_landing_page_is_a_catalog_that_leads_everywhere(plain_api):
    landing = plain_api.ask()
    pystac.Catalog.from_dict(landing.document)
    assert landing.document["id"] == f"n{CODE}"
    led = {each["rel"]: each for each in landing.document["links"]}
    for rel in ("self", "root", "service-desc", "conformance", "data"):
        assert plain_api.follow(led[rel]).status == 200, rel
    assert {each.get("method") for each in landing.document["links"] if each["rel"] == "search"} == {"GET", "POST"}
    assert plain_api.ask("/conformance").document["conformsTo"] == landing.document["conformsTo"]


def test_an_item_is_the_one_that_its_node_published(api, items):
    wanted = items[2]
    path = f"/collections/{wanted['collection']}/items/{wanted['id']}"
    found = api.ask(path).document
    for member in ("id", "geometry", "bbox", "collection", "stac_version", "stac_extensions", "assets"):
        assert found[member] == wanted[member], member
    known = {name: value for name, value in wanted["properties"].items() if value is not None}
    assert {name: value for name, value in found["properties"].items() if value is not None} == known
    read = pystac.Item.from_dict(found)
    assert read.datetime is None or read.datetime == datetime.fromisoformat(wanted["properties"]["datetime"])
    led = {each["rel"]: each["href"] for each in found["links"]}
    assert led["self"] == f"{BASE}stac{path}"
    assert led["canonical"] == next(each["href"] for each in wanted["links"] if each["rel"] == "canonical")
    assert (led["root"], led["collection"]) == (f"{BASE}stac", f"{BASE}stac/collections/{wanted['collection']}")


def test_every_item_comes_back_whole_without_the_nulls_of_other_rows(api, items):
    found = {each["id"]: each for each in api.ask("/search", limit=1000).document["features"]}
    assert found.keys() == {each["id"] for each in items}
    for wanted in items:
        got = found[wanted["id"]]
        assert got["assets"] == wanted["assets"]
        assert got["geometry"] == wanted["geometry"]
        assert {"datetime": None} | wanted["properties"] == got["properties"]


def test_what_another_node_publishes_says_so(plain_api, items):
    own, other = items[0], items[1]
    assert other["collection"].startswith(f"n{CITY}-")
    vias = [
        [link["href"] for link in plain_api.ask(path).document["links"] if link["rel"] == "via"]
        for each in (own, other)
        for path in (f"/collections/{each['collection']}/items/{each['id']}", f"/collections/{each['collection']}")
    ]
    assert vias == [[], [], [f"{CITY_URL}/catalog.json"], [f"{CITY_URL}/catalog.json"]]
    canonical = plain_api.ask(f"/collections/{other['collection']}").link("canonical")
    assert canonical is not None
    assert canonical["href"].startswith(f"{CITY_URL}/collections/")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"q": "影像"}, ["imagery"]),
        ({"q": "AERIAL"}, ["survey"]),
        ({"q": "廊坊影像"}, ["imagery"]),
        ({"q": "廊坊航空摄影"}, ["survey"]),
        ({"q": "地名,航空"}, ["places", "survey"]),
        ({"q": "没有的词"}, []),
        ({"filter": "theme = 'place'"}, ["places"]),
        ({"filter": "updated > TIMESTAMP('2026-11-10T12:00:00Z')"}, ["survey", "places"]),
        ({"filter": "S_INTERSECTS(geometry, POINT(113.5 35))"}, ["imagery", "survey", "places"]),
        ({"bbox": "-180,31,-179.5,32"}, ["imagery"]),
        ({"bbox": "111.2,31,111.5,32"}, ["survey"]),
        ({"datetime": "2024-01-01T00:00:00Z/.."}, ["survey", "places"]),
        ({"datetime": "../2019-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_collections_are_found_by_text_place_time_and_filter(plain_api, query, ids):
    found = plain_api.ask("/collections", **query)
    wanted = {f"n{code}-{product}" for code in (CODE, CITY) for product in ids}
    if "廊坊" in query.get("q", ""):
        wanted = {each for each in wanted if CITY in each}
    assert set(found.ids) == wanted
    assert found.document["numberMatched"] == len(wanted)


def test_collections_come_in_order_and_by_pages(plain_api):
    everything = plain_api.ask("/collections", limit=100).ids
    assert everything == sorted(everything)
    pages = list(plain_api.pages(plain_api.ask("/collections", limit=4)))
    assert [identity for page in pages for identity in page.ids] == everything
    assert [page.ids for page in plain_api.pages(pages[-1], "prev")] == [page.ids for page in reversed(pages)]
    fall = plain_api.ask("/collections", sortby="-updated,id").document["collections"]
    assert [each["updated"] for each in fall] == sorted((each["updated"] for each in fall), reverse=True)
    slim = plain_api.ask("/collections", fields="title,extent,-extent.temporal").document["collections"][0]
    assert slim.keys() == {"type", "stac_version", "id", "title", "extent"}
    assert slim["extent"].keys() == {"spatial"}


def test_fields_are_chosen_as_the_extension_says(plain_api):
    default = {"type", "stac_version", "id", "collection", "geometry", "bbox", "links", "assets", "properties"}
    one = plain_api.ask("/search", limit=1, fields="properties.gsd,-properties,links,-links").document["features"][0]
    assert one.keys() == {"type", "stac_version", "id", "collection", "properties", "links"}
    assert one["properties"].keys() == {"gsd"}, "what is included stays, be it within something that is excluded"
    less = plain_api.post({"limit": 1, "fields": {"exclude": ["assets", "properties.eo:cloud_cover"]}}).document[
        "features"
    ][0]
    assert less.keys() == (default | {"stac_extensions"}) - {"assets"}
    assert "eo:cloud_cover" not in less["properties"]
    assert "title" in less["properties"]
    none = {"include": [], "exclude": ["geometry"]}
    assert plain_api.post({"limit": 1, "fields": none}).document["features"][0].keys() == default - {"geometry"}
    assert plain_api.ask("/search", limit=1, fields="").document["features"][0].keys() == default


def test_get_and_post_ask_the_same(plain_api, items):
    ids = [each["id"] for each in items[:5]]
    shape = {"type": "Polygon", "coordinates": [[[110, 30], [121, 30], [110, 44], [110, 30]]]}
    text = '"eo:cloud_cover" < 60 AND mission IS NULL'
    tree = {
        "op": "and",
        "args": [
            {"op": "<", "args": [{"property": "eo:cloud_cover"}, 60]},
            {"op": "isNull", "args": [{"property": "mission"}]},
        ],
    }
    collection = f"n{CITY}-survey"
    for query, body in (
        ({"ids": ",".join(ids)}, {"ids": ids}),
        ({"intersects": json.dumps(shape)}, {"intersects": shape}),
        ({"filter": text}, {"filter": tree}),
        ({"filter": json.dumps(tree), "filter-lang": "cql2-json"}, {"filter": text, "filter-lang": "cql2-text"}),
        (
            {"collections": collection, "sortby": "-properties.gsd,id"},
            {
                "collections": [collection],
                "sortby": [{"field": "properties.gsd", "direction": "desc"}, {"field": "id"}],
            },
        ),
    ):
        asked, posted = plain_api.ask("/search", limit=300, **query), plain_api.post(body | {"limit": 300})
        assert asked.ids == posted.ids, query
        assert 0 < len(asked.ids) < len(items), query
    of_it = plain_api.ask(f"/collections/{collection}/items", limit=300)
    assert of_it.ids == plain_api.ask("/search", collections=collection, limit=300).ids


def test_queryables_name_what_filters_understand(plain_api, items):
    told = plain_api.ask("/queryables").document
    assert {"id", "collection", "datetime", "gsd", "eo:cloud_cover", "mission", "geometry"} <= told["properties"].keys()
    for name in told["properties"].keys() - {"geometry"}:
        assert plain_api.ask("/search", limit=1, filter=f'"{name}" IS NULL').status == 200, name
    for name in plain_api.ask("/sortables").document["properties"]:
        assert plain_api.ask("/search", limit=1, sortby=name).status == 200, name
    of_one = plain_api.ask(f"/collections/n{CODE}-imagery/queryables").document["properties"]
    assert "mission" in of_one
    assert "created" not in of_one, "no Item of it has one"
    assert plain_api.ask(f"/collections/n{CODE}-places/queryables").document["properties"].keys() == {"geometry"}


def test_credentials_are_carried_to_us_and_to_nobody_else(plain_api, items):
    ours = next(each for each in items if each["collection"].startswith(f"n{CODE}-"))
    theirs = next(each for each in items if each["collection"].startswith(f"n{CITY}-"))
    for wanted, carried in ((ours, True), (theirs, False)):
        page = plain_api.ask("/search", carried=TK, ids=wanted["id"])
        asset = page.document["features"][0]["assets"]["data"]["href"]
        assert asset == wanted["assets"]["data"]["href"] + (f"?{TK}" if carried else "")
        assert page.headers["cache-control"] == "private, no-store"
    next_page = plain_api.ask("/search", carried=TK, limit=1).link("next")
    assert next_page is not None
    assert TK in next_page["href"]
    hosts = [each for each in json.dumps(page.document).split('"') if TK in each]
    assert hosts
    assert all(each.startswith((BASE, URL + "/")) for each in hosts)
    assert TK not in plain_api.ask("/search", limit=1).body.decode()


def test_an_answer_that_a_client_has_is_not_sent_again(plain_api):
    first = plain_api.ask("/search", limit=3)
    again = plain_api.ask("/search", limit=3, headers={"if-none-match": f'"x", {first.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert plain_api.ask("/search", limit=4, headers={"if-none-match": first.headers["etag"]}).status == 200
    assert "etag" not in plain_api.post({"limit": 3}).headers


def test_a_moment_may_be_written_in_any_way_that_the_rfc_has(plain_api, items):
    wanted = next(each for each in items if each["properties"]["datetime"])
    moment = datetime.fromisoformat(wanted["properties"]["datetime"])
    east = moment.astimezone(tz=datetime.fromisoformat("2020-01-01T00:00:00+08:00").tzinfo).isoformat()
    for text in (wanted["properties"]["datetime"].lower(), east, moment.astimezone(UTC).isoformat()):
        assert wanted["id"] in plain_api.ask("/search", datetime=text, limit=300).ids
