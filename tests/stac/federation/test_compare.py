"""What changed between two harvests, against a naive count; and how outcomes become what is held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from federation_kit import CITY, PROVINCE, SIBLING
from hypothesis import given
from hypothesis import strategies as st

from tianlake.stac.federation.compare import Changes, Failed, Moment, Outcome, Same, Taken, compare, merged, stones
from tianlake.stac.federation.records import Child, Gone, Harvest, dump_harvest

RECORDS = st.dictionaries(st.sampled_from([f"n156131000-p{n}" for n in range(12)]), st.sampled_from("abc"))
NOWS = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")


@given(RECORDS, RECORDS)
def test_the_counts_are_those_of_looking_at_every_id(before: dict[str, str], after: dict[str, str]) -> None:
    naive: Counter[str] = Counter()
    for name in sorted(set(before) | set(after)):
        if name not in before:
            naive["added"] += 1
        elif name not in after:
            naive["deleted"] += 1
        elif before[name] == after[name]:
            naive["unchanged"] += 1
        else:
            naive["updated"] += 1
    found = compare(before, after)
    counts = found.counts
    assert (counts.added, counts.updated, counts.deleted, counts.unchanged) == (
        naive["added"],
        naive["updated"],
        naive["deleted"],
        naive["unchanged"],
    )
    applied = {**before, **{name: after[name] for name in (*found.added, *found.updated)}}
    assert {name: applied[name] for name in applied if name not in found.deleted} == after


@given(st.lists(RECORDS, max_size=6))
def test_tombstones_are_of_what_was_there_once_and_is_not_now(harvests: list[dict[str, str]]) -> None:
    held: dict[str, str] = {}
    gone: tuple[Gone, ...] = ()
    ever: set[str] = set()
    for offered in harvests:
        gone = stones(compare(held, offered).deleted, offered, gone, NOWS[0])
        held = offered
        ever |= set(offered)
    assert sorted(each.id for each in gone) == sorted(ever - set(held))


def taken(code: str, made: str, snapshot: str) -> Taken:
    child = Child(code, "fresh", "https://a.example", snapshot * 16, "", made, made)
    return Taken(child, Changes((), (), (), 0))


OUTCOMES = st.lists(
    st.one_of(
        st.builds(taken, st.sampled_from([CITY, SIBLING]), st.sampled_from(NOWS), st.sampled_from("abc")),
        st.builds(Same, st.sampled_from([CITY, SIBLING])),
        st.builds(Failed, st.sampled_from([CITY, SIBLING]), st.just("https://a.example"), st.sampled_from(["x", "y"])),
    ),
    max_size=8,
)


def at(now: str) -> Moment:
    return Moment(now, {CITY, SIBLING}, lambda _child: ())


@given(OUTCOMES)
def test_no_order_of_harvests_goes_back_to_an_older_offer_or_to_nothing(outcomes: list[Outcome]) -> None:
    held = Harvest()
    for outcome in outcomes:
        after = merged(held, [outcome], at(NOWS[2]))
        for before in held.children:
            child = after.find(before.code)
            assert child is not None
            assert (child.made or "") >= (before.made or "")
            assert child.snapshot is not None or before.snapshot is None
        held = after


@given(OUTCOMES)
def test_the_same_outcome_again_changes_nothing(outcomes: list[Outcome]) -> None:
    held = merged(Harvest(), outcomes, at(NOWS[2]))
    for outcome in outcomes[-1:]:
        assert merged(held, [outcome], at(NOWS[2])) == held


def test_a_failure_touches_its_own_child_alone() -> None:
    both = merged(Harvest(), [taken(CITY, NOWS[0], "a"), taken(SIBLING, NOWS[0], "b")], at(NOWS[0]))
    after = merged(both, [Failed(CITY, "https://a.example", "gone")], at(NOWS[1]))
    assert after.find(SIBLING) == both.find(SIBLING)
    city = after.find(CITY)
    assert city is not None
    assert (city.state, city.snapshot, city.stale_since) == ("stale", "a" * 16, NOWS[1])
    assert replace(after, changed=None, children=()) == Harvest()
    assert PROVINCE.encode() not in dump_harvest(after)
