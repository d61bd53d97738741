"""Which step may follow which, and until when: no sequence closes a case that was neither refused nor proved."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from cases_kit import CASE, CODE, DETAILS
from hypothesis import given
from hypothesis import strategies as st

from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.cases.steps import Standing, Step, StepKind, advance, due, next_command, standing
from tianlake.lake.errors import LakeError

KINDS: tuple[StepKind, ...] = get_args(StepKind)
WHOLE: tuple[StepKind, ...] = ("open", "report", "decide", "apply.begin", "apply", "prove", "close", "erase")


def step(kind: StepKind, at: str = "2026-11-27T02:00:00Z", **other: object) -> Step:
    return Step(1, "0" * 64, CODE, CASE, at, kind, "officer-a", DETAILS[kind] | other)


def test_a_granted_case_goes_all_the_way() -> None:
    found = standing(map(step, WHOLE), file="x")
    assert found is not None
    assert (found.state, next_command(found), found.open) == ("erased", "", False)


def test_a_refused_case_is_closed_without_a_removal() -> None:
    steps = [step("open"), step("report"), step("decide", decision="refuse", targets=[]), step("close")]
    found = standing(steps, file="x")
    assert found is not None
    assert found.state == "closed"


@pytest.mark.parametrize("left_out", [1, 2, 3, 4, 5])
def test_no_step_may_be_left_out(left_out: int) -> None:
    steps = [step(kind) for number, kind in enumerate(WHOLE[:7]) if number != left_out]
    with pytest.raises(LakeError, match="next comes: tianlake case"):
        standing(steps, file="x")


def test_a_proof_that_found_something_sends_the_case_back_to_apply() -> None:
    steps = [*map(step, WHOLE[:5]), step("prove", clean=False, found=2)]
    found = standing(steps, file="x")
    assert found is not None
    assert found.state == "applied"
    with pytest.raises(LakeError, match="next comes: tianlake case prove"):
        advance(found, step("close"))
    assert advance(found, step("apply.begin")).state == "applying"


def test_a_grant_that_names_the_wrong_thing_is_decided_anew_before_anything_is_proved() -> None:
    granted = standing(map(step, WHOLE[:3]), file="x")
    assert granted is not None
    other = ({"product": "places", "whole": False, "ids": 2},)
    assert advance(granted, step("decide", targets=other, anew=True)).targets == other
    assert advance(granted, step("decide", decision="refuse", targets=[], anew=True)).state == "refused"
    with pytest.raises(LakeError, match="to decide anew is said outright"):
        advance(granted, step("decide", targets=other))


def test_what_is_being_removed_is_granted_anew_but_not_refused_any_more() -> None:
    applying = standing(map(step, WHOLE[:4]), file="x")
    assert applying is not None
    anew = advance(applying, step("decide", anew=True))
    assert anew.state == "granted"
    for found in (applying, anew):
        with pytest.raises(LakeError, match="part of it may be gone already"):
            advance(found, step("decide", decision="refuse", targets=[], anew=True))


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), max_size=14))
def test_property_what_is_closed_was_refused_or_proved_clean(tries: list[tuple[StepKind, bool]]) -> None:
    found: Standing | None = None
    taken: list[tuple[StepKind, bool]] = []
    for kind, good in tries:
        other = {"clean": good} if kind == "prove" else {"decision": "grant" if good else "refuse", "anew": True}
        try:
            found = advance(found, step(kind, **(other if kind in {"prove", "decide"} else {})))
        except LakeError:
            continue
        taken.append((kind, good))
    kinds = [kind for kind, _ in taken]
    if "close" in kinds:
        before = taken[: kinds.index("close")]
        assert [kind for kind, _ in before[:3]] == ["open", "report", "decide"]
        assert before[-1] == ("prove", True) or (before[-1] == ("decide", False) and "apply.begin" not in kinds)
    if "erase" in kinds:
        assert "close" in kinds[: kinds.index("erase")]
    if "apply" in kinds:
        assert ("decide", True) in taken
        assert kinds[kinds.index("apply") - 1] == "apply.begin"


def test_deadlines_run_from_receipt_and_from_each_step() -> None:
    settings = CaseSettings(report_days=1, decide_days=15, apply_days=3, prove_days=1, close_days=5)
    found = advance(None, step("open"))
    told = [due(found, settings)]
    for kind in WHOLE[1:]:
        at = f"2026-12-0{WHOLE.index(kind)}T00:00:00Z"
        found = advance(found, step(kind, at))
        told.append(due(found, settings))
    assert told == [
        "2026-11-28T02:00:00Z",
        "2026-12-12T02:00:00Z",
        "2026-12-05T00:00:00Z",
        "2026-12-06T00:00:00Z",
        "2026-12-05T00:00:00Z",
        "2026-12-10T00:00:00Z",
        "2027-05-26T02:00:00Z",
        None,
    ]


def test_a_step_without_what_it_must_say_is_told_with_its_place() -> None:
    broken = replace(step("decide"), details={"basis": "x"}, seq=3)
    with pytest.raises(LakeError, match=r"cases/x: 3\.details: lacks what a step 'decide' says"):
        standing([step("open"), step("report"), broken], file="cases/x")
