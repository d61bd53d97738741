"""A published node, held to the Portolan profile by its own validator, and to our own walk over its links."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rashid
from stac_kit import NODE, Assets, desk, send

from tianlake.lake.derived import refresh
from tianlake.lake.publishing import rollback, withdraw
from tianlake.lake.recipes import Period

NO_CANONICAL = "PTL-PRO-002"
"""Information, no fault: whether the source of a mirror publishes STAC cannot be known."""


def findings(root: Path, *, data: bool = True) -> list[str]:
    """Return what rashid finds, without the one note that every mirror gets."""
    report = rashid.validate(root, schema=True, data=data)
    return [f"{each.rule_id} {each.path}: {each.message}" for each in report.findings if each.rule_id != NO_CANONICAL]


def documents(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every STAC object below a folder."""
    for path in sorted(root.rglob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        if "stac_version" in body:
            yield path, body


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def rels(body: dict[str, Any]) -> dict[str, str]:
    return {each["rel"]: each["href"] for each in body["links"]}


def test_a_node_with_mirrored_own_and_multi_scene_products_meets_the_profile(lake):
    assert findings(lake) == []


def test_the_validators_command_agrees(lake):
    command = [Path(sys.executable).with_name("rashid"), "check", lake, "--schema"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 error(s), 0 warning(s)" in done.stdout


def test_every_link_and_asset_leads_to_a_file_and_hashes_are_the_files(lake):
    seen = 0
    for path, body in documents(lake):
        for each in [*body["links"], *body.get("assets", {}).values()]:
            href = each["href"]
            if href.startswith(("https://", "../156000000/")):  # of other nodes
                continue
            target = path.parent / href
            assert target.is_file(), f"{path}: {href}"
            seen += 1
            if "file:checksum" in each:
                assert each["file:checksum"] == "1220" + hashlib.sha256(target.read_bytes()).hexdigest()
                assert each["file:size"] == target.stat().st_size
    assert seen > 60


def test_no_link_is_absolute_but_those_to_other_hosts(lake):
    absolute = {"via", "related", "license"}
    for path, body in documents(lake):
        for each in body["links"]:
            assert each["href"].startswith((".", "https://")), path
            assert not each["href"].startswith("https://") or each["rel"] in absolute


def test_ids_are_unique_over_the_tree(lake):
    ids = [body["id"] for path, body in documents(lake) if path.name != "release.json"]
    assert sorted(ids) == sorted(set(ids))
    assert {"n156130000", "n156130000-counties", "n156130000-scenes-part-0"} <= set(ids)


def spoil(name: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Return what changes one JSON document of a lake."""

    def act(root: Path) -> None:
        path = root / name
        body = read(path)
        change(body)
        path.write_text(json.dumps(body), "utf-8")

    return act


def without(rel: str) -> Callable[[dict[str, Any]], None]:
    """Return what removes the links of one relation."""

    def change(body: dict[str, Any]) -> None:
        body["links"] = [each for each in body["links"] if each["rel"] != rel]

    return change


COUNTIES = "collections/counties/collection.json"
BREAKS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "PTL-FIL-001": ("no AGENTS.md", lambda root: (root / "collections/counties/AGENTS.md").unlink()),
    "PTL-PRO-001": ("no source of a mirror", spoil(COUNTIES, without("via"))),
    "PTL-PRO-003": ("no time of the last sync", spoil(COUNTIES, lambda body: body.pop("updated"))),
    "PTL-PRV-002": ("host not last", spoil(COUNTIES, lambda body: body["providers"].reverse())),
    "PTL-VIZ-002": ("no style", spoil(COUNTIES, lambda body: body["assets"].pop("style-default"))),
    "PTL-VIZ-001": ("no thumbnail", spoil(COUNTIES, lambda body: body["assets"].pop("thumbnail"))),
    "PTL-VIZ-003": ("tiles without a link", spoil(COUNTIES, without("pmtiles"))),
    "PTL-CNF-003": ("version undeclared", spoil(COUNTIES, lambda body: body["stac_extensions"].remove(VERSION))),
    "PTL-DAT-001": (
        "other bytes",
        spoil(COUNTIES, lambda body: body["assets"]["data"].update({"file:checksum": ZERO})),
    ),
    "PTL-DAT-005": ("another box", spoil(COUNTIES, lambda body: body["extent"]["spatial"]["bbox"][0].reverse())),
    "PTL-EXT-001": ("a wrong code", spoil(COUNTIES, lambda body: body["assets"]["data"].update({"proj:code": 4490}))),
    "PTL-MIR-001": (
        "no mirror of items",
        spoil("collections/scenes/collection.json", lambda b: b["assets"].pop("items")),
    ),
    "PTL-LNK-002": ("an unlinked item", spoil("collections/scenes/collection.json", without("item"))),
    "PTL-TTL-001": ("no title", spoil("catalog.json", lambda body: body.update(title=""))),
}
VERSION = "https://stac-extensions.github.io/version/v1.2.0/schema.json"
ZERO = "1220" + "0" * 64


@pytest.mark.parametrize("rule", BREAKS)
def test_the_validator_would_have_said_so(lake, tmp_path, rule):
    root = tmp_path / "lake"
    shutil.copytree(lake, root)
    BREAKS[rule][1](root)
    report = rashid.validate(root, schema=True, data=rule.startswith("PTL-DAT"))
    assert rule in {each.rule_id for each in report.findings}, BREAKS[rule][0]


def test_a_new_release_names_the_one_before_and_keeps_it(lake, tmp_path, assets, candidates):
    root, first, second = two_releases(tmp_path, assets, candidates)
    assert findings(root) == []
    body = read(root / COUNTIES)
    assert (body["version"], body["deprecated"]) == (second, False)
    links = rels(body)
    assert links["predecessor-version"] == f"../../releases/counties/{first}/release.json"
    assert links["latest-version"] == "./collection.json"
    assert "successor-version" not in links
    before = read(root / "collections/counties" / links["predecessor-version"])
    assert before["type"] == "Collection"
    assert f"releases/counties/{second}/" in body["assets"]["data"]["href"]


def test_a_rollback_names_the_release_after_and_meets_the_profile(tmp_path, assets, candidates):
    root, first, second = two_releases(tmp_path, assets, candidates)
    rollback(desk(root), "counties", first)
    assert findings(root) == []
    body = read(root / COUNTIES)
    assert body["version"] == first
    assert rels(body)["successor-version"] == f"../../releases/counties/{second}/release.json"
    assert "predecessor-version" not in rels(body)
    assert first in (root / "collections/counties/README.md").read_text("utf-8")


def test_items_of_an_earlier_release_are_gone_after_the_next(tmp_path, assets, candidates):
    root = tmp_path / "lake"
    scenes = candidates["scenes"]
    first = send(desk(root), scenes, assets)
    second = send(desk(root), replace(scenes, built="2026-11-02T00:00:00Z"), assets)
    assert not (root / f"collections/scenes/{first}").exists()
    assert len(list((root / f"collections/scenes/{second}").iterdir())) == 2
    assert findings(root) == []


def test_a_withdrawn_product_leaves_a_history_and_no_collection(tmp_path, assets, candidates):
    root, first, second = two_releases(tmp_path, assets, candidates)
    send(desk(root), candidates["climate"], assets)
    withdraw(desk(root), "counties", "隐私 privacy")
    assert findings(root) == []
    assert [path.name for path in (root / "collections/counties").iterdir()] == ["versions.json"]
    children = [each["href"] for each in read(root / "catalog.json")["links"] if each["rel"] == "child"]
    assert children == ["./collections/climate/collection.json"]
    history = read(root / "collections/counties/versions.json")
    assert history["current_version"] is None
    assert [(each["version"], each["message"]) for each in history["versions"]] == [
        (first, "隐私 privacy"),
        (second, "隐私 privacy"),
    ]


def test_a_node_without_products_meets_the_profile(tmp_path):
    refresh(desk(tmp_path))
    assert findings(tmp_path) == []
    assert not (tmp_path / "index").exists()
    assert "Nothing is published" in (tmp_path / "README.md").read_text("utf-8")


def test_a_node_with_an_address_says_where_it_is_and_nothing_else_is_absolute(tmp_path, assets, candidates):
    node = replace(NODE, settings=replace(NODE.settings, url="https://example.org/hebei"))
    send(desk(tmp_path, node), candidates["climate"], assets)
    assert findings(tmp_path) == []
    links = rels(read(tmp_path / "catalog.json"))
    assert links["self"] == "https://example.org/hebei/catalog.json"
    assert "self" not in rels(read(tmp_path / "collections/climate/collection.json"))
    readme = (tmp_path / "collections/climate/README.md").read_text("utf-8")
    assert "https://example.org/hebei/tiles/climate.pmtiles" in readme


def test_a_catalog_of_mirrors_only_says_when_it_was_synced(tmp_path, assets, candidates):
    send(desk(tmp_path), candidates["counties"], assets)
    assert findings(tmp_path, data=False) == []
    updated = read(tmp_path / COUNTIES)["updated"]
    assert read(tmp_path / "catalog.json")["updated"] == updated


def test_equal_input_gives_equal_bytes(tmp_path, assets, candidates):
    at = desk(tmp_path)
    for name in ("scenes", "counties"):
        one, two = (at.describer.release_files(NODE, candidates[name]) for _ in range(2))
        assert one == two
        period = replace(candidates[name].card, period=Period("2020-01-01", "2020-12-31"))
        assert at.describer.release_files(NODE, replace(candidates[name], card=period)) != one


def two_releases(tmp_path: Path, assets: Assets, candidates: dict[str, Any]) -> tuple[Path, str, str]:
    """Publish the counties twice, built a day apart; return the lake and both releases."""
    root = tmp_path / "lake"
    counties = candidates["counties"]
    first = send(desk(root), counties, assets)
    second = send(desk(root), replace(counties, built="2026-11-02T00:00:00Z"), assets)
    return root, first, second
