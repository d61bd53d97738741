"""A foreign tree is read within its folder, listed as mirrors, and hurts nobody when it breaks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import rashid
from federation_kit import PROVINCE, Member, Tree
from foreign_harvest_kit import INNER, ROADS, SCENES, T1, T2, T3, copies, harvest, held, index, tree_at
from foreign_kit import Server, served
from hypothesis import given
from hypothesis import strategies as st
from office_kit import told, workspace

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.records import read_record
from tianlake.stac.foreign import Foreign
from tianlake.stac.foreign.indexes import ITEMS, RECORDS
from tianlake.stac.foreign.mapping import slug_of


def test_what_touches_the_wanted_area_is_listed_as_mirrors(node: Member, server: Server) -> None:
    (outcome,) = harvest(node, tree_at(server.url, area=(113, 36, 120, 43)))
    assert outcome.changes is not None
    assert sorted(outcome.changes.added) == sorted([ROADS, INNER, SCENES])
    assert outcome.left_out == ("far: lies outside the wanted area",)
    shown = copies(node)
    assert sorted(shown) == sorted([ROADS, INNER, SCENES])
    roads = shown[ROADS]
    assert roads["assets"]["data"]["href"] == f"{server.url}/roads/roads.parquet"
    links = {each["rel"]: each["href"] for each in roads["links"]}
    assert links["canonical"] == f"{server.url}/roads/collection.json"
    assert links["via"] == f"{server.url}/"
    assert (roads["updated"], roads["title"]) == (T1, "Title of roads")
    assert [(each["name"], each["roles"]) for each in roads["providers"]] == [
        ("Institute of a neighbour", ["producer"]),
        ("Operator of 156130000", ["host"]),
    ]
    rows = duckdb.sql(f"SELECT id, source, node FROM '{index(node, RECORDS)}' ORDER BY id").fetchall()
    assert rows == [(each, "neighbour", PROVINCE) for each in sorted(shown)]
    items = duckdb.sql(f"SELECT id, collection, assets.image.href FROM '{index(node, ITEMS)}' ORDER BY id").fetchall()
    assert items[0] == (f"{SCENES}.scene-0", SCENES, f"{server.url}/Scenes%202026/scene-0/scene-0.tif")
    assert len(items) == 3


def test_the_copies_keep_to_the_profile(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    report = rashid.validate(node.root, schema=True)
    errors = [each for each in report.findings if "foreign" in str(each.path) and each.severity.name == "ERROR"]
    told = [f"{each.rule_id} {each.path}: {each.message}" for each in errors]
    assert not [each for each in told if "https" not in each], "but for the plain http of a test"


def test_records_of_foreign_trees_are_not_handed_up(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    assert not [each for each in node.ids() if "neighbour" in each]


def test_a_second_harvest_asks_with_conditions_and_writes_nothing(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    before = (node.root / keys.FOREIGN).read_bytes()
    server.asked.clear()
    (outcome,) = harvest(node, tree_at(server.url), now=T2)
    assert {status for _path, status in server.asked} == {304}
    assert outcome.changes is not None
    assert outcome.changes.counts.unchanged == 4
    assert (node.root / keys.FOREIGN).read_bytes() == before


def test_what_changes_and_goes_is_counted_and_leaves_a_tombstone(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    roads = server.folder / "roads/collection.json"
    roads.write_text(roads.read_text().replace("Title of roads", "Another title"))
    root = server.folder / "catalog.json"
    body = json.loads(root.read_text())
    body["links"] = [each for each in body["links"] if "far" not in each["href"]]
    root.write_text(json.dumps(body))
    (outcome,) = harvest(node, tree_at(server.url), now=T2)
    assert outcome.changes is not None
    assert (outcome.changes.updated, outcome.changes.deleted) == ((ROADS,), ("n156130000-neighbour_far",))
    assert [(each.id, each.since) for each in held(node).gone] == [("n156130000-neighbour_far", T2)]
    assert copies(node)[ROADS]["title"] == "Another title"
    assert not (node.root / keys.foreign_copy("neighbour", "far/collection.json")).exists()


def test_only_ids_that_are_wanted_are_listed(node: Member, server: Server) -> None:
    (outcome,) = harvest(node, tree_at(server.url, ids="ro"))
    assert outcome.changes is not None
    assert outcome.changes.added == (ROADS,)


def test_a_tree_that_stays_away_is_removed_after_30_days(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    server.fault = lambda *_: (500, b"")
    harvest(node, tree_at(server.url), now=T2)
    harvest(node, tree_at(server.url), now=T3)
    assert (held(node).state, held(node).snapshot, len(held(node).gone)) == ("removed", None, 4)
    assert copies(node) == {}
    server.fault = lambda *_: None
    harvest(node, tree_at(server.url), now=T3)
    assert sorted(copies(node)) == sorted([ROADS, INNER, SCENES, "n156130000-neighbour_far"])


def test_a_tree_that_is_no_longer_registered_goes(node: Member, server: Server) -> None:
    harvest(node, tree_at(server.url))
    harvest(node, now=T2)
    assert (held(node).state, held(node).reason) == ("removed", "is no longer registered here")
    assert not list((node.root / keys.FOREIGN_COPIES).rglob("*.json"))


BROKEN: dict[str, Any] = {
    "license": None,
    "extent": {"spatial": {"bbox": [[0, 0, 1]]}, "temporal": {"interval": [[None, None]]}},
    "id": 5,
    "stac_version": "0.9.0",
    "providers": [{"name": "x", "url": "javascript:alert(1)"}],
    "description": "",
}


@pytest.mark.parametrize("member", BROKEN)
def test_a_damaged_collection_is_left_out_and_told_of(node: Member, server: Server, member: str) -> None:
    file = server.folder / "roads/collection.json"
    body = json.loads(file.read_text())
    file.write_text(json.dumps(body | {member: BROKEN[member]}))
    (outcome,) = harvest(node, tree_at(server.url))
    assert outcome.changes is not None
    assert outcome.changes.counts.added == 3
    assert len(outcome.left_out) == 1
    assert held(node).left_out == 1


def test_our_own_tree_can_be_read_as_a_foreign_one_its_items_from_their_index(
    planted_tree: Tree, node: Member, tmp_path: Path
) -> None:
    shutil.copytree(planted_tree.province.root, tmp_path / "own")
    with served(tmp_path / "own") as own:
        (outcome,) = harvest(node, tree_at(own.url))
        assert not [path for path, _status in own.asked if path.endswith("scene.json")]
    assert outcome.changes is not None
    assert outcome.changes.added == ("n156130000-neighbour_n156130000-scenes",)
    original = json.loads((tmp_path / "own/collections/scenes/collection.json").read_text())
    (index_file,) = [each for each in original["assets"].values() if "collection-mirror" in each["roles"]]
    path = (tmp_path / "own/collections/scenes" / index_file["href"]).resolve()
    theirs = duckdb.sql(f"SELECT count(*) FROM '{path}' WHERE collection = '{original['id']}'").fetchone()
    ours = duckdb.sql(
        f"SELECT count(*), bool_and(starts_with(id, $id)) FROM '{index(node, ITEMS)}'",
        params={"id": "n156130000-neighbour_n156130000-scenes."},
    ).fetchone()
    assert (theirs, True) == ((ours[0],) if ours else None, ours is not None and ours[1])


@pytest.mark.parametrize(
    "place",
    [
        "http://map.example/catalog.json",
        "https://map.example/catalog.json?key=1",
        "https://user:word@map.example/catalog.json",
        "https://map.example/a/../catalog.json",
        "file:///srv/catalog.json",
        "https://map.example/",
    ],
)
def test_a_place_that_vouches_for_nobody_is_refused(place: str) -> None:
    with pytest.raises(LakeError):
        read_record(Foreign, {"name": "a-tree", "place": place}, file="a.toml")


@given(st.text(min_size=1, max_size=300))
def test_the_part_of_an_id_that_stands_for_a_foreign_one_is_fit_and_its_own(name: str) -> None:
    slug = slug_of(name)
    assert 0 < len(slug) <= 62
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == name or slug_of(f"{name}x") != slug


def test_an_operator_registers_a_tree_harvests_it_and_sees_it_in_the_tree(
    node: Member, server: Server, tmp_path: Path
) -> None:
    where = workspace(tmp_path, PROVINCE, url=node.url)
    place = f"{server.url}/catalog.json"
    told(where, "node", "add", place, "--foreign", "neighbour", "--area", "113,36,120,43")
    (report,) = told(where, "federate")
    assert sorted(report["foreign"][0]["added"]) == sorted([ROADS, INNER, SCENES])
    server.fault = lambda *_: (500, b"")
    assert told(where, "federate", code=1)[0]["foreign"][0]["outcome"] == "failed"
    assert [(each["code"], each["parent"], each["state"], each["collections"]) for each in told(where, "node", "tree")][
        1:
    ] == [("neighbour", PROVINCE, "stale", 3)]
    assert sorted(copies(node)) == sorted([ROADS, INNER, SCENES])
