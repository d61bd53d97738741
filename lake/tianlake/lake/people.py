"""People who answer for what a node does: who they are, what they may sign, and with which keys.

"Who provides is responsible" (article 9 of the Measures): every step of a review, a case or a filing is signed by a
person, with the organisation that this person answers for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.records import STRICT
from tianlake.lake.signed import Signed
from tianlake.lake.words import Instant, PublicKey

Role = Literal["author", "reviewer", "map", "publisher", "officer"]
"""Submits a release; reviews it (审核); records the map approval (审图号); publishes; handles cases and copies."""

PersonId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's public key and the time in which it may sign; a lost key gets an `until`, and a new one is added."""

    key: PublicKey
    since: Instant
    until: Instant | None = None
    """From then on its signatures count for nothing."""

    __pydantic_config__ = STRICT

    def holds(self, at: str) -> bool:
        """Say whether it may sign at an instant (RFC 3339, UTC, whole seconds)."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs: `nodes/<code>/people/<id>.toml`."""

    id: PersonId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    organisation: Annotated[str, Field(min_length=1, max_length=200)]
    """That answers for what the person signs."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    keys: Annotated[tuple[PersonKey, ...], Field(min_length=1)]
    level: Annotated[int, Field(ge=1, le=9)] = 1
    """Of a reviewer: up to which level of review (一审, 二审, 三审) this person may sign."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Signer:
    """A person at the keyboard."""

    person: str
    """The person's id."""
    seed: bytes
    """Of the person's Ed25519 key, 32 bytes."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who may sign at a node."""

    code: str
    """Of the node."""
    persons: tuple[Person, ...] = ()

    def find(self, person: str) -> Person:
        """Return one of them; raises `LakeError` where there is no such person."""
        found = next((each for each in self.persons if each.id == person), None)
        if found is None:
            known = ", ".join(each.id for each in self.persons) or "nobody"
            raise LakeError(
                f"nodes/{self.code}/people/{person}.toml: does not exist; this node knows: {known}",
                zh=f"nodes/{self.code}/people/{person}.toml：不存在；本节点的人员：{known}",
            )
        return found

    def signed(self, document: Signed, person: str, at: str) -> bool:
        """Say whether a person signed a document with a key that this person had at that time.

        Raises:
            LakeError: There is no such person.
        """
        keys = (each.key for each in self.find(person).keys if each.holds(at))
        return any(document.is_by(key) for key in keys)
