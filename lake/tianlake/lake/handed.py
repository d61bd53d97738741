"""What a node hands down the tree, and what a child has pinned of it (articles 4 and 10; docs/layout.md, section 10).

A parent publishes one signed list. A child takes a document by its hash, keeps the bytes, and uses these until its
operator takes others: what its parent changes meanwhile is a notice, never a change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.signed import sign, take_apart
from tianlake.lake.words import Instant, Sha256

MEDIA_TYPE: Final = "application/vnd.tianlake.down"
MAGIC: Final = b"tianlake-down 1\n"

LARGEST_LIST: Final = 1_000_000
"""Bytes of `federation/down.txt`."""
LARGEST_DOCUMENT: Final = 20_000_000
"""Bytes of a document that is handed down."""

BASEMAP: Final = "basemap"
DIVISIONS: Final = "divisions"
TERMS: Final = "terms"
QUOTAS: Final = "quotas"
ISSUER: Final = "issuer"
POLICY: Final = "policy"
"""Kinds that this version makes use of; a document of any other kind is kept and handed on."""

Name = Annotated[str, Field(pattern=r"^156\d{6}/[a-z][a-z0-9-]{0,61}[a-z0-9]$")]
"""Code of the node that a document is of, and its name there: `156000000/terms`."""
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+:_-]{0,79}$")]
MediaType = Annotated[str, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,80}$")]
_File = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,80}$")]

Change = Literal["new", "newer", "changed", "gone"]
"""Not taken yet; another version is handed down; other bytes under the same version, which is refused; no longer
handed down."""


@dataclass(frozen=True, slots=True)
class HandedDown:
    """A document of the list."""

    name: Name
    kind: Kind
    title: Text
    version: Version
    """As its node calls this state of it. Other bytes have another version."""
    since: Instant
    """When these bytes were first handed down by the node that publishes the list."""
    file: _File
    """Name of the object below the node's `federation/down/<digest>/`."""
    sha256: Sha256
    size: Annotated[int, Field(ge=0, le=LARGEST_DOCUMENT)]
    media_type: MediaType

    @property
    def origin(self) -> str:
        """Code of the node that the document is of."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Handing:
    """`federation/down.txt`: what a node hands down, signed by it."""

    layout: Literal[1]
    node: Annotated[str, Field(pattern=r"^156\d{6}$")]
    made: Instant
    """When it last became another one. A child takes no list that is older than the one it saw."""
    documents: Annotated[tuple[HandedDown, ...], Field(max_length=500)]

    def find(self, name: str) -> HandedDown | None:
        """Return a document by its name, or None."""
        return next((each for each in self.documents if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Pin:
    """A document that a child has taken."""

    document: HandedDown
    taken: Instant
    source: str
    """URL it was taken from."""


@dataclass(frozen=True, slots=True)
class Notice:
    """How what is handed down differs from what is pinned."""

    name: Name
    change: Change
    version: Version | None
    """That is handed down now."""
    since: Instant | None
    """When that began."""


@dataclass(frozen=True, slots=True)
class Pins:
    """What a child has pinned, and what it knew of its parent's list when it last looked."""

    parent: Annotated[str, Field(pattern=r"^156\d{6}$")]
    made: Instant | None = None
    """Of the newest list that was seen."""
    pins: tuple[Pin, ...] = ()
    notices: tuple[Notice, ...] = ()

    def find(self, name: str) -> Pin | None:
        """Return a pin by the document's name, or None."""
        return next((each for each in self.pins if each.document.name == name), None)

    def nearest(self, kind: str) -> Pin | None:
        """Return the pin of a kind of which a node uses one: that of the lowest node above it."""
        found = [each for each in self.pins if each.document.kind == kind]
        return max(found, key=lambda each: _depth(each.document.origin), default=None)


@dataclass(frozen=True, slots=True)
class PinnedState:
    """A pin as `node.json` tells it: which bytes a node uses, and whether its parent hands down others by now."""

    name: Name
    kind: Kind
    version: Version
    sha256: Sha256
    file: _File
    taken: Instant
    newer: Version | None = None
    """What is handed down in its place."""
    newer_since: Instant | None = None


def states(pins: Pins) -> tuple[PinnedState, ...]:
    """Return the pins as `node.json` has them, by name."""
    newer = {each.name: each for each in pins.notices if each.change in {"newer", "changed"}}
    found = []
    for pin in sorted(pins.pins, key=lambda each: each.document.name):
        of, notice = pin.document, newer.get(pin.document.name)
        later = (notice.version, notice.since) if notice else (None, None)
        found.append(PinnedState(of.name, of.kind, of.version, of.sha256, of.file, pin.taken, *later))
    return tuple(found)


def write_handing(handing: Handing, seed: bytes) -> bytes:
    """Return a list signed with the node's key; equal lists give equal bytes (RFC 8032 signs so)."""
    return sign(MAGIC, json.loads(dump_record(handing)), seed)


def read_handing(data: bytes, keys: Sequence[str], *, name: str) -> Handing:
    """Return what a list says, once its signature was found to be that of one of `keys`.

    Raises:
        LakeError: It is none, is signed by somebody else, was changed, or names a document twice.
    """
    signed = take_apart(data, MAGIC)
    if signed is None or signed.body:
        raise LakeError(f"{name}: not a list of what a node hands down, or one of a newer form")
    if not any(signed.is_by(key) for key in keys):
        raise LakeError(f"{name}: the signature is by none of the keys that are registered for the node")
    return _checked(parse_record(Handing, signed.header, file=name), name)


def read_own_handing(data: bytes, *, name: str) -> Handing | None:
    """Return what a list in the node's own bucket says, whoever signed it; None where it is none."""
    signed = take_apart(data, MAGIC)
    return None if signed is None else parse_record(Handing, signed.header, file=name)


def _checked(handing: Handing, name: str) -> Handing:
    names = [each.name for each in handing.documents]
    if len(names) != len(set(names)):
        raise LakeError(f"{name}: documents: the same name twice")
    return handing


def is_of(body: bytes, document: HandedDown) -> bool:
    """Say whether bytes are those of a document."""
    return len(body) == document.size and hashlib.sha256(body).hexdigest() == document.sha256


def notices(pins: Pins, handing: Handing) -> tuple[Notice, ...]:
    """Return how what is handed down differs from what is pinned, by name. Pure.

    Raises:
        LakeError: The list is another node's, or older than the one seen before.
    """
    if handing.node != pins.parent:
        raise LakeError(f"the list is that of node {handing.node}, not of the parent {pins.parent}")
    if pins.made is not None and handing.made < pins.made:
        raise LakeError(f"the list was made {handing.made}, and is older than the one seen before, of {pins.made}")
    return tuple(sorted(_notices(pins, handing), key=lambda each: each.name))


def _notices(pins: Pins, handing: Handing) -> Iterable[Notice]:
    for each in handing.documents:
        pin = pins.find(each.name)
        if pin is None:
            yield Notice(each.name, "new", each.version, each.since)
        elif pin.document.sha256 != each.sha256:
            change: Change = "changed" if pin.document.version == each.version else "newer"
            yield Notice(each.name, change, each.version, each.since)
    for pin in pins.pins:
        if handing.find(pin.document.name) is None:
            yield Notice(pin.document.name, "gone", None, handing.made)


def _depth(code: str) -> int:
    """Return how far down the tree a node of this code lies: nation, province, city, county."""
    return 0 if code.endswith("000000") else 1 if code.endswith("0000") else 2 if code.endswith("00") else 3
