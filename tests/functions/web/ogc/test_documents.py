"""What describes the API: landing page, conformance, collections, queryables, OpenAPI; and who may see what."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from ogc_kit import BASE, CODE, NODE, card, open_api, released, table
from ogc_models import Collection, Collections, FeatureCollection, LandingPage
from openapi_spec_validator import validate
from shapely.geometry import shape

from tianlake.functions.admission.demands import demand_of
from tianlake.functions.gateway.places import locate
from tianlake.functions.web.ogc.conformance import CLASSES
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import Manifest

PAGE = Path(__file__).parents[4] / "docs/ogc.md"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
FEATURES = [f"n{CODE}-{name}" for name in ("areas", "places", "register")]


def test_the_landing_page_leads_everywhere(api):
    landing = api.ask().document
    assert api.ask("/").document == landing
    rels = {each["rel"]: each for each in landing["links"]}
    assert rels["service-desc"]["type"] == OPENAPI
    for rel in ("self", "service-desc", "conformance", "data"):
        said = api.ask(rels[rel]["href"].removeprefix(f"{BASE}ogc"))
        assert (said.status, said.headers["content-type"]) == (200, rels[rel]["type"])


def test_documents_are_what_the_standard_has(api):
    LandingPage.model_validate(api.ask().document)
    listed = Collections.model_validate(api.ask("/collections").document)
    for each in listed.collections:
        path = f"/collections/{each.id}"
        Collection.model_validate(api.ask(path).document)
        found = FeatureCollection.model_validate(api.ask(f"{path}/items", limit=1000).document)
        assert found.numberReturned == len(found.features) > 0
        assert all(shape(each.geometry).is_valid for each in found.features if each.geometry)


def test_what_it_conforms_to_is_declared_and_on_the_page(api):
    assert api.ask("/conformance").document == {"conformsTo": list(CLASSES)}
    told = set(re.findall(r"`((?:ogcapi|cql2)[^`]*/conf/[^`]*)`", PAGE.read_text("utf-8")))
    assert {f"http://www.opengis.net/spec/{each}" for each in told} == set(CLASSES)


def test_the_examples_of_the_page_are_answered(api):
    commands = re.findall(r"^curl (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        address, *more = [each for each in shlex.split(command) if each not in {"-G", "--data-urlencode"}]
        path, _, query = address.partition(f"/{CODE}/ogc")[2].partition("?")
        given = dict(each.split("=", 1) for each in [*query.split("&"), *more] if each)
        assert api.ask(path, **given).status == 200, command


def test_collections_are_products_with_a_geometry_and_the_catalog(api):
    said = api.ask("/collections").document
    assert [each["id"] for each in said["collections"]] == [*FEATURES, "records"]
    for each in said["collections"][:-1]:
        alone = api.ask(f"/collections/{each['id']}").document
        assert each["crs"] == ["#/crs"]
        assert alone == each | {"crs": said["crs"]}
        assert each["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/4490"
        assert each["storageCrs"] in said["crs"]
        assert {"self", "items", "describedby", "enclosure"} <= {link["rel"] for link in each["links"]}
    assert said["collections"][1]["extent"]["temporal"]["interval"] == [
        ["2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"]
    ]


def test_queryables_are_what_can_be_asked_for(api):
    said = api.ask(f"/collections/n{CODE}-places/queryables")
    assert said.headers["content-type"] == "application/schema+json"
    schema = said.document
    assert schema["$id"] == f"{BASE}ogc/collections/n{CODE}-places/queryables"
    assert schema["properties"]["updated_at"] == {"title": "updated_at", "type": "string", "format": "date"}
    assert schema["properties"]["geometry"]["format"] == "geometry-point"
    assert "list" not in schema["properties"]
    for name in schema["properties"]:
        written = '"' + name.replace('"', '""') + '"'
        assert api.items(filter=f"{written} IS NOT NULL", limit=1).status == 200


def test_the_definition_is_valid_and_of_the_real_collections(api):
    said = api.ask("/api")
    assert said.headers["content-type"] == OPENAPI
    document = said.document
    validate(document)
    assert document["servers"] == [{"url": f"{BASE}ogc"}]
    for identity in (*FEATURES, "records"):
        assert f"/collections/{identity}/items" in document["paths"]
    items = document["paths"][f"/collections/n{CODE}-places/items"]["get"]["parameters"]
    own = {each["name"] for each in items if "name" in each}
    assert own == {*("place_id", "std_name", "rank", "height", "open", "updated_at", "seen", "odd"), 'odd "name'}
    assert len({json.dumps(each) for each in items}) == len(items)


def test_internal_products_are_nowhere(tmp_path):
    for product in ("open", "shut"):
        (tmp_path / product).mkdir()
        assets = (table(tmp_path / product, product, "SELECT 1 AS a, ST_Point(114, 38) AS geometry"),)
        released(tmp_path / "lake", tmp_path / product, card(product), assets)
    [file] = (tmp_path / "lake" / CODE / "releases/shut").glob("*/manifest.json")
    manifest = parse_record(Manifest, file.read_bytes(), file=file)
    hidden = replace(manifest.candidate.card, access="internal")
    file.write_bytes(dump_record(replace(manifest, candidate=replace(manifest.candidate, card=hidden))))
    api = open_api(tmp_path)
    for path in ("/collections", "/collections/records/items", "/api"):
        said = api.ask(path)
        assert (said.status, b"-open" in said.body, b"-shut" in said.body) == (200, True, False), path
    for end in ("", "/items", "/items/0", "/queryables"):
        assert api.ask(f"/collections/n{CODE}-shut{end}").status == 404
    assert api.ask(f"/collections/records/items/n{CODE}-shut").status == 404


def test_a_node_without_anything_published_has_an_empty_catalog(tmp_path):
    node = tmp_path / "lake" / CODE
    node.mkdir(parents=True)
    api = open_api(tmp_path)
    assert api.ask().status == 404, "it says nothing of itself"
    (node / "node.json").write_bytes(dump_record(NODE))
    assert [each["id"] for each in api.ask("/collections").document["collections"]] == ["records"]
    assert api.ask("/collections/records/items").ids == []
    validate(api.ask("/api").document)


@pytest.mark.parametrize(
    ("path", "meter", "product"),
    [
        ("ogc", "", None),
        ("ogc/collections", "", None),
        (f"ogc/collections/n{CODE}-places", "", None),
        (f"ogc/collections/n{CODE}-places/queryables", "", None),
        (f"ogc/collections/n{CODE}-places/items", "search", "places"),
        (f"ogc/collections/n{CODE}-places/items/", "search", "places"),
        (f"ogc/collections/n{CODE}-places/items/p-1", "search", "places"),
        (f"ogc/collections/n{CODE}-places/items/p-1/x", "search", "places"),
        ("ogc/collections/records/items", "", None),
        ("ogc/collections/records/items/pipes", "", None),
    ],
)
def test_features_are_counted_and_let_in_by_their_product_and_documents_are_open(path, meter, product):
    demand = demand_of(locate(f"/{path}".encode(), {CODE}))
    assert (demand.meter or "", demand.product) == (meter, product)
    assert demand.bulk == bool(product)
