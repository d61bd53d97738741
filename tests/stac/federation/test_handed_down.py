"""What a parent hands down is taken by its hash, used as it was taken, and told of when there is newer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from federation_kit import CITY, NATION, PROVINCE, Member, Tree
from hypothesis import given
from hypothesis import strategies as st
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.divisions import packaged_divisions
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.handed import HandedDown, Handing, Pin, Pins, notices, read_handing, states, write_handing
from tianlake.lake.pinned import nearest_body, pinned_body, read_pins, write_pins
from tianlake.lake.plain import Text
from tianlake.lake.releases import Candidate
from tianlake.lake.terms import default_terms
from tianlake.stac.federation.both import BothWays
from tianlake.stac.federation.downward import Downward, Given
from tianlake.stac.federation.pins import Seen, differences, look, read_document, taken
from tianlake.stac.federation.records import Registered
from tianlake.stac.federation.sources import StoreSource
from tianlake.stac.federation.upward import Upward
from tianlake.stac.foreign.documents import ForeignTrees

T1, T2, T3 = (f"2026-12-0{day}T00:00:00Z" for day in (1, 2, 3))
TERMS = json.dumps(default_terms().document()).encode()
LATER = json.dumps(default_terms().document() | {"version": "2027-01-01"}).encode()


def document(name: str, kind: str, body: bytes, version: str = "1") -> Given:
    return Given(name, kind, Text(name, name), version, body)


def hand_down(
    member: Member, *given: Given, now: str = T1, pinned: tuple[tuple[Pin, bytes], ...] = (), seed: bytes | None = b""
) -> None:
    """Let a node publish what it hands down."""
    desk, key = member.desk, member.seed if seed == b"" else seed
    down = Downward(member.store, key, given, pinned, now)
    refresh(replace(desk, federation=BothWays(Upward(member.store, key), down, ForeignTrees(member.store))))


def listed(member: Member) -> Handing:
    return read_handing((member.root / keys.DOWN).read_bytes(), [member.key], name="list")


def parent(member: Member) -> Registered:
    return Registered(member.code, f"file:{member.root}", member.url, (member.key,))


def seen(member: Member, pins: Pins) -> Seen:
    return look(StoreSource(member.store), parent(member), pins)


def take(member: Member, pins: Pins, code: str = PROVINCE, now: str = T2, *names: str) -> tuple[Pins, dict[str, bytes]]:
    def read(each: HandedDown) -> bytes:
        return read_document(StoreSource(member.store), each, code)

    return taken(seen(member, pins), read, now, member.url, names)


def test_a_child_uses_what_it_took_until_its_operator_takes_what_is_newer(tree: Tree, tmp_path: Path) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS, "2026-11-01"))
    pins, bodies = take(tree.nation, Pins(NATION))
    write_pins(tmp_path, PROVINCE, pins, bodies)
    hand_down(tree.nation, document("terms", "terms", LATER, "2027-01-01"), now=T3)
    looked = seen(tree.nation, pins).pins
    assert [(each.name, each.change, each.version, each.since) for each in looked.notices] == [
        ("156000000/terms", "newer", "2027-01-01", T3)
    ]
    write_pins(tmp_path, PROVINCE, looked, {})
    assert nearest_body(tmp_path, PROVINCE, "terms") == TERMS
    (state,) = states(looked)
    assert (state.version, state.newer, state.newer_since) == ("2026-11-01", "2027-01-01", T3)
    after, bodies = take(tree.nation, looked)
    write_pins(tmp_path, PROVINCE, after, bodies)
    assert nearest_body(tmp_path, PROVINCE, "terms") == LATER
    assert after.notices == ()
    assert len(list((tmp_path / f"nodes/{PROVINCE}/pins").glob("*/*"))) == 1, "what is not pinned any more is let go of"


def test_a_province_hands_on_what_it_pinned_and_the_nearest_of_a_kind_is_used(tree: Tree, tmp_path: Path) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS), document("words", "document", b"{}"))
    pins, bodies = take(tree.nation, Pins(NATION))
    held = tuple((pin, bodies[pin.document.name]) for pin in pins.pins)
    hand_down(tree.province, document("terms", "terms", LATER), pinned=held, now=T2)
    assert [each.name for each in listed(tree.province).documents] == [
        "156000000/terms",
        "156000000/words",
        "156130000/terms",
    ]
    below, bodies = take(tree.province, Pins(PROVINCE), CITY)
    write_pins(tmp_path, CITY, below, bodies)
    assert bodies["156000000/terms"] == TERMS, "the very bytes, through the province"
    assert nearest_body(tmp_path, CITY, "terms") == LATER
    assert read_pins(tmp_path, CITY) == below


def test_other_bytes_under_the_same_version_are_refused(tree: Tree) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS), document("words", "document", b"{}"))
    pins, _bodies = take(tree.nation, Pins(NATION))
    forge(tree.nation, lambda each: replace(each, sha256="0" * 64) if each.kind == "terms" else each)
    looked = seen(tree.nation, pins).pins
    assert [(each.name, each.change) for each in looked.notices] == [("156000000/terms", "changed")]
    after, bodies = take(tree.nation, pins)
    assert (after.pins, bodies) == (pins.pins, {})
    assert after.notices == looked.notices


def forge(member: Member, change: Callable[[HandedDown], HandedDown], **more: Any) -> None:
    """Let a node say something else, with its own signature."""
    handing = listed(member)
    handing = replace(handing, documents=tuple(map(change, handing.documents)), **more)
    (member.root / keys.DOWN).write_bytes(write_handing(handing, member.seed))


def test_an_honest_author_who_forgets_the_version_gives_notice_all_the_same(tree: Tree) -> None:
    hand_down(tree.nation, document("words", "document", b'{"a": 1}', "2026"))
    hand_down(tree.nation, document("words", "document", b'{"a": 2}', "2026"), now=T2)
    (found,) = listed(tree.nation).documents
    assert found.version.startswith("2026+")
    assert found.since == T2
    before = (tree.nation.root / keys.DOWN).read_bytes()
    hand_down(tree.nation, document("words", "document", b'{"a": 2}', "2026"), now=T3)
    assert (tree.nation.root / keys.DOWN).read_bytes() == before, "nothing changed, so nothing is written"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tree: (tree.nation.root / keys.DOWN).write_bytes(b"tianlake-down 1\n{}\n"), "not a list of what"),
        (lambda tree: copy_list(tree.province, tree.nation), "by none of the keys"),
        (lambda tree: forge(tree.nation, lambda each: each, node=CITY), "that of node 156131000"),
        (lambda tree: forge(tree.nation, lambda each: each, made="2020-01-01T00:00:00Z"), "older than the one seen"),
        (lambda tree: forge(tree.nation, lambda each: replace(each, name="156000000/words")), "the same name twice"),
    ],
)
def test_a_list_that_is_not_the_parents_is_refused(tree: Tree, change: Callable[[Tree], object], reason: str) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS), document("words", "document", b"{}"))
    hand_down(tree.province, document("terms", "terms", TERMS))
    pins, _bodies = take(tree.nation, Pins(NATION))
    change(tree)
    with pytest.raises(LakeError, match=reason):
        seen(tree.nation, pins)


def copy_list(source: Member, target: Member) -> None:
    (target.root / keys.DOWN).write_bytes((source.root / keys.DOWN).read_bytes())


def test_a_parent_without_a_list_hands_nothing_down_unless_something_is_pinned(tree: Tree) -> None:
    found = seen(tree.nation, Pins(NATION))
    assert (found.pins.notices, found.handing.documents) == ((), ())
    hand_down(tree.nation, document("terms", "terms", TERMS))
    pins, _bodies = take(tree.nation, Pins(NATION))
    (tree.nation.root / keys.DOWN).unlink()
    with pytest.raises(StoreError, match="hands nothing down any more"):
        seen(tree.nation, pins)


def test_bytes_other_than_the_list_says_are_not_taken(tree: Tree) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS))
    (file,) = (tree.nation.root / keys.DOWN_FILES).glob("*/*")
    file.write_bytes(LATER)
    with pytest.raises(StoreError, match="other bytes than the list says"):
        take(tree.nation, Pins(NATION))
    file.unlink()
    with pytest.raises(StoreError, match="is not there"):
        take(tree.nation, Pins(NATION))


DIVISIONS = json.loads(packaged_divisions())
WITHOUT_HEBEI = DIVISIONS | {"units": [each for each in DIVISIONS["units"] if not each[0].startswith("13")]}
POLICY = """id = "a"
version = "1"
effective = 2026-01-01
node = "{}"
title = {{ zh = "政策", en = "Policy" }}
{}
"""
STYLE = {"version": 8, "layers": [{"type": "background"}], "sources": {"a": {"tiles": ["https://a.example/{z}"]}}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("terms", b"{}"),
        ("quotas", b'{"tiers": 1}'),
        ("divisions", json.dumps(WITHOUT_HEBEI).encode()),
        ("divisions", json.dumps(DIVISIONS | {"units": []}).encode()),
        ("basemap", b"[]"),
        ("basemap", json.dumps(STYLE | {"sources": {"a": {"url": "javascript:alert(1)"}}}).encode()),
        ("basemap", json.dumps(STYLE | {"layers": [{"type": "line", "source": "b"}]}).encode()),
        ("issuer", b'{"issuer_key": "none"}'),
        ("policy", b"{}"),
        ("policy", POLICY.format("156130000", "").encode()),
        ("policy", POLICY.format(NATION, "demo = true").encode()),
    ],
)
def test_a_document_that_would_fail_later_is_refused_when_it_is_taken(tree: Tree, kind: str, body: bytes) -> None:
    hand_down(tree.nation, document("of-use", kind, body))
    with pytest.raises(LakeError):
        take(tree.nation, Pins(NATION))


def test_pinned_bytes_that_were_changed_in_the_workspace_are_used_by_nobody(tree: Tree, tmp_path: Path) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS))
    pins, bodies = take(tree.nation, Pins(NATION))
    write_pins(tmp_path, PROVINCE, pins, bodies)
    (file,) = (tmp_path / f"nodes/{PROVINCE}/pins").glob("*/*")
    file.write_bytes(LATER)
    with pytest.raises(LakeError, match=r"is not what nodes/156130000/pins.toml has pinned"):
        pinned_body(tmp_path, PROVINCE, pins.pins[0])


def test_the_base_map_is_pinned_with_its_release(tree: Tree, assets: Assets, candidates: dict[str, Candidate]) -> None:
    tree.nation.publish(candidates["counties"], assets)
    desk = tree.nation.desk
    settings = replace(desk.node.settings, basemap=f"{NATION}/counties")
    up, down = desk.federation, Downward(tree.nation.store, tree.nation.seed, (), (), T1)
    assert isinstance(up, Upward)
    refresh(
        replace(
            desk,
            node=replace(desk.node, settings=settings),
            federation=BothWays(up, down, ForeignTrees(tree.nation.store)),
        )
    )
    pins, bodies = take(tree.nation, Pins(NATION))
    release = tree.nation.document(keys.pointer("counties"))["version"]
    (pin,) = pins.pins
    assert (pin.document.name, pin.document.kind, pin.document.version) == (f"{NATION}/counties", "basemap", release)
    (source,) = json.loads(bodies[pin.document.name])["sources"].values()
    assert source["tiles"] == [f"{tree.nation.url}/tiles/counties/{release}/{{z}}/{{x}}/{{y}}.mvt"]


def test_without_its_key_a_node_keeps_the_list_it_has(tree: Tree) -> None:
    hand_down(tree.nation, document("terms", "terms", TERMS))
    before = {path: path.read_bytes() for path in (tree.nation.root / "federation").rglob("down*") if path.is_file()}
    hand_down(tree.nation, seed=None)
    assert {path: path.read_bytes() for path in before} == before
    assert len(take(tree.nation, Pins(NATION))[1]) == 1


def test_a_word_says_what_another_state_changes() -> None:
    fewer = json.dumps(DIVISIONS | {"units": DIVISIONS["units"][:-1]}).encode()
    assert differences("divisions", packaged_divisions(), fewer) == "+0 -1 ~0"
    assert differences("terms", TERMS, LATER) == "version"
    assert differences("policy", b"a", b"abc") == "1 → 3 B"


_NAMES = st.sampled_from(["156000000/terms", "156000000/words", "156130000/terms"])
_DOCUMENTS = st.builds(
    HandedDown,
    name=_NAMES,
    kind=st.just("policy"),
    title=st.just(Text("a", "b")),
    version=st.sampled_from("123"),
    since=st.sampled_from([T1, T2]),
    file=st.just("a.json"),
    sha256=st.sampled_from(["a" * 64, "b" * 64, "c" * 64]),
    size=st.just(1),
    media_type=st.just("application/json"),
)
_LISTS = st.lists(_DOCUMENTS, unique_by=lambda each: each.name, max_size=3).map(tuple)


@given(held=_LISTS, offered=_LISTS)
def test_after_all_was_taken_only_what_is_refused_differs(
    held: tuple[HandedDown, ...], offered: tuple[HandedDown, ...]
) -> None:
    pins = Pins(NATION, T1, tuple(Pin(each, T1, "https://a.example") for each in held))
    handing = Handing(1, NATION, T2, offered)
    found = Seen(replace(pins, made=T2, notices=notices(pins, handing)), handing)
    after, _bodies = taken(found, lambda _each: b"", T3, "https://a.example")
    refused = {each.name for each in found.pins.notices if each.change == "changed"}
    assert {each.name for each in after.notices} == refused
    kept = {each.document.name: each.document.sha256 for each in after.pins}
    assert kept == {
        each.name: next(h.sha256 for h in held if h.name == each.name) if each.name in refused else each.sha256
        for each in offered
    }
