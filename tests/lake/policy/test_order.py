"""A policy below can only be as strict as those above, whatever is written into it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.lake.errors import LakeError
from tianlake.lake.policy import Change, Policy, Rule, effective_policy, loosened
from tianlake.lake.policy.parameters import PARAMETERS, as_strict, strictest
from tianlake.lake.policy.rules import CHECKS, SEVERITIES, STATUSES, at_least
from tianlake.lake.words import Text

DAY = date(2026, 11, 27)
NODES = ("156000000", "156130000", "156131000")
WORDS = st.lists(st.sampled_from(["库容", "电压", "水深", "净高", "voltage"]), unique=True)
NUMBERS = st.integers(0, 1000) | st.floats(0, 1000, allow_nan=False)
PLACES = st.lists(
    st.builds(
        lambda name, within: {"name": name, "lon": 112.0, "lat": 4.0, "within_km": within},
        st.sampled_from(["曾母暗沙", "钓鱼岛", "黄岩岛"]),
        st.integers(1, 50),
    ),
    unique_by=lambda each: each["name"],
)
LEVELS = st.dictionaries(st.sampled_from(["place", "imagery", "3d"]), st.integers(0, 3))
VALUES = {"least": NUMBERS, "most": NUMBERS, "superset": WORDS, "subset": WORDS, "each": LEVELS, "places": PLACES}


def values(check: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: VALUES[PARAMETERS[name].order] for name in CHECKS[check]})


@st.composite
def rules(draw: st.DrawFn, check: str | None = None) -> Rule:
    check = check or draw(st.sampled_from(sorted(CHECKS)))
    return Rule(
        id=f"rule.{check}",
        check=check,
        title=Text("规则", "A rule"),
        law="第九条",
        severity=draw(st.sampled_from(SEVERITIES)),
        status=draw(st.sampled_from(STATUSES)),
        parameters=draw(values(check)),
    )


@st.composite
def chains(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Three policies with rules of one check and changes of any direction."""
    check = draw(st.sampled_from(sorted(CHECKS)))
    found = [policy(0, (draw(rules(check)),))]
    for level in (1, 2):
        kind = draw(st.sampled_from(["rule", "change", "nothing"]))
        if kind == "rule":
            found.append(policy(level, (draw(rules(check)),)))
        elif kind == "change":
            chosen = draw(st.sets(st.sampled_from(CHECKS[check]))) if CHECKS[check] else set()
            parameters = {name: value for name, value in draw(values(check)).items() if name in chosen}
            change = Change(draw(st.none() | st.sampled_from(SEVERITIES)), parameters)
            found.append(policy(level, (), {f"rule.{check}": change}))
        else:
            found.append(policy(level, ()))
    return tuple(found)


def policy(level: int, own: tuple[Rule, ...], change: dict[str, Change] | None = None, *, version: str = "1") -> Policy:
    title = Text("政策", "A policy")
    return Policy(f"level-{level}", version, DAY, NODES[level], title, rules=own, change=change or {})


def as_strict_rule(upper: Rule, lower: Rule) -> bool:
    return (
        upper.check == lower.check
        and at_least(upper.severity, lower.severity)
        and at_least(upper.acts, lower.acts)
        and all(as_strict(name, value, lower.parameters[name]) for name, value in upper.parameters.items())
    )


@settings(deadline=None)  # a busy machine is no fault
@given(chains())
def test_what_holds_is_never_looser_than_any_policy_of_the_chain(chain: tuple[Policy, ...]) -> None:
    try:
        found = effective_policy(chain, DAY)
    except LakeError:
        return  # which chains are refused, and how, is the next test's claim
    for number in range(len(chain)):
        above = effective_policy(chain[: number + 1], DAY)
        assert all(as_strict_rule(rule, found.rules[id_]) for id_, rule in above.rules.items())
    for each in chain:
        assert all(as_strict_rule(rule, found.rules[rule.id]) for rule in each.rules)


@settings(deadline=None)  # a busy machine is no fault
@given(chains())
def test_a_chain_is_refused_exactly_where_something_is_loosened(chain: tuple[Policy, ...]) -> None:
    looser = False
    for number in range(1, len(chain)):
        if not looser:
            looser = bool(loosened(effective_policy(chain[:number], DAY), chain[number]))
    if looser:
        with pytest.raises(LakeError, match="never loosen"):
            effective_policy(chain, DAY)
    else:
        effective_policy(chain, DAY)


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(sorted(PARAMETERS)), st.data())
def test_the_order_of_a_parameter_is_an_order(name: str, data: st.DataObject) -> None:
    one, two, three = (data.draw(VALUES[PARAMETERS[name].order]) for _ in range(3))
    assert as_strict(name, one, one)
    if as_strict(name, one, two) and as_strict(name, two, three):
        assert as_strict(name, one, three)
    both = strictest(name, one, two)
    assert as_strict(name, one, both)
    assert as_strict(name, two, both)
    if as_strict(name, one, three) and as_strict(name, two, three):
        assert as_strict(name, both, three)


@settings(deadline=None)  # a busy machine is no fault
@given(rules())
def test_a_newer_version_may_drop_no_rule(rule: Rule) -> None:
    old, new = policy(0, (rule,)), policy(0, (), version="2")
    [loss] = loosened(old, new)
    assert (loss.rule, loss.place) == (rule.id, "rules")
    assert loosened(old, old) == ()


ISLAND = {"name": "钓鱼岛", "lon": 123.473, "lat": 25.745, "within_km": 10}

STRICTER: dict[str, tuple[Any, Any]] = {
    "kept_days": (200, 366),
    "least_m": (0.5, 1.0),
    "finest_m": (0.5, 1.0),
    "finest_scale": (5000, 10_000),
    "extent_east": (135.0, 135.1),
    "extent_north": (53.4, 53.5),
    "extent_south": (4.0, 3.5),
    "extent_west": (73.7, 73.5),
    "most_km2": (25, 10),
    "most_level": (18, 17),
    "most_months": (6, 3),
    "most_years": (2, 1),
    "tolerance_km": (5, 1),
    "forbidden": (["库容"], ["库容", "电压"]),
    "members": (["密级"], ["密级", "secrecy"]),
    "columns": (["type"], ["type", "name"]),
    "claims": (["全国"], ["全国", "中国"]),
    "map_kinds": (["vector"], ["vector", "raster"]),
    "authority_words": (["香港"], ["香港", "澳门"]),
    "border_words": (["国界"], ["国界", "边境"]),
    "allowed_classes": (["public", "公开"], ["public"]),
    "exceptions": (["点军区"], []),
    "skipped_columns": (["id", "code"], ["id"]),
    "levels": ({"place": 1}, {"place": 2, "3d": 1}),
    "places": ([ISLAND], [ISLAND | {"within_km": 5}]),
}
"""Parameter → a value, and one that everybody would call stricter."""


def test_there_is_an_example_of_every_parameter() -> None:
    assert set(STRICTER) == set(PARAMETERS)


@pytest.mark.parametrize("name", STRICTER)
def test_a_stricter_value_may_stand_below_a_looser_one_and_not_above(name: str) -> None:
    loose, strict = STRICTER[name]
    assert as_strict(name, loose, strict)
    assert not as_strict(name, strict, loose)
    assert strictest(name, loose, strict) == strictest(name, strict, loose) == strict
