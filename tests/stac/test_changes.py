"""Changes of a release in STAC, and the feeds: linked from where one looks for them, to the profile's liking."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import asset_kit
import rashid
from stac_kit import Assets, desk, send

from tianlake.lake.releases import Candidate, Changes


def test_changes_are_linked_and_counted_and_the_profile_is_met(
    tmp_path: Path, assets: Assets, candidates: dict[str, Candidate]
) -> None:
    folder = assets.home / "counties"
    first = send(desk(tmp_path), candidates["counties"], assets)
    made = asset_kit.table(folder, asset_kit.counties().head(3), "changes")
    changes = Changes(first, added=1, geometry=1, attributes=0, removed=1, unchanged=9, columns_added=("name",))
    own = candidates["counties"]
    own = replace(own, built="2026-11-02T00:00:00Z", changes=changes)
    own = replace(own, assets=(*own.assets, replace(made, role="metadata")))
    second = send(desk(tmp_path), own, assets)

    assert [
        str(each)
        for each in rashid.validate(tmp_path, schema=True, data=True).findings
        if each.rule_id != "PTL-PRO-002"
    ] == []
    for name in ("collections/counties/collection.json", f"releases/counties/{second}/release.json"):
        body = json.loads((tmp_path / name).read_bytes())
        assert body["tianlake:changes"] == json.loads(json.dumps(asdict(changes)))
        [href] = [each["href"] for each in body["links"] if each["href"].endswith("changes.parquet")]
        assert ((tmp_path / name).parent / href).read_bytes() == (folder / "changes.parquet").read_bytes()
    before = json.loads((tmp_path / f"releases/counties/{first}/release.json").read_bytes())
    assert "tianlake:changes" not in before


def test_a_catalog_leads_to_both_feeds(lake: Path) -> None:
    links = json.loads((lake / "catalog.json").read_bytes())["links"]
    found = {each["type"]: each["href"] for each in links if each["rel"] == "alternate"}
    assert found.pop("application/ld+json") == "./dcat.jsonld"
    assert found == {"application/atom+xml": "./feed.atom", "application/feed+json": "./feed.json"}
    assert all((lake / href).is_file() for href in found.values())
