"""Whatever people, thieves and clocks do: nothing is published without the signatures that the policy asks for.

What may be published is said by `review_oracle`, which knows none of the code under test.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from lake_kit import sealed
from review_forger import forge, signers
from review_kit import DAY, PEOPLE, Bench, policy
from review_oracle import is_lawful

from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import Release, publish, rollback
from tianlake.lake.reviews import MapApproval
from tianlake.lake.words import instant

who = st.sampled_from(PEOPLE)
ACTIONS: Final = ("submit", "review", "map", "reject")
FLAWS: Final = (
    *("none", "author", "twice", "level", "role", "hand", "future", "other", "bound", "missing"),
    *("revoked", "rejected", "policy", "over", "unrecorded", "unchecked", "found", "cut", "late", "backdated"),
)


class Office(RuleBasedStateMachine):
    """Everything that may happen around two releases of a product."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="tianlake-test-")
        self.bench = Bench()
        self.made: list[Release] = []
        self.published = 0
        self.build()

    def teardown(self) -> None:
        self.folder.cleanup()

    @property
    def release(self) -> Release:
        return self.made[-1]

    def attempt(self, act: Any) -> None:
        try:
            act()
        except LakeError:
            return

    @precondition(lambda self: len(self.made) < 10)
    @rule()
    def rebuild(self) -> None:
        self.build()

    def build(self) -> None:
        number = len(self.made)
        self.made.append(sealed(Path(self.folder.name), f"m{number}", f"2026-11-01T00:00:{number:02d}Z"))

    @rule(times=st.integers(1, 3))
    def step(self, times: int) -> None:
        self.proceed(times)

    def proceed(self, times: int) -> None:
        """Take the next steps as the law has it."""
        bench, release = self.bench, self.release
        for _ in range(times):
            self.bench.now += 60
            standing = None
            try:
                standing = bench.office.standing(bench.subject(release))
            except LakeError:
                return
            current = standing.round
            match standing.stage:
                case "draft" | "superseded":
                    self.attempt(lambda: bench.submit(release))
                case "submitted" if current is not None:
                    self.attempt(lambda n=current.levels: bench.review(release, ("first", "second")[n]))
                case "reviewed" | "expired":
                    today = date.fromisoformat(instant(bench.now)[:10])
                    self.attempt(lambda day=today: bench.map(release, MapApproval((f"冀S({day.year})1号",), day)))
                case _:
                    return

    @rule(person=who)
    def submit(self, person: str) -> None:
        self.attempt(lambda: self.bench.submit(self.release, person))

    @rule(person=who, level=st.sampled_from([None, 1, 2]))
    def review(self, person: str, level: int | None) -> None:
        self.attempt(lambda: self.bench.review(self.release, person, level))

    @rule(person=who)
    def map(self, person: str) -> None:
        self.attempt(lambda: self.bench.map(self.release, person=person))

    @rule(person=who)
    def reject(self, person: str) -> None:
        self.attempt(lambda: self.bench.reject(self.release, person))

    @rule(first=who, second=who, wants=st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ACTIONS)))
    def race(self, first: str, second: str, wants: tuple[str, str]) -> None:
        """Let somebody sign while another one's step is on record and not put yet."""
        store, real = self.bench.store, self.bench.store.put

        def put(key: str, body: Any, **options: Any) -> Any:
            if key.startswith("private/reviews/") and key.endswith(".txt"):
                store.put = real
                self.act(wants[1], second)
            return real(key, body, **options)

        store.put = put
        self.act(wants[0], first)
        store.put = real

    def act(self, want: str, person: str) -> None:
        if want == "submit":
            self.attempt(lambda: self.bench.submit(self.release, person))
        elif want == "review":
            self.attempt(lambda: self.bench.review(self.release, person))
        elif want == "map":
            self.attempt(lambda: self.bench.map(self.release, person=person))
        else:
            self.attempt(lambda: self.bench.reject(self.release, person))

    @rule(
        hand=who,
        name=who,
        kind=st.sampled_from(["submit", "review", "review", "map"]),
        level=st.integers(0, 2),
        later=st.sampled_from([0.0, 0.0, 0.0, -3 * DAY, 90 * DAY]),
        other=st.booleans(),
        flaw=st.sampled_from(["", "", "unrecorded", "unchecked", "found"]),
    )
    def forge(self, **step: Any) -> None:
        """Put a step into the store past the office: by anybody's hand, in anybody's name, of anything."""
        self.attempt(lambda: self._put(**step))

    def _put(self, *, other: bool = False, **step: Any) -> None:
        forge(self.bench, self.release, self.made[0] if other else self.release, **step)

    @rule(flaw=st.sampled_from(FLAWS), place=st.integers(0, 3))
    def conspire(self, flaw: str, place: int) -> None:
        """Sign a whole review past the office that is lawful but for one thing, and publish."""
        self.build()
        names = signers(flaw, place)
        for number, (name, kind) in enumerate(zip(names, ("submit", "review", "review", "map"), strict=True)):
            if flaw == "missing" and number == place:
                continue
            here = flaw if number == place else ""
            self._put(
                name=name,
                kind=kind,
                level=number,
                hand="third" if here == "hand" else name,
                later=90 * DAY if here == "future" else -DAY if flaw in {"late", "backdated"} else 0.0,
                other=flaw == "other" or here == "bound",
                flaw=here,
            )
        self._spoil(flaw, names[place])
        self.publish()

    def _spoil(self, flaw: str, person: str) -> None:
        """Let something happen after a review that was lawful."""
        if flaw == "revoked":
            self.bench.crew.revoke(person, self.bench.now)
            self.bench.crew.rotate(person, self.bench.now)
        if flaw == "backdated":  # the key was stolen twelve hours ago, and the thief wrote yesterday's date
            self.bench.crew.revoke(person, self.bench.now - DAY / 2)
        if flaw in {"rejected", "cut"}:
            self.attempt(lambda: self.bench.reject(self.release))
        if flaw == "cut":
            del self.bench.store.objects[f"private/reviews/places/{self.release.manifest.release}/0005.txt"]
        if flaw == "policy":
            self.bench.policy = policy("2" if self.bench.policy.label.endswith("1") else "1")
        if flaw == "over":
            self.bench.now += 760 * DAY

    @rule(copy=st.booleans())
    def replay(self, copy: bool) -> None:
        """Give a release the steps of another one, whole or with its name changed in them."""
        source, target = (each.manifest.release for each in (self.made[0], self.release))
        for key, body in list(self.bench.store.objects.items()):
            if key.startswith(f"private/reviews/places/{source}/"):
                changed = body if copy else body.replace(source.encode(), target.encode())
                self.bench.store.objects[key.replace(source, target)] = changed

    @rule(place=st.integers(0, 10_000), how=st.sampled_from(["flip", "drop", "twice"]))
    def tamper(self, place: int, how: str) -> None:
        objects = self.bench.store.objects
        steps = sorted(key for key in objects if key.startswith("private/reviews/") and key.endswith(".txt"))
        if not steps:
            return
        key = steps[place % len(steps)]
        body = bytearray(objects[key])
        if how == "flip":
            body[place % len(body)] ^= 1
            objects[key] = bytes(body)
        elif how == "drop":
            del objects[key]
        else:
            objects[f"{key[:-8]}{int(key[-8:-4]) + 1:04d}.txt"] = bytes(body)

    @rule(person=who)
    def rotate(self, person: str) -> None:
        self.bench.crew.rotate(person, self.bench.now)

    @rule(person=who, ago=st.sampled_from([0.0, 90.0, 10 * DAY]))
    def revoke(self, person: str, ago: float) -> None:
        self.bench.crew.revoke(person, self.bench.now - ago)
        self.bench.crew.rotate(person, self.bench.now)

    @rule(seconds=st.sampled_from([-2 * DAY, -30.0, 600.0, 5 * DAY, 760 * DAY]))
    def jump(self, seconds: float) -> None:
        self.bench.now += seconds

    @rule(version=st.sampled_from(["1", "2"]))
    def adopt(self, version: str) -> None:
        self.bench.policy = policy(version)

    @rule()
    def publish(self) -> None:
        before = self._current()
        try:
            publish(self.bench.desk, self.release)
        except LakeError:
            assert self._current() == before
        else:
            self._judge(self.release)

    @rule(last=st.integers(3, 4))
    def finish(self, last: int) -> None:
        """Go the lawful way to its end, or nearly so, and publish."""
        self.proceed(last)
        self.publish()

    @precondition(lambda self: len(self.made) > 1)
    @rule()
    def roll_back(self) -> None:
        before = self._current()
        try:
            target = rollback(self.bench.desk, "places")
        except LakeError:
            assert self._current() == before
        else:
            self._judge(next(each for each in self.made if each.manifest.release == target))

    def _current(self) -> bytes | None:
        found: bytes | None = self.bench.store.objects.get("collections/places/collection.json")
        return found

    def _judge(self, release: Release) -> None:
        self.published += 1
        SEEN.append(release.manifest.release)
        assert is_lawful(self.bench, release), "published without the signatures that have to be there"


SEEN: list[str] = []
"""What was published in all runs: a machine that never gets there shows nothing."""


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("place", range(4))
def test_one_thing_wrong_with_a_review_stops_it(flaw: str, place: int) -> None:
    office = Office()
    office.conspire(flaw, place)
    office.teardown()
    lawful = {"none", "late"} | ({"unchecked", "found"} if place in {0, 3} else set())
    assert office.published == (flaw in lawful)


def test_no_sequence_of_acts_publishes_without_every_signature() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert len(SEEN) > 20
