"""A child that is broken, slow, lying or gone hurts nobody else: what was taken of it last stays, and is marked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from faulty_kit import (
    Fault,
    dripping,
    dripping_headers,
    elsewhere,
    failing,
    gone,
    serving,
    shorter,
    silent,
    swollen,
    truncated,
)
from federation_kit import CITY, DAY, NOW, PROVINCE, SIBLING, Member, Tree, holds_its_last_good_state
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import withdraw
from tianlake.lake.releases import Candidate
from tianlake.stac.federation.compare import Failed
from tianlake.stac.federation.retention import KEPT_S

OFFER, INDEX = keys.OFFER, keys.INDEX


HTTP: dict[str, tuple[str, Fault, str]] = {
    "silent": (OFFER, silent, "does not answer"),
    "dripping": (OFFER, dripping, "not there after"),
    "dripping headers": (OFFER, dripping_headers, "not there after"),
    "500": (OFFER, failing, "answered with 500"),
    "500 in the middle": (INDEX, failing, "answered with 500"),
    "truncated offer": (OFFER, truncated, "broke off after"),
    "truncated index": (INDEX, truncated, "broke off after"),
    "half an offer": (OFFER, shorter, "not an offer"),
    "half an index": (INDEX, shorter, "names files that are not there, or are others"),
    "50 MB for an offer": (OFFER, swollen, "more than the 2000000 bytes"),
    "no offer": (OFFER, gone, "is not there (404)"),
    "no index": (INDEX, gone, "names files that are not there"),
    "a redirect": (OFFER, elsewhere("http://127.0.0.1:1/secret"), "answered with 302"),
}


@pytest.fixture(scope="module")
def busy(news: tuple[Tree, dict[str, bytes]], assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    """The same, when the other city has published something new."""
    tree, _before = news
    tree.city.publish(candidates["scenes"], assets)
    return tree


@pytest.mark.parametrize("case", HTTP)
def test_whatever_a_childs_server_does_the_parent_keeps_its_last_good_state(
    case: str, busy: Tree, news: tuple[Tree, dict[str, bytes]]
) -> None:
    begin, fault, reason = HTTP[case]
    endless = fault in (silent, dripping, dripping_headers)  # others end by themselves, on a busy machine too
    with serving(busy.city.root) as server:
        busy.province.register(busy.city, server.url)
        server.faults[begin] = fault
        busy.province.harvest(NOW + 60, child_s=2 if endless else 60)
    holds_its_last_good_state(busy, news[1], reason)


def test_a_child_that_answers_again_is_fresh_again(
    tree: Tree, assets: Assets, candidates: dict[str, Candidate]
) -> None:
    tree.city.publish(candidates["scenes"], assets)
    with serving(tree.city.root) as server:
        tree.province.register(tree.city, server.url)
        server.faults[OFFER] = failing
        tree.province.harvest(NOW + 60)
        since = tree.province.child(CITY).stale_since
        tree.province.harvest(NOW + 120)
        assert tree.province.child(CITY).stale_since == since, "stale since the first time"
        server.faults.clear()
        tree.province.harvest(NOW + 180)
    city = tree.province.child(CITY)
    assert (city.state, city.stale_since, city.reason) == ("fresh", None, None)
    assert "n156131000-scenes" in tree.province.ids()


def test_the_province_tells_the_nation_that_a_city_is_stale(tree: Tree) -> None:
    tree.city.forge(seed=b"x" * 32)
    tree.province.harvest(NOW + 60)
    tree.nation.harvest(NOW + 120)
    (told,) = [each for each in tree.nation.child(PROVINCE).below if each.code == CITY]
    assert (told.state, told.collections) == ("stale", 2)
    assert "by none of the keys" in str(told.reason)
    catalog = tree.nation.document(f"federation/{PROVINCE}/{CITY}/catalog.json")
    assert catalog["tianlake:state"] == "stale"
    assert "n156131000-counties" in tree.nation.ids(), "what was taken stays at every level"


def test_after_thirty_days_a_child_that_is_gone_is_removed_and_may_come_back(tree: Tree) -> None:
    offer = tree.city.root / OFFER
    hidden = offer.rename(offer.with_suffix(".hidden"))
    tree.province.harvest(NOW + DAY)
    tree.province.harvest(NOW + 30 * DAY)
    assert tree.province.child(CITY).state == "stale", "29 days"
    tree.province.harvest(NOW + 31 * DAY)
    city = tree.province.child(CITY)
    assert (city.state, city.snapshot, [each.id for each in city.gone]) == (
        "removed",
        None,
        ["n156131000-climate", "n156131000-counties"],
    )
    assert tree.province.ids() == ["n156130000-scenes", "n156130100-counties"]
    assert not list((tree.province.root / f"federation/{CITY}").rglob("*.json"))
    taken = tree.province.root / f"{keys.TAKEN}{CITY}"
    assert list(taken.rglob("*.parquet")), "who reads it may go on"
    tree.province.harvest(NOW + 31 * DAY + KEPT_S)
    assert not list(taken.rglob("*.*"))
    tree.nation.harvest(NOW + 31 * DAY)
    assert tree.nation.ids() == ["n156000000-climate", "n156130000-scenes", "n156130100-counties"]
    told = {each.code: each.state for each in tree.nation.child(PROVINCE).below}
    assert told == {CITY: "removed", SIBLING: "fresh"}
    hidden.rename(offer)
    tree.province.harvest(NOW + 32 * DAY)
    city = tree.province.child(CITY)
    assert (city.state, city.last.added, city.gone) == ("fresh", 2, ())
    assert "n156131000-counties" in tree.province.ids()


def test_a_child_that_is_no_longer_registered_is_removed_at_once(tree: Tree) -> None:
    del tree.province.children[CITY]
    tree.province.harvest(NOW + 60)
    assert (tree.province.child(CITY).state, tree.province.child(CITY).reason) == (
        "removed",
        "is no longer registered here",
    )
    assert tree.province.ids() == ["n156130000-scenes", "n156130100-counties"]


def test_a_city_never_skips_its_province(tree: Tree) -> None:
    tree.nation.register(tree.city)
    with pytest.raises(LakeError, match="its parent by the list of divisions is 156130000; register it there"):
        tree.nation.harvest()


def test_a_key_that_is_no_longer_registered_ends_the_trust_in_what_it_signed(tree: Tree) -> None:
    """Though the child's offer did not change: its entity tag alone proves nothing."""
    tree.province.register(tree.city, keys=(tree.sibling.key,))
    tree.province.harvest(NOW + 60)
    assert "by none of the keys" in str(tree.province.child(CITY).reason)


def test_a_key_is_replaced_without_a_gap(tree: Tree) -> None:
    fresh = replace_key(tree.city)
    tree.province.harvest(NOW + 60)
    assert tree.province.child(CITY).state == "stale"
    assert "n156131000-counties" in tree.province.ids()
    tree.province.register(fresh, keys=(tree.city.key, fresh.key))
    tree.province.harvest(NOW + 120)
    assert tree.province.child(CITY).state == "fresh"


def replace_key(city: Member) -> Member:
    city.forge(seed=b"n" * 32)
    return replace(city, seed=b"n" * 32)


def test_a_childs_lost_snapshot_is_laid_down_anew(tree: Tree) -> None:
    held = tree.province.child(CITY)
    for path in (tree.province.root / keys.taken_prefix(CITY, held.snapshot)).iterdir():
        path.unlink()
    report = tree.province.harvest(NOW + 60)
    assert not [each for each in report.outcomes if isinstance(each, Failed)]
    assert "n156131000-counties" in tree.province.ids()


def test_a_dry_run_tells_and_writes_nothing(tree: Tree) -> None:
    before = {path: path.read_bytes() for path in tree.province.root.rglob("*") if path.is_file()}
    withdraw(tree.sibling.desk, "counties", "a test")
    report = tree.province.harvest(NOW + 60, dry_run=True)
    found = report.harvest.find(SIBLING)
    assert found is not None
    assert (found.last.deleted, report.moved) == (1, False)
    assert {path: path.read_bytes() for path in tree.province.root.rglob("*") if path.is_file()} == before


def test_the_state_of_a_parent_is_plain_json(tree: Tree, tmp_path: Path) -> None:
    document = json.loads((tree.nation.root / keys.HARVEST).read_bytes())
    assert {each["code"] for each in document["children"]} == {PROVINCE}
