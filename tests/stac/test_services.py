"""Links to what a node with an address serves of a product: absolute, first, and with the key where one is needed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import rashid
from stac_kit import NODE, desk, send

URL = "https://map.example.cn/hebei"
"""Public address of the node in these tests."""


@pytest.fixture
def found(assets, candidates, tmp_path):
    """The Collections of a node with an address: counties in two layers, and climate that needs a key."""
    settings = replace(NODE.settings, url=URL, layers={"vec": "counties", "img": "climate", "ter": "nothing"})
    at = desk(tmp_path / "lake", replace(NODE, settings=settings))
    climate = candidates["climate"]
    send(at, candidates["counties"], assets)
    send(at, replace(climate, card=replace(climate.card, access="key")), assets)
    read = lambda name: json.loads((tmp_path / f"lake/collections/{name}/collection.json").read_bytes())  # noqa: E731
    return {name: read(name)["links"] for name in ("counties", "climate")} | {"root": tmp_path / "lake"}


def of(links, rel):
    return [each for each in links if each["rel"] == rel]


def test_a_client_that_takes_the_first_link_as_it_stands_gets_the_archive(found):
    first, *others = of(found["counties"], "pmtiles")
    assert first["href"] == f"{URL}/tiles/counties.pmtiles"
    assert others, "and the file of the release is still linked, relative"
    assert all(each["href"].startswith("../") for each in others)
    assert first["pmtiles:layers"] == others[0]["pmtiles:layers"]


def test_a_layer_of_todays_clients_is_linked_as_wmts_where_it_is_in_web_mercator(found):
    [layer] = of(found["climate"], "wmts")
    assert layer["href"] == f"{URL}/img_w/wmts"
    assert layer["wmts:layer"] == ["img"]


def test_what_needs_a_key_says_so(found):
    keyed = [*of(found["climate"], "pmtiles"), *of(found["climate"], "wmts")]
    assert keyed
    assert all(each["auth:refs"] == ["tk", "bearer"] for each in keyed)
    assert not any("auth:refs" in each for each in found["counties"])


def test_the_profile_is_still_met(found):
    report = rashid.validate(found["root"], schema=True, data=True)
    assert {each.rule_id for each in report.findings} <= {"PTL-PRO-002", "PTL-EXT-002"}


def test_the_catalog_tells_stac_browser_how_a_key_is_called(found):
    asked = json.loads((found["root"] / "catalog.json").read_bytes())["stac_browser"]["authConfig"]
    assert (asked["type"], asked["in"], asked["name"]) == ("apiKey", "query", "tk")
    assert "密钥" in asked["description"]
