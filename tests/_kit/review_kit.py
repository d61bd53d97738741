"""People who review at a made-up node, the policies they go by, and a store that a test can do anything to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lake_kit import NODE, PlainDescriber
from trail_kit import seed_of

from tianlake.lake.derived import Desk
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.people import People, Person, PersonKey, Signer
from tianlake.lake.policy import Change, EffectivePolicy, Policy, effective_policy
from tianlake.lake.policy.files import default_policy
from tianlake.lake.publishing import Release
from tianlake.lake.records import dump_record
from tianlake.lake.releases import Manifest
from tianlake.lake.reviews import Checked, MapApproval, Office, ReviewGate, Subject, Wish, subject_of
from tianlake.lake.signed import public_key
from tianlake.lake.store import Absent, Condition, Matches, ObjectInfo, Span
from tianlake.lake.trail import Entry, Trail
from tianlake.lake.words import Text, instant

NOW = 1_795_744_800.0
"""2026-11-27T02:00:00Z, 10:00 in China."""
DAY = 86_400.0
"""Seconds."""
PEOPLE = ("author-a", "author-b", "first", "second", "third", "officer")
"""Everybody of `crew`."""
NUMBER = MapApproval(("冀S(2026)012号",), date(2026, 11, 20))


class MemoryStore:
    """A node's objects in memory; `objects` is open to whoever wants to spoil them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def head(self, key: str) -> ObjectInfo:
        return self.get(key)[0]

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        if key not in self.objects:
            raise NotFoundError(f"{key}: not there")
        body = self.objects[key]
        info = ObjectInfo(key, len(body), hashlib.sha256(body).hexdigest()[:16], "text/plain", NOW)
        return info, body if span is None else body[span.start : span.start + span.length]

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        del media_type
        there = key in self.objects
        if isinstance(condition, Absent) and there:
            raise ConflictError(f"{key}: is there already")
        if isinstance(condition, Matches) and (not there or self.head(key).etag != condition.etag):
            raise ConflictError(f"{key}: changed meanwhile")
        self.objects[key] = body if isinstance(body, bytes) else body.read_bytes()
        return self.head(key)

    def delete(self, key: str, *, condition: Matches | None = None) -> None:
        if condition is not None and self.head(key).etag != condition.etag:
            raise ConflictError(f"{key}: changed meanwhile")
        self.objects.pop(key, None)

    def list(self, prefix: str = "", *, skip: Collection[str] = ()) -> Iterator[ObjectInfo]:
        found = (key for key in sorted(self.objects) if key.startswith(prefix) and not key.startswith(tuple(skip)))
        return iter([self.head(key) for key in found])


@dataclass
class Crew:
    """People and their private keys."""

    persons: dict[str, Person] = field(default_factory=dict)
    seeds: dict[str, bytes] = field(default_factory=dict)

    def add(self, person: str, *roles: Any, level: int = 1) -> None:
        self.seeds[person] = seed_of(person)
        key = PersonKey(public_key(self.seeds[person]), "2026-01-01T00:00:00Z")
        self.persons[person] = Person(person, f"{person} 某", f"{person} 的单位", roles, (key,), level)

    def rotate(self, person: str, now: float) -> None:
        """Give somebody another key; the one before ends now."""
        old = self.persons[person]
        self.seeds[person] = seed_of(f"{person} {len(old.keys)}")
        kept = tuple(replace(each, until=each.until or instant(now)) for each in old.keys)
        made = PersonKey(public_key(self.seeds[person]), instant(now))
        self.persons[person] = replace(old, keys=(*kept, made))

    def revoke(self, person: str, since: float) -> None:
        """End all keys of somebody from a time on."""
        old, until = self.persons[person], instant(since)
        keys = tuple(replace(each, until=min(each.until or until, until)) for each in old.keys)
        self.persons[person] = replace(old, keys=keys)

    @property
    def people(self) -> People:
        return People(NODE.code, tuple(self.persons.values()))

    def signer(self, person: str) -> Signer:
        return Signer(person, self.seeds[person])


def crew() -> Crew:
    """Return two authors, three reviewers of whom one reviews the first level only, and a map officer."""
    made = Crew()
    for author in ("author-a", "author-b"):
        made.add(author, "author", "reviewer", level=2)
    made.add("first", "reviewer")
    made.add("second", "reviewer", level=2)
    made.add("third", "reviewer", level=3)
    made.add("officer", "map")
    return made


def policy(version: str = "1", levels: int = 2) -> EffectivePolicy:
    """Return the nation's policy with so many levels for every class at the node."""
    national = default_policy()
    classes = next(each for each in national.rules if each.check == "review-levels").parameters["levels"]
    change = Change(parameters={"levels": dict.fromkeys(classes, levels)})
    own = Policy("test", version, date(2026, 1, 1), NODE.code, Text("试", "Test"), change={"review.levels": change})
    return effective_policy((national, own), date(2026, 11, 27), NODE.code)


def demo_policy() -> EffectivePolicy:
    """Return a policy for demonstrations."""
    own = Policy("demo", "1", date(2026, 1, 1), NODE.code, Text("演示", "Demo"), demo=True)
    return effective_policy((default_policy(), own), date(2026, 11, 27), NODE.code)


def report(manifest: str, holds: EffectivePolicy, *severities: str) -> Checked:
    """Return a report with findings of these severities."""
    found = [{"rule": f"rule.{each}", "severity": each} for each in severities]
    return Checked(json.dumps({"manifest": manifest, "policy": holds.digest, "findings": found}).encode())


def sha256_of(manifest: Manifest) -> str:
    return hashlib.sha256(dump_record(manifest)).hexdigest()


@dataclass
class Bench:
    """One node, its people, its clock and its policy."""

    store: Any = field(default_factory=MemoryStore)
    crew: Crew = field(default_factory=crew)
    now: float = NOW
    policy: EffectivePolicy = field(default_factory=policy)
    refusing: tuple[str, ...] = ()
    """Severities of what the checks find."""
    gate_checked: int = 0
    """How often the gate ran them itself."""

    @property
    def trail(self) -> Trail:
        return Trail(self.store, NODE.code, seed_of(NODE.code), lambda: self.now)

    @property
    def acts(self) -> list[Entry]:
        """What the node has on record, without how its trail began."""
        return list(self.trail.entries())[1:]

    @property
    def office(self) -> Office:
        return Office(self.trail, self.crew.people, lambda: self.now)

    @property
    def gate(self) -> ReviewGate:
        def check(manifest: Manifest) -> Checked:
            self.gate_checked += 1
            return self.checked(sha256_of(manifest))

        return ReviewGate(self.trail, self.crew.people, self.policy, check, clock=lambda: self.now)

    @property
    def desk(self) -> Desk:
        return Desk(NODE, self.store, PlainDescriber(), self.trail, self.gate, {})

    def subject(self, release: Release) -> Subject:
        return subject_of(release.manifest, sha256_of(release.manifest), self.policy)

    def checked(self, manifest: str) -> Checked:
        """Return what an honest machine finds."""
        return report(manifest, self.policy, *self.refusing)

    def submit(self, release: Release, person: str = "author-a", *, honest: bool = True) -> None:
        subject = self.subject(release)
        found = self.checked(subject.manifest) if honest else report(subject.manifest, self.policy)
        self.office.submit(subject, found, self.crew.signer(person))

    def sign(self, release: Release, person: str, wish: Wish) -> None:
        self.office.sign(self.subject(release), wish, self.crew.signer(person))

    def review(self, release: Release, person: str, level: int | None = None) -> None:
        subject = self.subject(release)
        wish, hand = Wish("review", level), self.crew.signer(person)
        self.office.review(subject, wish, hand, lambda: self.checked(subject.manifest))

    def map(self, release: Release, approval: MapApproval = NUMBER, reason: str = "", person: str = "officer") -> None:
        self.sign(release, person, Wish("map", reason=reason, map=approval))

    def reject(self, release: Release, person: str = "second") -> None:
        self.sign(release, person, Wish("reject", reason="界线有误"))

    def approve(self, release: Release) -> None:
        """Take every step that the policy asks for."""
        self.submit(release)
        self.review(release, "first")
        self.review(release, "second")
        self.map(release)


def stage(bench: Bench, release: Release) -> str:
    """Return where the review of a release stands."""
    return bench.office.standing(bench.subject(release)).stage


def refused(act: Callable[[], Any], rule: str) -> None:
    """See that something is refused by a rule."""
    with pytest.raises(LakeError, match=rule):
        act()
