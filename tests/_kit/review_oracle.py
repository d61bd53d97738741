"""Says whether a release has every signature that has to be there.

It reads the stored bytes with PyCA's Ed25519 and `json` alone, and knows none of the code under test.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from review_kit import Bench, Crew

from tianlake.lake.publishing import Release
from tianlake.lake.words import instant

LEVELS: Final = 2
VALID_DAYS: Final = 731
AHEAD_S: Final = 300


def acts(store: Any, subject: str) -> list[tuple[str, str, str]]:
    """Return what the trail has of a review: kind, SHA-256 of the step and time of each act, in order."""
    bodies = [body for key, body in sorted(store.objects.items()) if key.startswith("private/audit/0")]
    said = [json.loads(body.splitlines()[1]) for body in bodies]
    return [(each["kind"], each["details"].get("step", ""), each["at"]) for each in said if each["subject"] == subject]


def documents(store: Any, prefix: str) -> Iterator[tuple[bytes, bytes, dict[str, Any], str]]:
    """Yield signed bytes, signature, content and SHA-256 of each step, as far as the chain is whole."""
    previous = "0" * 64
    for seq in range(1, 10_000):
        body = store.objects.get(f"{prefix}{seq:04d}.txt")
        if body is None:
            return
        magic, header, signature = body.splitlines(keepends=True)
        said = json.loads(header)
        assert (magic, said["seq"], said["previous"]) == (b"tianlake-review 1\n", seq, previous)
        previous = hashlib.sha256(body).hexdigest()
        yield magic + header, base64.b64decode(signature), said, previous


def key_of(crew: Crew, said: dict[str, Any], message: bytes, signature: bytes, recorded: str) -> str | None:
    """Return the key of the named person that signed and held at that time, and still when it was put on record."""
    for each in crew.persons[said["person"]].keys:
        held = each.since <= min(said["at"], recorded)
        held = held and (each.until is None or max(said["at"], recorded) < each.until)
        try:
            raw = base64.b64decode(each.key.removeprefix("ed25519:"))
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
        except InvalidSignature:
            continue
        if held:
            return each.key
    return None


def is_clean(store: Any, prefix: str, report: str) -> bool:
    """Say whether a report is the one that was signed, and refuses nothing."""
    body = store.objects[f"{prefix}reports/{report}.json"]
    found = json.loads(body)["findings"]
    return hashlib.sha256(body).hexdigest() == report and all(each["severity"] != "refuse" for each in found)


def is_lawful(bench: Bench, release: Release) -> bool:
    """Say whether the stored steps hold every signature that has to be there for a release, in order."""
    prefix = f"private/reviews/places/{release.manifest.release}/"
    manifest, today = bench.subject(release).manifest, bench.now
    author: tuple[str, str] | None = None
    eyes: list[tuple[str, str]] = []
    mapped: date | None = None
    told = acts(bench.store, f"places/{release.manifest.release}")
    times = {step: at for kind, step, at in reversed(told) if kind != "review.lost"}
    steps: set[str] = set()
    submitted = ""
    for message, signature, said, digest in documents(bench.store, prefix):
        kind, person = said["kind"], bench.crew.persons[said["person"]]
        steps.add(digest)
        submitted = digest if kind == "submit" else submitted
        key = key_of(bench.crew, said, message, signature, times[digest]) if digest in times else None
        bound = (said["release"], said["bound"]["manifest"], said["bound"]["policy"])
        good = key is not None and bound == (release.manifest.release, manifest, bench.policy.digest)
        good = good and said["at"] <= instant(today + AHEAD_S)
        if kind in {"submit", "reject", "supersede"}:
            author, eyes, mapped = None, [], None
        if kind == "submit" and good and "author" in person.roles:
            author = (said["person"], str(key))
        fresh = author and all(said["person"] != who and key != its for who, its in (author, *eyes))
        fits = said["level"] == len(eyes) + 1 <= person.level
        looked = kind == "review" and said["checked"] and is_clean(bench.store, prefix, said["checked"])
        if looked and good and fresh and fits and "reviewer" in person.roles:
            eyes.append((said["person"], str(key)))
        if kind == "map" and good and "map" in person.roles and len(eyes) == LEVELS and said["map"]["numbers"]:
            mapped = date.fromisoformat(said["map"]["approved"])
    day = date.fromisoformat(instant(today + 8 * 3600)[:10])
    since = max((place for place, (kind, step, _at) in enumerate(told) if step == submitted), default=0)
    lost = {step for kind, step, _at in told if kind == "review.lost"}
    ended = {step for kind, step, _at in told[since:] if kind in {"review.reject", "review.submit", "review.supersede"}}
    if ended - lost - steps:
        return False
    return len(eyes) == LEVELS and mapped is not None and day <= mapped + timedelta(days=VALID_DAYS)
