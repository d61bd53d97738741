"""The catalog by OGC API Records (20-004r1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ogc_kit import BASE, CODE, HOLDINGS
from pydantic import BaseModel, ConfigDict
from records_kit import Contact, Link, Polygon, Properties, Time

RECORDS = "/collections/records"
PRODUCTS = [f"n{CODE}-{name}" for name in ("areas", "codes", "places", "register")]
EVERYTHING = ["atlas", *PRODUCTS, "pipes"]


class Record(BaseModel):
    """20-004r1, schema recordGeoJSON, as it is answered; `records_kit` has that of files."""

    model_config = ConfigDict(extra="forbid")
    id: str
    type: str
    conformsTo: list[str]  # noqa: N815 - the standard's
    time: Time | None
    geometry: Polygon | None
    properties: Properties
    links: list[Link]


def ask(api, **query: Any) -> list[str]:
    said = api.ask(f"{RECORDS}/items", **query)
    assert said.status == 200, said.document
    assert said.document["numberMatched"] >= said.document["numberReturned"] == len(said.ids)
    return list(said.ids)


def test_every_product_and_every_entry_of_the_register_is_a_record(api):
    assert ask(api) == EVERYTHING
    for each in api.ask(f"{RECORDS}/items").document["features"]:
        Record.model_validate(each)
        assert [found for found in each["properties"]["contacts"] if not Contact.model_validate(found)] == []
        assert each == api.ask(f"{RECORDS}/items/{each['id']}").document


def test_the_record_of_a_product_leads_to_all_that_there_is_of_it(api):
    record = api.ask(f"{RECORDS}/items/n{CODE}-places").document
    links = {each["rel"]: each["href"] for each in record["links"]}
    assert links["items"] == f"{BASE}ogc/collections/n{CODE}-places/items"
    assert links["describedby"] == f"{BASE}collections/places/collection.json"
    assert links["enclosure"] == f"{BASE}data/places/places.parquet"
    assert links["collection"] == f"{BASE}ogc{RECORDS}"
    said = record["properties"]
    assert said["title"] == "places数据 · Data of places", "of the release, not of the old entry of the register"
    assert said["formats"] == [{"mediaType": "application/vnd.apache.parquet"}]
    assert said["license"] == "CC0-1.0"
    assert [each["code"] for each in said["languages"]] == ["zh", "en"]
    assert said["themes"][0]["concepts"] == [{"id": "place"}]
    assert record["time"] == {"interval": ["2026-01-01", "2026-12-31"]}
    codes = api.ask(f"{RECORDS}/items/n{CODE}-codes").document
    assert "items" not in {each["rel"] for each in codes["links"]}, "a table without geometry has no features"


def test_of_a_secret_holding_only_what_the_register_published_is_told(api):
    record = api.ask(f"{RECORDS}/items/pipes").document
    assert record["geometry"] is record["time"] is None
    assert sorted(record["properties"]) == sorted(
        ["type", "title", "language", "languages", "contacts", "tianlake:security_class", "tianlake:security"]
    )
    assert record["properties"]["tianlake:security_class"] == HOLDINGS[0].security_class == "秘密"


def test_text_is_found_in_any_language_and_case(api):
    assert ask(api, q="地图") == ["atlas"]
    assert ask(api, q="ATLAS,管线") == ["atlas", "pipes"]
    assert ask(api, q="data of  PLACES") == [f"n{CODE}-places"], "words in their order"
    assert ask(api, q="places of data") == []
    assert ask(api, q="资料室") == ["atlas", "pipes"]
    assert ask(api, q="Old") == []


def test_records_are_found_by_place_time_type_and_ids(api):
    assert ask(api, bbox="114.2,38.2,114.3,38.3", q="地图,地下") == ["atlas"]
    assert ask(api, bbox="0,0,1,1") == []
    assert ask(api, datetime="2019-06-01") == ["atlas"]
    assert ask(api, datetime="2026-06-01/..") == [PRODUCTS[1], PRODUCTS[2], PRODUCTS[3]]
    assert ask(api, type="dataset") == EVERYTHING
    assert ask(api, type="service") == []
    assert ask(api, ids="pipes,atlas,nothing") == ["atlas", "pipes"]
    assert ask(api, externalIds="places") == [f"n{CODE}-places"]
    assert ask(api, externalIds="tianlake:product:places,x:y") == [f"n{CODE}-places"]
    assert ask(api, externalIds="tianlake:product:") == PRODUCTS
    assert ask(api, externalIds="tianlake:release:places") == []


def test_records_are_sorted_and_paged(api):
    assert ask(api, sortby="-id") == EVERYTHING[::-1]
    assert ask(api, sortby="updated,-id") == [*PRODUCTS[::-1], "pipes", "atlas"]
    page = api.ask(f"{RECORDS}/items", limit=2, offset=2, sortby="id").document
    assert ([each["id"] for each in page["features"]], page["numberMatched"]) == (EVERYTHING[2:4], 6)
    rels = {each["rel"]: each["href"] for each in page["links"]}
    assert rels["next"].endswith("?limit=2&offset=4&sortby=id")
    assert rels["prev"].endswith("?limit=2&offset=0&sortby=id")
    assert set(api.ask(f"{RECORDS}/sortables").document["properties"]) == {"id", "title", "type", "updated"}


@pytest.mark.parametrize(
    "query",
    [
        *({"q": ""}, {"q": ",".join("x" * 99)}, {"bbox": "1,2"}, {"datetime": "x"}, {"limit": 0}, {"sortby": "links"}),
        *({"ids": ","}, {"filter": "type='dataset'"}, {"foo": 1}, {"crs": "x"}),
    ],
)
def test_what_is_wrong_is_refused_with_the_rule(api, query):
    said = api.ask(f"{RECORDS}/items", **query)
    assert (said.status, said.document["field"]) == (400, next(iter(query)))


def test_the_catalog_is_a_collection_of_records(api):
    alone = api.ask(RECORDS).document
    [listed] = [each for each in api.ask("/collections").document["collections"] if each["id"] == "records"]
    assert alone == listed
    assert (alone["type"], alone["itemType"]) == ("Collection", "record")
    assert alone["extent"]["spatial"]["bbox"] == [[114, 38, 116, 39]]
    assert api.ask(f"{RECORDS}/queryables").document["properties"] == {"type": {"type": "string"}}
    assert api.ask(f"{RECORDS}/items/nothing").status == 404


def test_an_entry_does_not_outlive_its_product(api, lake, monkeypatch):
    assert "atlas" in ask(api)
    current = api.releases.of(CODE)
    monkeypatch.setattr(api.releases, "of", lambda _code: tuple(e for e in current if e.product != "register"))
    assert ask(api) == PRODUCTS[:3]
    monkeypatch.undo()
    assert ask(api) == EVERYTHING


def test_records_are_json_of_one_line_without_inner_names(api):
    said = api.ask(f"{RECORDS}/items")
    assert said.headers["content-type"] == "application/geo+json"
    assert said.body.count(b"\n") == 1
    assert json.loads(said.body)["timeStamp"].endswith("Z")
