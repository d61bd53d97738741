"""A foreign tree is read within its folder, listed as mirrors, and hurts nobody when it breaks."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pystac
import pytest
import rashid
from federation_kit import PROVINCE, Member, Tree, planted
from foreign_kit import Server, collection, item, served, write_tree
from hypothesis import given
from hypothesis import strategies as st
from office_kit import told, workspace
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.fetch import Fetched, StatusError, fetch
from tianlake.lake.fetch import Limits as FetchLimits
from tianlake.lake.records import read_record
from tianlake.lake.releases import Candidate
from tianlake.stac.federation.both import BothWays
from tianlake.stac.federation.downward import Downward
from tianlake.stac.federation.upward import Upward
from tianlake.stac.foreign import Foreign, Limits, Outcome, harvest_foreign
from tianlake.stac.foreign.documents import ForeignTrees
from tianlake.stac.foreign.indexes import ITEMS, RECORDS
from tianlake.stac.foreign.mapping import slug_of
from tianlake.stac.foreign.records import Held, read_sources
from tianlake.stac.foreign.take import Taking

LIMITS = Limits()
T1, T2, T3 = "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "2027-02-01T00:00:00Z"


@pytest.fixture(scope="module")
def planted_tree(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    return planted(tmp_path_factory.mktemp("planted") / "lake", assets, candidates)


@pytest.fixture
def node(planted_tree: Tree, tmp_path: Path) -> Member:
    """A province that has published something."""
    return planted_tree.copy(tmp_path / "lake").province


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A neighbour's catalog: roads, scenes with Items, a collection far away and one further down."""
    scenes = collection("Scenes 2026")
    scenes.add_items([item(f"scene-{number}") for number in range(3)])
    deep = pystac.Catalog("deep", "Further down")
    deep.add_child(collection("inner"))
    write_tree(tmp_path / "foreign", collection("roads"), scenes, collection("far", [0, 0, 1, 1]), deep=deep)
    with served(tmp_path / "foreign") as found:
        yield found


def tree_at(url: str, name: str = "neighbour", **more: Any) -> Foreign:
    return Foreign(name, f"{url}/catalog.json", **more)


def read(url: str, etag: str, largest: int) -> Fetched | None:
    try:
        return fetch(url, {"if-none-match": etag} if etag else {}, FetchLimits(largest, 2, 2))
    except StatusError as error:
        if error.status == 404:
            raise NotFoundError(url) from None
        raise


def harvest(node: Member, *trees: Foreign, now: str = T1, limits: Limits = LIMITS, **more: Any) -> list[Outcome]:
    """Harvest as the command does: take, then bring the derived documents up to date."""
    outcomes = harvest_foreign(trees, Taking(node.store, node.code, read, limits, now, **more))
    ways = BothWays(
        Upward(node.store, node.seed), Downward(node.store, node.seed, (), (), now), ForeignTrees(node.store)
    )
    refresh(replace(node.desk, federation=ways))
    return outcomes


def held(node: Member, name: str = "neighbour") -> Held:
    found = read_sources(node.store)[0].find(name)
    assert found is not None
    return found


def copies(node: Member) -> dict[str, Any]:
    """Return the copies that the public reads, by id: found with pystac from the node's own catalog."""
    root = pystac.Catalog.from_file(str(node.root / keys.CATALOG))
    tree = next((each for each in root.get_children() if each.id == "foreign-neighbour"), None)
    return {each.id: each.to_dict(transform_hrefs=False) for each in tree.get_children()} if tree else {}


def index(node: Member, name: str) -> str:
    (file,) = (node.root / keys.INDEX).glob(f"*/{name}")
    return str(file)


ROADS, INNER = "n156130000-neighbour_roads", "n156130000-neighbour_inner"
SCENES = f"n156130000-neighbour_{slug_of('Scenes 2026')}"


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


def linking(wanted: str, **more: Any) -> Callable[[str, bytes], tuple[int, bytes] | None]:
    """Return a fault that adds a child link to a document."""

    def fault(path: str, body: bytes) -> tuple[int, bytes] | None:
        if path != wanted:
            return None
        document = json.loads(body)
        document["links"].append({"rel": "child", **more})
        return 200, json.dumps(document).encode()

    return fault


@pytest.mark.parametrize(
    "href",
    ["http://127.0.0.1:1/catalog.json", "file:///etc/passwd", "../roads/collection.json", "//[", "a.json?x=1", 7],
)
def test_links_out_of_the_folder_are_not_followed(node: Member, server: Server, href: object) -> None:
    server.fault = linking("/deep/catalog.json", href=href)
    (outcome,) = harvest(node, tree_at(f"{server.url}/deep"))
    assert outcome.changes is not None
    assert outcome.changes.added == (INNER,)
    assert [path for path, _status in server.asked] == ["/deep/catalog.json", "/deep/inner/collection.json"]


def test_a_cycle_ends(node: Member, server: Server) -> None:
    server.fault = linking("/catalog.json", href="./catalog.json")
    (outcome,) = harvest(node, tree_at(server.url))
    assert outcome.changes is not None
    assert [path for path, _status in server.asked].count("/catalog.json") == 1


def at(wanted: str, status: int, body: bytes) -> Callable[[str, bytes], tuple[int, bytes] | None]:
    return lambda path, _body: (status, body) if path == wanted else None


def slow(path: str, _body: bytes) -> None:
    if path == "/roads/collection.json":
        time.sleep(2.5)


FAULTS: dict[str, tuple[Callable[[str, bytes], tuple[int, bytes] | None], dict[str, Any], str]] = {
    "500": (at("/roads/collection.json", 500, b""), {}, "answered with 500"),
    "a redirect": (at("/catalog.json", 302, b""), {}, "answered with 302"),
    "no root": (at("/catalog.json", 404, b""), {}, "is not there"),
    "half a document": (at("/roads/collection.json", 200, b'{"type": "Coll'), {}, "is no JSON object"),
    "another document": (at("/roads/collection.json", 200, b'{"type": "Report", "links": []}'), {}, "is no STAC"),
    "nothing in it": (at("/catalog.json", 200, b'{"type": "Catalog", "links": []}'), {}, "has no collection"),
    "silence": (slow, {}, "does not answer"),
    "50 MB": (at("/catalog.json", 200, b" " * 50_000_000), {}, "more than the 5000000 bytes"),
    "too many": (lambda *_: None, {"documents": 3}, "more than the 3 documents"),
    "too deep": (lambda *_: None, {"depth": 1}, "deeper than 1 levels"),
    "too many Items": (lambda *_: None, {"items": 2}, "more than the 2 Items"),
    "no time": (lambda *_: None, {"seconds": 0.0}, "was not read within 0 s"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_whatever_a_foreign_tree_does_its_last_good_state_stays(
    case: str, node: Member, server: Server, tmp_path: Path
) -> None:
    fault, limits, reason = FAULTS[case]
    harvest(node, tree_at(server.url))
    before = copies(node)
    write_tree(tmp_path / "other", collection("others"))
    server.fault = fault
    with served(tmp_path / "other") as sound:
        trees = [tree_at(server.url)] if limits else [tree_at(server.url), tree_at(sound.url, "sound")]
        outcomes = harvest(node, *trees, now=T2, limits=Limits(**limits))
    assert reason in str(outcomes[0].reason)
    assert server.url not in str(outcomes[0].reason), "the reason is public"
    assert copies(node) == before
    assert (held(node).state, held(node).stale_since, held(node).reason) == ("stale", T2, outcomes[0].reason)
    assert all(each.changes is not None for each in outcomes[1:]), "the other tree was taken in the same run"
    server.fault = lambda *_: None
    harvest(node, tree_at(server.url), now=T2)
    assert held(node).state == "fresh"


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
