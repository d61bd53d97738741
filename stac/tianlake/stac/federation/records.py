"""What nodes say to each other, and what a parent keeps of its children (docs/layout.md, section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError, fault
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.store import ObjectInfo, Store
from tianlake.lake.trail import Anchor
from tianlake.lake.words import Instant, PublicKey, Sha256

State = Literal["fresh", "stale", "removed"]
"""Taken and in order; not to be had now, what was taken last is kept; given up after `run.GIVEN_UP_DAYS`."""

BASE_URL: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~%-]+)*")


def _base_url(value: str) -> str:
    if not BASE_URL.fullmatch(value) or "/../" in f"{value}/" or "/./" in f"{value}/":
        msg = "a base URL is http(s)://HOST[:PORT][/PATH] without a final '/', query or credentials"
        raise ValueError(msg)
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""Where the public reads a node: `https://map.example.cn/langfang`, without a final `/`."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that an offer names."""

    key: str
    """Relative to the node's root."""
    sha256: Sha256
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a node below is doing, as the nodes above it are told."""

    code: NodeCode
    parent: NodeCode
    state: State
    collections: int
    """Of the node itself, without those below it."""
    taken: Instant | None = None
    """When its parent took what it holds of it."""
    stale_since: Instant | None = None
    reason: Annotated[str, Field(max_length=300)] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a node hands up: the header of `federation/offer.txt`, signed by the node."""

    layout: Literal[1]
    node: NodeCode
    url: BaseUrl
    made: Instant
    """Of the newest thing in it. A parent takes no offer that is older than the one it has."""
    card: File
    """`node.json`."""
    collections: File
    items: File | None
    collection_count: int
    """Of the node itself."""
    below: Annotated[tuple[Health, ...], Field(max_length=4000)] = ()
    trail: Anchor | None = None
    """How the node's audit trail ended, at most a day ago."""
    withdrawn: Instant | None = None
    """When something was withdrawn last, here or below: what was made of offers before that is kept nowhere."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A child as its parent's operator wrote it down: who it is, where it is read, which keys it signs with."""

    code: NodeCode
    place: str
    """`https://…`, `http://…`, `s3://BUCKET/PREFIX` or `file:DIRECTORY`: where the parent reads."""
    url: BaseUrl
    """Where the public reads: every address in its records starts with it."""
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a harvest found at a child, in collections."""

    added: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """The tombstone of a record: it was here, and is no longer listed by its node."""

    id: str
    since: Instant


@dataclass(frozen=True, slots=True)
class Child:
    """What a parent holds of one child."""

    code: NodeCode
    state: State
    url: BaseUrl
    snapshot: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None
    etag: str = ""
    """Of the child's offer where it was read: sent with the next request."""
    made: Instant | None = None
    taken: Instant | None = None
    stale_since: Instant | None = None
    reason: str | None = None
    collections: int = 0
    """Of the child itself."""
    last: Counts = Counts()
    """What the last harvest that changed anything found."""
    below: tuple[Health, ...] = ()
    gone: tuple[Gone, ...] = ()
    """Newest first, the last 1,000."""
    withdrawn: Instant | None = None
    """As its offer said."""
    purged: Instant | None = None
    """When an offer was taken that told of a newer withdrawal, by this node's clock."""

    def health(self, parent: str) -> tuple[Health, ...]:
        """Return how the child and those below it are doing."""
        own = Health(self.code, parent, self.state, self.collections, self.taken, self.stale_since, self.reason)
        return (own, *(self.below if self.state != "removed" else ()))


@dataclass(frozen=True, slots=True)
class Harvest:
    """`federation/harvest.json`: THE POINTER of what a node took from its children."""

    layout: Literal[1] = 1
    changed: Instant | None = None
    """When it last led to other records."""
    children: tuple[Child, ...] = ()
    """By code."""

    def find(self, code: str) -> Child | None:
        """Return what is held of a child, or None."""
        return next((each for each in self.children if each.code == code), None)

    def having(self, child: Child) -> Harvest:
        """Return the same with this child in the place of what was held of it."""
        others = [each for each in self.children if each.code != child.code]
        return replace(self, children=tuple(sorted((*others, child), key=lambda each: each.code)))

    @property
    def held(self) -> tuple[Child, ...]:
        """The children of which there is a snapshot."""
        return tuple(each for each in self.children if each.snapshot is not None)


def read_harvest(store: Store) -> tuple[Harvest, ObjectInfo | None]:
    """Return what a node took from its children, and the object it stands in; nothing and None before the first.

    Raises:
        LakeError: It is damaged.
    """
    try:
        info, body = store.get(keys.HARVEST)
    except NotFoundError:
        return Harvest(), None
    found = parse_record(Harvest, body, file=keys.HARVEST)
    codes = [each.code for each in found.children]
    if len(codes) != len(set(codes)):
        raise fault(keys.HARVEST, "children", "the same child twice; restore the file from a backup")
    return found, info


def dump_harvest(harvest: Harvest) -> bytes:
    """Return the document of a harvest."""
    return dump_record(harvest)
