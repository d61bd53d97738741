"""Schemes of evaluation and the points they give: reckoned again by plain arithmetic; a better figure never costs."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from evaluation_kit import NONE, QUARTER, criterion, report, scheme
from hypothesis import given
from hypothesis import strategies as st

from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.reports.evaluation import Scorecard, ranked, scorecard, scorecards
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Below, signed_report
from tianlake.lake.reports.rollup import MISSING, WRONG, Neighbour
from tianlake.lake.reports.scheme import Criterion, Scheme, default_scheme, points_of, read_scheme
from tianlake.lake.signed import public_key

CITIES = ("156130100", "156130200", "156130300", "156130400")
PLAIN: dict[str, Any] = tomllib.loads(default_scheme().decode())
"""The delivered scheme, as any reader of TOML has it."""

AVAILABLE = criterion("up", 60, "availability", "[[0.9, 0], [1, 100]]")
LATE = criterion("late", 40, "products.late", "[[0, 100], [1, 0]]", 'per = "products"')


def marks(found: Scorecard) -> dict[str, float | None]:
    return {each.criterion: each.points for each in found.marks}


def carded(text: bytes, figures: dict[str, float] | None, node: str = CITIES[0]) -> Scorecard:
    """Return the scorecard of a node by a scheme; without figures, of one that has no report."""
    row = Below(node, "某市", why=MISSING if figures is None else None)
    return scorecard(read_scheme(text, "s.toml"), row, None if figures is None else report(node, figures))


def by_hand(plain: dict[str, Any], figures: dict[str, float]) -> Fraction:
    """Return a total as a clerk reckons it who has the scheme's file and the figures, and fractions for numbers."""
    got, weights = Fraction(), Fraction()
    for each in plain["criteria"]:
        value = figures.get(each["measure"])
        if "per" in each and value is not None:
            value = value / figures[each["per"]] if figures.get(each["per"]) else None
        missing = each.get("missing", plain["missing"])
        if value is None and missing == "left-out":
            continue
        weights += Fraction(str(each["weight"]))
        if value is None:
            continue
        curve = [(Fraction(str(x)), Fraction(str(y))) for x, y in each["points"]]
        x = min(max(Fraction(value), curve[0][0]), curve[-1][0])
        at = max(number for number, (low, _) in enumerate(curve) if low <= x)
        given = curve[at][1]
        if each.get("between") != "step" and at + 1 < len(curve):
            (low, below), (high, above) = curve[at : at + 2]
            given = below + (above - below) * (x - low) / (high - low)
        got += Fraction(str(each["weight"])) * given
    return got / weights


def test_the_delivered_scheme_says_all_that_a_scheme_must() -> None:
    found = read_scheme(default_scheme(), "x")
    assert sum(each["weight"] for each in PLAIN["criteria"]) == 100
    assert [each.id for each in found.criteria] == [each["id"] for each in PLAIN["criteria"]]
    assert (found.version, found.since) == (PLAIN["version"], PLAIN["since"])
    assert all("《办法》第" in each.law.zh and "article" in each.law.en for each in found.criteria)
    assert found.missing_at(next(each for each in found.criteria if each.id == "cases")) == "left-out"


@pytest.mark.parametrize(
    ("figures", "total"),
    [
        ({"availability": 0.95, "products": 4, "products.late": 1}, 60 * 50 / 100 + 40 * 75 / 100),
        ({"availability": 1.0, "products": 4, "products.late": 0}, 100.0),
        ({"availability": 0.2, "products": 1, "products.late": 1}, 0.0),
    ],
)
def test_points_are_those_of_the_line_between_two_values(figures: dict[str, float], total: float) -> None:
    assert carded(scheme(AVAILABLE, LATE), figures).total == pytest.approx(total)


FIGURES = st.dictionaries(
    st.sampled_from(sorted({each["measure"] for each in PLAIN["criteria"]} | {"products", "cases.opened"})),
    st.integers(0, 2_000_000).map(lambda number: number / 1000),
)


@given(figures=FIGURES)
def test_a_total_by_the_delivered_scheme_is_what_a_clerk_reckons(figures: dict[str, float]) -> None:
    total = carded(default_scheme(), figures).total
    assert total is not None
    assert abs(Fraction(total) - by_hand(PLAIN, figures)) <= Fraction("0.0101")  # each part and all are rounded


def test_a_step_gives_the_points_of_the_lower_value() -> None:
    text = scheme(criterion("drills", 100, "drills", "[[1, 30], [3, 100]]", 'between = "step"'))
    got = [carded(text, {"drills": each}).total for each in (0, 1, 2.9, 3, 9)]
    assert got == [30, 30, 30, 100, 100]


@pytest.mark.parametrize(("missing", "total"), [("no-points", 60.0), ("left-out", 100.0)])
def test_a_figure_without_data_counts_as_the_scheme_says(missing: str, total: float) -> None:
    found = carded(scheme(AVAILABLE, LATE, missing=missing), {"availability": 1, "products": 0, "products.late": 0})
    assert found.total == total
    assert marks(found) == {"up": 100, "late": 0 if missing == "no-points" else None}
    assert found.marks[1].value is None
    assert found.marks[1].why is not None
    assert found.marks[1].why.zh == "除数为零"


def test_a_criterion_may_say_otherwise_than_its_scheme() -> None:
    text = scheme(AVAILABLE, LATE + 'missing = "left-out"\n', missing="no-points")
    assert carded(text, {"availability": 0.95}).total == 50
    assert carded(text, {"products": 1, "products.late": 0}).total == 40


@pytest.mark.parametrize(("silent", "total", "rank"), [("no-points", 0.0, 2), ("left-out", None, None)])
def test_a_node_without_a_report_counts_as_the_scheme_says(silent: str, total: float | None, rank: int | None) -> None:
    text = scheme(AVAILABLE, LATE, silent=silent)
    found = ranked([carded(text, None, CITIES[1]), carded(text, {"availability": 1})])
    assert [each.node for each in found] == list(CITIES[:2])
    assert (found[1].total, found[1].rank, found[1].why) == (total, rank, MISSING)
    assert {each.why for each in found[1].marks} == {MISSING}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, -(10**400)])
def test_a_number_that_can_be_none_is_no_data(value: float) -> None:
    found = carded(scheme(AVAILABLE, LATE), {"availability": value, "products": value, "products.late": 1})
    assert (found.total, {each.value for each in found.marks}) == (0.0, {None})


def test_a_report_of_another_version_may_lack_a_figure() -> None:
    bare = replace(report(CITIES[0], {}), sections=())
    found = scorecard(read_scheme(scheme(AVAILABLE, LATE), "s"), Below(CITIES[0], "某市"), bare)
    assert {each.why.en for each in found.marks if each.why} == {"the report has no such figure"}


def test_nodes_of_one_total_share_a_rank_and_the_next_one_counts_them() -> None:
    totals = (70.0, 90.0, 70.0, 10.0)
    cards = [Scorecard(node, "市", None, total, ()) for node, total in zip(CITIES, totals, strict=True)]
    found = [(each.node, each.rank) for each in ranked(cards)]
    assert found == [(CITIES[1], 1), (CITIES[0], 2), (CITIES[2], 2), (CITIES[3], 4)]


CURVES = st.builds(
    lambda values, points, falls: (sorted(values), sorted(points[: len(values)], reverse=falls)),
    st.sets(st.floats(-1e6, 1e6), min_size=2, max_size=5),
    st.lists(st.floats(0, 100), min_size=5, max_size=5),
    st.booleans(),
)


@given(
    curve=CURVES, two=st.tuples(st.floats(-2e6, 2e6), st.floats(-2e6, 2e6)), between=st.sampled_from(["line", "step"])
)
def test_a_better_figure_never_lowers_the_points(
    curve: tuple[list[float], list[float]], two: tuple[float, float], between: Any
) -> None:
    values, points = curve
    each = Criterion("x", NONE, 100, NONE, "requests", tuple(zip(values, points, strict=True)), None, between)
    low, high = (points_of(each, value) for value in sorted(two))
    better, worse = (high, low) if points[0] <= points[-1] else (low, high)
    assert 0 <= worse <= better <= 100


@given(
    totals=st.lists(st.none() | st.integers(0, 3).map(float), min_size=4, max_size=4),
    order=st.permutations(range(4)),
)
def test_the_order_of_children_does_not_matter(totals: list[float | None], order: list[int]) -> None:
    cards = [Scorecard(node, "市", None, total, ()) for node, total in zip(CITIES, totals, strict=True)]
    assert ranked([cards[number] for number in order]) == ranked(cards)


def test_only_what_a_registered_key_signed_counts() -> None:
    seed, other = bytes(32), b"1" * 32
    key = public_key(seed)

    def child(code: str, body: bytes | None) -> Neighbour:
        def read(_: str, __: int) -> bytes:
            if body is None:
                raise NotFoundError("none")
            return body

        return Neighbour(code, "市", (key,), read)

    good = [signed_report(report(code, {"availability": 1}), seed) for code in CITIES]
    forged = signed_report(report(CITIES[1], {"availability": 1}), other)
    children = [child(CITIES[0], good[0]), child(CITIES[1], forged), child(CITIES[2], good[0]), child(CITIES[3], None)]
    found = {each.node: each for each in scorecards(_scheme(), children, Quarter.parse(QUARTER))}
    assert found[CITIES[0]].total == 60
    assert [found[code].why for code in CITIES] == [None, WRONG, WRONG, MISSING]
    assert [found[code].rank for code in CITIES] == [1, 2, 2, 2]


def _scheme() -> Scheme:
    return read_scheme(scheme(AVAILABLE, LATE), "s.toml")


ONE = criterion("up", 100, "availability", "[[0, 0], [1, 100]]")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xff", "s.toml: byte 0: a TOML file is written in UTF-8"),
        (b"version = ", "s.toml: not TOML: "),
        (scheme(AVAILABLE), "s.toml: criteria: weights sum to 60; they must sum to 100"),
        (scheme(), "s.toml: criteria: "),
        (scheme(ONE.replace("100\n", "50\n"), ONE.replace("100\n", "50\n")), "s.toml: criteria.1.id: 'up' is another"),
        (scheme(ONE.replace("weight = 100", "weight = nan")), "s.toml: criteria.0.weight: "),
        (scheme(ONE.replace("weight = 100", "weight = -5")), "s.toml: criteria.0.weight: "),
        (scheme(ONE.replace("availability", "goodness")), "s.toml: criteria.0: 'goodness' is no figure of a report"),
        (scheme(ONE + 'per = "people"\n'), "s.toml: criteria.0: 'people' is no figure"),
        (scheme(ONE.replace("[1, 100]", "[0, 100]")), "s.toml: criteria.0: points are two or more pairs"),
        (scheme(ONE.replace(", [1, 100]", "")), "s.toml: criteria.0: points are two or more pairs"),
        (scheme(ONE.replace("[1, 100]", "[1, 101]")), "s.toml: criteria.0: points must lie in 0..100"),
        (scheme(ONE.replace("[1, 100]", "[1, 100], [2, 50]")), "s.toml: criteria.0: points must never fall, or never"),
        (scheme(ONE.replace("[1, 100]", "[inf, 100]")), "s.toml: criteria.0.points.1.0: "),
        (scheme(ONE, missing="maybe"), "s.toml: missing: Input should be 'no-points' or 'left-out'"),
        (scheme(ONE + "wieght = 3\n"), "s.toml: criteria.0.wieght: there is no such field here"),
        (scheme(ONE + 'between = "curve"\n'), "s.toml: criteria.0.between: "),
        (scheme(ONE).replace(b"since = 2026-01-01", b'since = "soon"'), "s.toml: since: "),
        (scheme(ONE).replace(b'en = "scheme"', b'en = " "'), "s.toml: title: both zh and en must say something"),
    ],
    ids=lambda value: value[8:50] if isinstance(value, str) else "",
)
def test_a_wrong_scheme_is_refused_in_one_line_with_file_place_and_rule(text: bytes, told: str) -> None:
    with pytest.raises(LakeError) as caught:
        read_scheme(text, "s.toml")
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
