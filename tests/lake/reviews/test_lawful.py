"""Whoever goes the lawful way gets there, in whatever order and time, and whatever strangers try meanwhile."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_kit import sealed
from review_kit import DAY, NOW, NUMBER, PEOPLE, Bench
from review_oracle import is_lawful

from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import publish
from tianlake.lake.reviews import Wish
from tianlake.lake.reviews.steps import StepKind

KINDS: Final[tuple[StepKind, ...]] = ("review", "map", "reject")
REVIEWERS: Final = ("author-b", "second", "third", "first")


@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(REVIEWERS),
    pauses=st.lists(st.floats(0, 3 * DAY), min_size=4, max_size=4),
    strangers=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(KINDS)), max_size=4),
)
def test_a_lawful_sequence_always_publishes(
    order: list[str], pauses: list[float], strangers: list[tuple[str, StepKind]]
) -> None:
    bench = Bench()
    first, second = order[0], next(each for each in order[1:] if each != "first")
    with tempfile.TemporaryDirectory(prefix="tianlake-test-") as folder:
        release = sealed(Path(folder), "one")
        steps = [
            lambda: bench.submit(release, "author-a"),
            lambda: bench.review(release, first),
            lambda: bench.review(release, second),
            lambda: bench.map(release),
        ]
        for step, pause in zip(steps, pauses, strict=True):
            for person, kind in strangers:
                if not allowed(person, kind):
                    with pytest.raises(LakeError):
                        bench.sign(release, person, Wish(kind, reason="x", map=NUMBER if kind == "map" else None))
            step()
            bench.now += pause
        assert publish(bench.desk, release)
        assert is_lawful(bench, release)


def allowed(person: str, kind: str) -> bool:
    """Say whether somebody might do so at some time of the review."""
    return {"review": person not in {"author-a", "officer"}, "map": person == "officer", "reject": True}[kind]


def test_the_oracle_itself_knows_a_missing_signature() -> None:
    bench = Bench(now=NOW)
    with tempfile.TemporaryDirectory(prefix="tianlake-test-") as folder:
        release = sealed(Path(folder), "one")
        bench.submit(release)
        bench.review(release, "first")
        assert not is_lawful(bench, release)
        bench.review(release, "second")
        bench.map(release)
        assert is_lawful(bench, release)
