"""What is derived again after a harvest: what changed, and nothing else; and the same as derived from nothing."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from federation_kit import NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nation import City
from small_nation import CODES, SmallNation, shown
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeCard, NodeSettings, Organisation
from tianlake.lake.releases import Candidate
from tianlake.stac.federation import copies
from tianlake.stac.federation.records import Child
from tianlake.stac.federation.rows import row_of

FIRST, SECOND, THIRD = CODES


def city(code: str, *editions: int, items: int = 4) -> City:
    return City(code, len(editions), items, editions)


@pytest.fixture
def nation(tmp_path: Path) -> SmallNation:
    """A province that has taken three cities of two or three products each."""
    made = SmallNation(tmp_path)
    for code, count in zip(CODES, (3, 2, 2), strict=True):
        made.offer(city(code, *([0] * count)))
    made.province.harvest(NOW)
    return made


def test_of_a_harvest_in_which_one_record_changed_only_that_one_is_written(nation: SmallNation) -> None:
    nation.offer(city(FIRST, 0, 1, 0))
    store = nation.province.count()
    nation.province.harvest(NOW + 60)
    own = f"federation/{FIRST}"
    assert sorted(store.keys_of("put", below="federation/156")) == [
        f"{own}/catalog.json",
        f"{own}/roads-01/collection.json",
    ], "the catalog tells when the city was taken"
    assert [each for code in (SECOND, THIRD) for each in store.keys_of("get", "list", below=f"federation/{code}")] == []
    taken = store.keys_of("get", below=keys.TAKEN)
    assert [each for each in taken if FIRST not in each and not each.endswith("offer.txt")] == []
    assert not [each for each in store.keys_of("put") if each.endswith("items.parquet") and keys.INDEX in each]


def test_a_harvest_in_which_nothing_changed_reads_what_leads_to_things_alone(nation: SmallNation) -> None:
    store = nation.province.count()
    nation.province.harvest(NOW + 60)
    assert store.keys_of("put", "delete") == []
    assert store.keys_of("get", "list", below="federation/156") == []
    ledgers = [keys.copies(code) for code in CODES]
    assert set(ledgers) < set(store.keys_of("get", below=keys.FEDERATION))
    assert not [each for each in store.keys_of("get") if each.endswith(".parquet")]


def test_a_publication_of_the_parent_itself_leaves_alone_what_children_gave(
    nation: SmallNation, assets: Assets, candidates: dict[str, Candidate]
) -> None:
    store = nation.province.count()
    nation.province.publish(candidates["counties"], assets)
    assert store.keys_of("get", "list", below=keys.TAKEN) == []
    assert store.keys_of("get", "list", "put", below="federation/156") == []
    assert [each.rpartition("/")[2] for each in store.keys_of("put", below=keys.INDEX)][:1] == ["collections.parquet"]
    assert not [each for each in store.keys_of("put") if each.endswith("items.parquet")], "no new scenes"
    assert "n156130000-counties" in nation.province.ids()
    assert len(nation.province.ids()) == 8


def test_copies_are_made_anew_where_code_makes_others(nation: SmallNation, monkeypatch: pytest.MonkeyPatch) -> None:
    path = nation.province.root / f"federation/{SECOND}/catalog.json"
    path.write_bytes(b"{}")
    refresh(nation.province.desk)
    assert path.read_bytes() == b"{}", "nobody looks at what the ledger says is in order"
    monkeypatch.setattr("tianlake.stac.federation.mirror.FORM", copies.FORM + 1)
    (nation.province.root / keys.copies(SECOND)).unlink()
    refresh(nation.province.desk)
    assert path.read_bytes() != b"{}"


def test_without_ledgers_and_index_all_is_compared_and_found(nation: SmallNation) -> None:
    before = shown(nation.province)
    for code in CODES:
        (nation.province.root / keys.copies(code)).unlink()
    (nation.province.root / keys.MERGED).write_bytes(b"no JSON")
    stray = nation.province.root / f"federation/{SECOND}/gone/collection.json"
    stray.parent.mkdir()
    stray.write_bytes(b"{}")
    (nation.province.root / f"federation/{FIRST}/catalog.json").write_bytes(b"{}")
    refresh(nation.province.desk)
    assert shown(nation.province) == before


EDITIONS = st.lists(st.integers(0, 1), min_size=1, max_size=3)
STEP = st.one_of(
    st.tuples(st.just("offer"), st.sampled_from(CODES), EDITIONS, st.integers(0, 3)),
    st.tuples(st.sampled_from(["break", "leave", "join"]), st.sampled_from(CODES)),
)


def act(made: SmallNation, step: Any, number: int) -> None:
    what, code, *more = step
    match what:
        case "offer":
            editions, items = more
            # Each offer is newer than the last: a parent takes no older one.
            made.offer(city(code, *(each + number for each in editions), items=items), registered=False)
        case "break":
            (made.folder / code / keys.OFFER).unlink(missing_ok=True)
        case "leave":
            made.province.children.pop(code, None)
        case "join" if code in made.cities:
            made.register(code)


@given(steps=st.lists(STEP, min_size=1, max_size=6))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_children_do_the_same_is_derived_step_by_step_and_from_nothing(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = SmallNation(Path(name) / "lake")
        made.offer(city(FIRST, 0))
        made.province.harvest(NOW)
        for number, step in enumerate(steps, 1):
            act(made, step, number)
            made.province.harvest(NOW + 60 * number)
        afresh = made.afresh(Path(name) / "afresh")
        refresh(afresh.desk)
        assert shown(made.province) == shown(afresh)
        offers = [replace(each.offer(), items=None) for each in (made.province, afresh)]
        assert offers[0].below == offers[1].below


def test_ledgers_are_believed_as_long_as_copies_are_of_the_form_they_were_written_for() -> None:
    """Where this fails because copies are to be others: raise `copies.FORM`, and put the new digest here."""
    record = {
        "type": "Collection",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "id": "n156131000-roads",
        "title": "道路 · Roads",
        "description": "Roads.",
        "license": "CC-BY-4.0",
        "providers": [{"name": "Survey", "roles": ["producer"], "url": "https://example.org/survey"}],
        "extent": {"spatial": {"bbox": [[116, 38, 117, 39]]}, "temporal": {"interval": [[None, None]]}},
        "assets": {"visual": {"href": "https://example.org/roads.pmtiles", "roles": ["visual"]}},
        "links": [{"rel": "license", "href": "https://example.org/licence"}],
        "updated": "2026-01-01T00:00:00Z",
        "version": "1",
    }
    own = NodeSettings("156130000", Organisation("Operator", "https://example.org"), Organisation("Authority"))
    node = NodeCard(node_name("156130000", load_divisions()), own)
    child = Child("156131000", "fresh", "https://example.org", "0" * 16, made="2026-01-01T00:00:00Z")
    branch = copies.Branch(node, child, (row_of(record, "156131000", "https://example.org"),), {})
    documents = copies.branch_files(branch)
    digest = hashlib.sha256()
    for key in sorted(documents):
        digest.update(f"{key}\n".encode() + documents[key].body)
    assert (copies.FORM, digest.hexdigest()[:16]) == (1, "f5c02aeb74e577fb")
