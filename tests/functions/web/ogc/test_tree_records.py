"""Records of the whole tree: what free text, box, time, node, class and CQL2 find, and OWSLib as a client."""

from __future__ import annotations

from typing import Any

import pytest
from ogc_kit import Api
from owslib.ogcapi.records import Records
from records_kit import Contact, Link, Time
from server_kit import running
from shapely.geometry import shape
from stac_api_kit import BASE, CITY, CITY_URL, CODE, make_items, write_node

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.ogc.api import Ogc
from tianlake.functions.web.ogc.tree import Tree
from tianlake.functions.web.stac.start import open_stac
from tianlake.functions.web.start import routes
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine

TREE = "/collections/tree"
PRODUCTS = ("imagery", "places", "survey")
EVERYTHING = [f"n{code}-{name}" for code in (CODE, CITY) for name in PRODUCTS]
OF_CITY = EVERYTHING[3:]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder with a province in `lake`, whose merged index holds records of a city."""
    base = tmp_path_factory.mktemp("tree")
    write_node(base / "lake", make_items(20))
    return base


@pytest.fixture(scope="module")
def tree(base, tmp_path_factory):
    releases = CurrentReleases(open_nodes("file:lake", (CODE,), None, base))
    engine = Engine()
    stac, copies = open_stac(tmp_path_factory.mktemp("state"), engine, None, copying=False)
    yield Api(WebDesk(releases, engine, routes(Ogc(Tree(stac.catalogs))), close=copies.close), releases, engine)
    copies.close()


def ask(tree: Api, **query: Any) -> list[str]:
    said = tree.ask(f"{TREE}/items", **query)
    assert said.status == 200, said.document
    return list(said.ids)


def test_every_record_of_the_tree_is_there_as_the_standard_wants_it(tree):
    assert ask(tree) == EVERYTHING
    for each in tree.ask(f"{TREE}/items").document["features"]:
        assert each["conformsTo"] == ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]
        assert each["properties"]["type"] == "dataset"
        assert each["properties"]["title"]
        assert shape(each["geometry"]).is_valid
        assert each["time"] is None or Time.model_validate(each["time"])
        assert [Link.model_validate(link) for link in each["links"]]
        for found in each["properties"]["contacts"]:
            Contact.model_validate(found)
        assert each == tree.ask(f"{TREE}/items/{each['id']}").document


def test_a_record_of_a_node_below_leads_to_the_original_and_to_its_node(tree):
    [record] = tree.ask(f"{TREE}/items", ids=f"n{CITY}-imagery").document["features"]
    links = {each["rel"]: each["href"] for each in record["links"]}
    assert links["canonical"] == f"{CITY_URL}/collections/imagery/collection.json"
    assert links["via"] == f"{CITY_URL}/catalog.json"
    assert links["self"] == f"{BASE}ogc{TREE}/items/n{CITY}-imagery"
    assert record["properties"]["tianlake:node"] == CITY


SEARCHES = {
    "廊坊市": OF_CITY,
    "廊坊影像": [f"n{CITY}-imagery"],
    "航空,地名": [each for each in EVERYTHING if "survey" in each or "places" in each],
    "没有这个": [],
}


@pytest.mark.parametrize("q", SEARCHES)
def test_free_text_is_found_in_chinese(tree, q):
    assert sorted(ask(tree, q=q)) == sorted(SEARCHES[q])


def test_node_and_class_are_parameters_of_their_own(tree):
    assert ask(tree, node=CITY) == OF_CITY
    assert ask(tree, node=f"{CODE},{CITY}") == EVERYTHING
    assert ask(tree, node="156990000") == []
    themes = {each: ask(tree, theme=each) for each in ("imagery", "place", "terrain")}
    records = tree.ask(f"{TREE}/items").document["features"]
    for theme, found in themes.items():
        wanted = [each["id"] for each in records if each["properties"]["themes"][0]["concepts"][0]["id"] == theme]
        assert found == wanted
    assert themes["imagery"]


FILTERS = {
    f"node = '{CITY}' AND title LIKE '%影像%'": [f"n{CITY}-imagery"],
    "title LIKE '%地名%'": [f"n{CODE}-places", f"n{CITY}-places"],
    "S_INTERSECTS(geometry, BBOX(-10, -10, -9, -9))": [],
}


@pytest.mark.parametrize("text", FILTERS)
def test_cql2_is_asked_of_records(tree, text):
    assert ask(tree, filter=text) == FILTERS[text]


def test_cql2_in_json_says_the_same(tree):
    text = f'{{"op": "=", "args": [{{"property": "node"}}, "{CITY}"]}}'
    assert ask(tree, filter=text, filter_lang="cql2-json") == OF_CITY


def test_a_box_and_a_time_are_asked_with_free_text(tree):
    survey = f"n{CITY}-survey"
    assert survey in ask(tree, bbox="112,31,113,32", q="航空")
    assert f"n{CITY}-imagery" not in ask(tree, bbox="112,31,113,32"), "its two halves lie at 180 degrees"
    assert f"n{CITY}-imagery" in ask(tree, bbox="179.5,31,-179.5,32")
    assert ask(tree, bbox="-60,-60,-50,-50") == []
    assert f"n{CITY}-imagery" not in ask(tree, datetime="2025-01-01/.."), "it ends in 2023"
    assert survey in ask(tree, datetime="2025-01-01/..")


def test_pages_hold_every_record_once(tree):
    first = tree.ask(f"{TREE}/items", limit=4).document
    second = tree.ask(f"{TREE}/items", limit=4, offset=4).document
    assert first["numberMatched"] == len(EVERYTHING)
    assert [each["id"] for page in (first, second) for each in page["features"]] == EVERYTHING
    assert {each["rel"] for each in second["links"]} >= {"prev", "self"}
    assert "next" not in {each["rel"] for each in second["links"]}


WRONG = ({"filter": "node ="}, {"filter": "nothing = 1"}, {"filter": "[", "filter_lang": "cql2-json"}, {"node": ","})


@pytest.mark.parametrize("query", WRONG, ids=str)
def test_what_is_wrong_is_said(tree, query):
    said = tree.ask(f"{TREE}/items", **query)
    assert said.status == 400
    assert said.document["field"] in query


def test_the_collection_is_listed_and_described(tree):
    listed = {each["id"]: each for each in tree.ask("/collections").document["collections"]}
    assert listed["tree"] == tree.ask(TREE).document
    assert listed["tree"]["itemType"] == "record"
    assert {"node", "theme", "title"} <= set(tree.ask(f"{TREE}/queryables").document["properties"])
    paths = tree.ask("/api").document["paths"]
    assert {f"{TREE}/items", f"{TREE}/items/{{recordId}}"} <= set(paths)


def test_owslib_searches_the_tree(base):
    with running(base, [CODE]) as server:
        client = Records(f"{server.url}/ogc")
        assert "tree" in client.records()
        found = client.collection_items("tree", q="廊坊影像")
        assert [each["id"] for each in found["features"]] == [f"n{CITY}-imagery"]
        assert client.collection_items("tree", filter=f"node = '{CITY}'")["numberMatched"] == len(OF_CITY)
        assert client.collection_item("tree", f"n{CITY}-survey")["id"] == f"n{CITY}-survey"
