"""Records go up level by level: each parent has copies that lead to the originals, and one index of them all."""

from __future__ import annotations

import duckdb
import pytest
import rashid
from federation_kit import CITY, NATION, NOW, PROVINCE, SIBLING, Tree
from rashid.data.reader import LocalOnlyReader
from rdflib import DCAT, DCTERMS, Graph, URIRef

from tianlake.lake import keys
from tianlake.lake.current import _listed
from tianlake.lake.derived import refresh

ALL = [
    "n156000000-climate",
    "n156130000-scenes",
    "n156130100-counties",
    "n156131000-climate",
    "n156131000-counties",
]
BRANCH = f"federation/{PROVINCE}"


def test_a_parent_lists_its_children_and_theirs_and_every_id_once(tree: Tree) -> None:
    assert tree.nation.ids() == ALL
    assert tree.province.ids() == ALL[1:]
    assert tree.city.ids() == ALL[3:]


def test_the_national_catalog_leads_down_to_the_cities_records(tree: Tree) -> None:
    links = [each["href"] for each in tree.nation.document("catalog.json")["links"] if each["rel"] == "child"]
    assert links == ["./collections/climate/collection.json", f"./{BRANCH}/catalog.json"]
    province = tree.nation.document(f"{BRANCH}/catalog.json")
    below = [each["href"] for each in province["links"] if each["rel"] == "child"]
    assert below == [f"./{SIBLING}/catalog.json", f"./{CITY}/catalog.json", "./scenes/collection.json"]
    city = tree.nation.document(f"{BRANCH}/{CITY}/catalog.json")
    assert [each["href"] for each in city["links"] if each["rel"] == "child"] == [
        "./climate/collection.json",
        "./counties/collection.json",
    ]


def test_a_copy_is_a_mirror_that_leads_to_the_original(tree: Tree) -> None:
    copy = tree.nation.document(f"{BRANCH}/{CITY}/counties/collection.json")
    original = tree.city.document("collections/counties/collection.json")
    links = {(each["rel"], each["href"]) for each in copy["links"]}
    assert ("canonical", "https://langfang.example.org/collections/counties/collection.json") in links
    assert ("via", "https://langfang.example.org/") in links
    assert copy["updated"] == tree.nation.child(PROVINCE).taken
    assert copy["tianlake:origin"]["updated"] == original["updated"]
    assert copy["providers"][-1] == {
        "name": "Operator of 156000000",
        "roles": ["host"],
        "url": "https://example.org/156000000",
    }
    assert all("host" not in each["roles"] for each in copy["providers"][:-1])
    hrefs = [each["href"] for each in copy["assets"].values()]
    assert all(href.startswith("https://langfang.example.org/releases/counties/") for href in hrefs)
    assert original["version"] == copy["version"]


@pytest.mark.parametrize("code", [NATION, PROVINCE, CITY])
def test_every_level_meets_the_profile(tree: Tree, code: str) -> None:
    """The files of copies are elsewhere, and are not read."""
    report = rashid.validate(tree.members[code].root, schema=True, data_reader_factory=LocalOnlyReader)
    found = [f"{each.rule_id} {each.path}: {each.message}" for each in report.findings]
    assert [each for each in found if not each.startswith("PTL-PRO-002")] == []


def test_the_merged_indexes_are_read_by_others(tree: Tree) -> None:
    offer = tree.nation.offer()
    assert offer.items is not None
    collections, items = (str(tree.nation.root / file.key) for file in (offer.collections, offer.items))
    found = duckdb.sql(f"SELECT id, node, theme, bbox.xmin, href FROM '{collections}' ORDER BY id").fetchall()
    assert [row[0] for row in found] == ALL
    assert found[4][1:] == (
        CITY,
        "entity",
        pytest.approx(tree.city.document("collections/counties/collection.json")["extent"]["spatial"]["bbox"][0][0]),
        "https://langfang.example.org/collections/counties/collection.json",
    )
    rows = duckdb.sql(f"SELECT id, collection, assets.data.href FROM '{items}' ORDER BY id").fetchall()
    assert [row[0] for row in rows] == [
        "n156000000-climate-climate",
        "n156130000-scenes-part-0",
        "n156130000-scenes-part-1",
        "n156131000-climate-climate",
    ]
    assert rows[3][2].startswith("https://langfang.example.org/releases/climate/")
    links = [each["href"] for each in tree.nation.document("catalog.json")["links"]]
    assert {f"./{offer.collections.key}", f"./{offer.items.key}"} <= set(links)


def test_harvested_records_are_no_products_of_the_parent(tree: Tree) -> None:
    assert _listed(tree.nation.store) == ["climate"]
    assert _listed(tree.province.store) == ["scenes"]


def test_what_is_harvested_stays_when_the_parent_publishes_something_itself(tree: Tree) -> None:
    before = tree.nation.public()
    refresh(tree.nation.desk)
    assert tree.nation.public() == before


def test_a_second_harvest_changes_no_byte(tree: Tree) -> None:
    before = {path: path.read_bytes() for path in tree.nation.root.rglob("*") if path.is_file()}
    assert tree.nation.harvest(NOW + 60).moved is False
    assert {path: path.read_bytes() for path in tree.nation.root.rglob("*") if path.is_file()} == before


def test_nothing_of_a_harvest_is_private_and_no_private_key_is_in_it(tree: Tree) -> None:
    for member in tree.members.values():
        for path in member.root.rglob("*"):
            if path.is_file():
                body = path.read_bytes()
                assert str(tree.folder).encode() not in body, path
                assert member.seed not in body, path


def test_without_its_key_a_node_keeps_its_offer_as_it_is(tree: Tree) -> None:
    desk = tree.city.desk
    assert desk.federation is not None
    before = (tree.city.root / keys.OFFER).read_bytes()
    object.__setattr__(desk.federation, "seed", None)
    refresh(desk)
    assert (tree.city.root / keys.OFFER).read_bytes() == before
    offer = tree.city.offer()
    assert {path.name for path in (tree.city.root / keys.INDEX).rglob("*.*")} - {keys.REPLACED} == {
        "node.json",
        "collections.parquet",
        "items.parquet",
    }
    assert all((tree.city.root / each.key).is_file() for each in (offer.card, offer.collections, offer.items) if each)
    assert tree.province.harvest(NOW + 60).outcomes
    assert tree.province.child(CITY).state == "fresh"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(("parent", "children"), [(NATION, {PROVINCE}), (PROVINCE, {SIBLING, CITY}), (CITY, set())])
def test_the_catalog_in_dcat_refers_to_those_of_the_children(tree: Tree, parent: str, children: set[str]) -> None:
    member = tree.members[parent]
    body = (member.root / "dcat.jsonld").read_bytes()
    graph = Graph().parse(data=body, format="json-ld", publicID=f"{member.url}/dcat.jsonld")
    found = set(graph.objects(URIRef(f"{member.url}/dcat.jsonld#catalog"), DCAT.catalog))
    assert {str(each) for each in found} == {f"{tree.members[code].url}/dcat.jsonld#catalog" for code in children}
    for each in found:
        assert all(any(graph.objects(each, name)) for name in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher))
