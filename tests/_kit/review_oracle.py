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


def documents(store: Any, prefix: str) -> Iterator[tuple[bytes, bytes, dict[str, Any]]]:
    """Yield signed bytes, signature and content of each step, as far as the chain is whole."""
    previous = "0" * 64
    for seq in range(1, 10_000):
        body = store.objects.get(f"{prefix}{seq:04d}.txt")
        if body is None:
            return
        magic, header, signature = body.splitlines(keepends=True)
        said = json.loads(header)
        assert (magic, said["seq"], said["previous"]) == (b"tianlake-review 1\n", seq, previous)
        previous = hashlib.sha256(body).hexdigest()
        yield magic + header, base64.b64decode(signature), said


def key_of(crew: Crew, said: dict[str, Any], message: bytes, signature: bytes) -> str | None:
    """Return the key of the named person that signed and held at that time."""
    for each in crew.persons[said["person"]].keys:
        held = each.since <= said["at"] and (each.until is None or said["at"] < each.until)
        try:
            raw = base64.b64decode(each.key.removeprefix("ed25519:"))
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
        except InvalidSignature:
            continue
        if held:
            return each.key
    return None


def is_lawful(bench: Bench, release: Release) -> bool:
    """Say whether the stored steps hold every signature that has to be there for a release, in order."""
    prefix = f"private/reviews/places/{release.manifest.release}/"
    manifest, today = bench.subject(release).manifest, bench.now
    author: tuple[str, str] | None = None
    eyes: list[tuple[str, str]] = []
    mapped: date | None = None
    for message, signature, said in documents(bench.store, prefix):
        kind, person = said["kind"], bench.crew.persons[said["person"]]
        key = key_of(bench.crew, said, message, signature)
        bound = (said["release"], said["bound"]["manifest"], said["bound"]["policy"])
        good = key is not None and bound == (release.manifest.release, manifest, bench.policy.digest)
        good = good and said["at"] <= instant(today + AHEAD_S)
        if kind in {"submit", "reject", "supersede"}:
            author, eyes, mapped = None, [], None
        if kind == "submit" and good and "author" in person.roles:
            author = (said["person"], str(key))
        fresh = author and all(said["person"] != who and key != its for who, its in (author, *eyes))
        fits = said["level"] == len(eyes) + 1 <= person.level
        if kind == "review" and good and fresh and fits and "reviewer" in person.roles:
            eyes.append((said["person"], str(key)))
        if kind == "map" and good and "map" in person.roles and len(eyes) == LEVELS and said["map"]["numbers"]:
            mapped = date.fromisoformat(said["map"]["approved"])
    day = date.fromisoformat(instant(today + 8 * 3600)[:10])
    return len(eyes) == LEVELS and mapped is not None and day <= mapped + timedelta(days=VALID_DAYS)
