"""Products that need a key say so in STAC, in their README, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pystac
import pytest
import rashid
from stac_kit import NODE, Assets, desk, send

from tianlake.lake.access import access_to, part_of
from tianlake.lake.releases import Candidate
from tianlake.lake.words import Access

NOTES = {"PTL-PRO-002", "PTL-EXT-002"}
"""Information: the source of a mirror, and an extension that the profile does not name."""


@pytest.fixture
def kept(tmp_path: Path, assets: Assets, candidates: dict[str, Candidate]) -> Path:
    """A node whose counties need a key, and whose scenes are for professional users."""
    wanted: dict[str, Access] = {"counties": "key", "climate": "open", "scenes": "professional"}
    node = replace(NODE, settings=replace(NODE.settings, url="https://example.org/hebei"))
    for name, candidate in candidates.items():
        made = replace(candidate, card=replace(candidate.card, access=wanted[name]))
        send(desk(tmp_path, node), made, assets)
    return tmp_path


def things(body: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of every asset and link of a STAC object, and what it refers to."""
    for each in (*body["assets"].values(), *body["links"]):
        yield each["href"].rpartition("/")[2], each.get("auth:refs", [])


def test_only_data_and_archives_of_products_with_a_key_refer_to_one(kept: Path) -> None:
    counties = json.loads((kept / "collections/counties/collection.json").read_bytes())
    assert counties["auth:schemes"]["tk"] | {"description": ""} == {
        "type": "apiKey",
        "name": "tk",
        "in": "query",
        "description": "",
    }
    refs = {name for name, found in things(counties) if found == ["tk", "bearer"]}
    assert refs == {"counties.parquet", "counties.pmtiles"}
    assert all(not found for name, found in things(counties) if name not in refs)
    items = list((kept / "collections/scenes").glob("*/*.json"))
    assert len(items) == 2
    for item in items:
        body = json.loads(item.read_bytes())
        assert body["properties"]["auth:schemes"].keys() == {"tk", "bearer"}
        assert body["assets"]["data"]["auth:refs"] == ["tk", "bearer"]
    assert "auth:" not in (kept / "collections/climate/collection.json").read_text("utf-8")


def test_the_profile_and_pystac_take_it(kept: Path) -> None:
    report = rashid.validate(kept, schema=True, data=True)
    assert [str(each) for each in report.findings if each.rule_id not in NOTES] == []
    catalog = pystac.Catalog.from_file(str(kept / "catalog.json"))
    found = {each.id: each for each in catalog.get_children()}
    extension = "https://stac-extensions.github.io/authentication/v1.1.0/schema.json"
    assert extension in (found["n156130000-counties"].stac_extensions or [])
    assert extension not in (found["n156130000-climate"].stac_extensions or [])


def test_a_readme_says_how_to_send_the_key(kept: Path) -> None:
    readme = (kept / "collections/counties/README.md").read_text("utf-8")
    assert "CREATE SECRET tianlake (TYPE http, BEARER_TOKEN" in readme
    assert "?tk=" in readme
    assert "专业用户的密钥" in (kept / "collections/scenes/README.md").read_text("utf-8")
    assert "BEARER_TOKEN" not in (kept / "collections/climate/README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("access", "name", "wanted"),
    [
        ("open", "a.parquet", "open"),
        ("key", "a.parquet", "key"),
        ("key", "a.pmtiles", "key"),
        ("key", "thumbnail.png", "open"),
        ("key", "tileset/0/texture.png", "key"),
        ("key", "quality.html", "open"),
        ("key", "tileset/0/page.html", "key"),
        ("key", "tileset/thumbnail.png", "key"),
        ("key", "styles/default.json", "open"),
        ("key", "items.parquet", "open"),
        ("key", "scenes/items.parquet", "key"),
        ("professional", "a.pmtiles", "key"),
        ("professional", "changes.parquet", "professional"),
        ("professional", "manifest.json", "open"),
        ("professional", "a.json.parquet", "professional"),
        ("internal", "manifest.json", "internal"),
    ],
)
def test_a_files_name_says_what_it_asks_for(access: Access, name: str, wanted: Access) -> None:
    assert access_to(access, part_of(name)) == wanted
