"""What a front-deployed copy (前置副本) is filed with, and the signed steps of its life (article 16)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.store.locations import parse_location
from tianlake.lake.words import Instant, ProductId, Sha256

MAGIC: Final = b"tianlake-replica 1\n"

OFFLINE: Final = "offline"
"""The place of a copy that is carried on a medium: whoever works on it says where the medium is now."""

REPLICA_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,62}")

StepKind = Literal["file", "push.begin", "push", "verify", "recall", "revoke"]
"""Filed, or filed anew with other terms; about to be sent; sent; looked through; taken back; ended."""


def _place(value: str) -> str:
    if value != OFFLINE:
        try:
            parse_location(value, Path())
        except LakeError as error:
            msg = f"a holder's place is s3://BUCKET/PREFIX, file:DIRECTORY or {OFFLINE!r}: {error}"
            raise ValueError(msg) from None
    return value


def _replica_id(value: str) -> str:
    if not REPLICA_ID.fullmatch(value):
        msg = "an id is 2 to 63 of a-z, 0-9 and '-', and starts with a letter"
        raise ValueError(msg)
    return value


def _day(value: str) -> str:
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    msg = "a day is written 2027-11-27"
    raise ValueError(msg)


def _filled(value: str) -> str:
    if not value.strip() or not value.isprintable():
        msg = "must say something, in one line"
        raise ValueError(msg)
    return value


Line = Annotated[str, Field(max_length=300), AfterValidator(_filled)]


@dataclass(frozen=True, slots=True)
class Filing:
    """On what terms somebody holds a copy of a node's products."""

    id: Annotated[str, AfterValidator(_replica_id)]
    holder: Line
    """Organisation that has the copy."""
    purpose: Line
    products: Annotated[tuple[ProductId, ...], Field(min_length=1, max_length=1000)]
    number: Line
    """备案号: under which the copy was filed with the authority in charge (article 16)."""
    expires: Annotated[str, AfterValidator(_day)]
    """Last day of the filing, in China's time."""
    contact: Line
    """How the holder is reached; stays in the node's private objects."""
    place: Annotated[str, AfterValidator(_place)]
    """`s3://BUCKET/PREFIX`, `file:DIRECTORY`, or `OFFLINE`."""
    endpoint: Annotated[str, Field(pattern=r"^https?://[^/@?#\s]+$")] | None = None
    """Base URL of the holder's S3 service, where it is not the one of the workspace."""

    __pydantic_config__ = STRICT

    def is_over(self, today: date) -> bool:
        """Say whether the filing has expired on a day."""
        return today.isoformat() > self.expires


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the header of `private/replicas/<id>/<seq>.txt`."""

    seq: Annotated[int, Field(ge=1)]
    previous: Sha256
    node: NodeCode
    replica: Annotated[str, Field(pattern=f"^{REPLICA_ID.pattern}$")]
    at: Instant
    kind: StepKind
    by: str
    """Id of the person who signed it, or `node`: then it is signed with the node's key."""
    details: Mapping[str, Any] = field(default_factory=dict)
    layout: Literal[1] = 1

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Standing:
    """How a copy stands after all its steps."""

    filing: Filing
    filed: str
    """When it was filed, or filed anew."""
    held: frozenset[str] = frozenset()
    """`<product>/<release>` of all that may lie at the holder."""
    pending: frozenset[str] = frozenset()
    """Releases that were to be taken back and may still lie there: the holder could not be reached."""
    recalled: frozenset[str] = frozenset()
    """Releases that were ever to be taken back: none of them is sent again."""
    asked: str | None = None
    """When the first recall that is open was made."""
    pushed: str | None = None
    verified: str | None = None
    """When the copy was last looked through."""
    sound: bool = True
    """What that look found."""
    sums: str | None = None
    """SHA-256 of the list of files (`SHA256SUMS`) that was last sent."""
    revoked: str | None = None

    @property
    def id(self) -> str:
        """Of the filing."""
        return self.filing.id


def standing(steps: Iterable[Step], *, file: str) -> Standing | None:
    """Return how a copy stands after its steps, or None where there are none.

    Raises:
        LakeError: The first step is no filing, or one of them is not of its form.
    """
    found: Standing | None = None
    for step in steps:
        if step.kind == "file":
            filing = read_record(Filing, dict(step.details), file=f"{file}{step.seq:04d}.txt")
            found = Standing(filing, step.at) if found is None else replace(found, filing=filing, filed=step.at)
        elif found is None:
            raise LakeError(f"{file}0001.txt: kind: a copy begins with its filing; restore it from a backup")
        else:
            found = _after(found, step)
    return found


def _after(before: Standing, step: Step) -> Standing:
    details = step.details
    named = frozenset(map(str, details.get("releases", ())))
    match step.kind:
        case "push.begin":
            return replace(before, held=before.held | named)
        case "push":
            pending = before.pending & named
            asked = before.asked if pending else None
            return replace(
                before, held=named, pending=pending, asked=asked, pushed=step.at, sums=str(details.get("sums"))
            )
        case "recall":
            return _recalled(before, step, named)
        case "verify":
            return replace(before, verified=step.at, sound=bool(details.get("sound")))
        case _:
            return replace(before, revoked=before.revoked or step.at)


def _recalled(before: Standing, step: Step, named: frozenset[str]) -> Standing:
    before = replace(before, recalled=before.recalled | named)
    if not step.details.get("reached"):
        return replace(before, pending=before.pending | named, asked=before.asked or step.at)
    pending = before.pending - named
    sums = step.details.get("sums")
    return replace(
        before,
        held=before.held - named,
        pending=pending,
        asked=before.asked if pending else None,
        sums=str(sums) if sums else before.sums,
    )
