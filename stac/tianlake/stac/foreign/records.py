"""Foreign trees as an operator registers them, and what a node holds of them (docs/layout.md, section 10)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field

from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.fetch import Fetched
from tianlake.lake.records import STRICT, dump_record, parse_record
from tianlake.lake.store import ObjectInfo, Store
from tianlake.lake.words import Bounds, Instant, Sha256
from tianlake.stac.federation.records import Counts, Gone, State

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,29}[a-z0-9]")
SourceName = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]

_PLACE: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?/(?:[A-Za-z0-9._~%-]+/)*[A-Za-z0-9._~%-]+\.json")

Fetch = Callable[[str, str, int], Fetched | None]
"""URL, entity tag of the state that is known, bytes it may have → the document, or None where it is the known one.

Raises `NotFoundError`, `StoreError` and `LakeError`.
"""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign tree as the operator of a node wrote it down: where it is, and what of it is wanted."""

    name: SourceName
    """In the ids of its records, and in the addresses of their copies."""
    place: str
    """URL of its root `catalog.json`, or of the part of it that is wanted. Nothing that does not lie in its folder is
    followed: neither other hosts nor other folders."""
    ids: str = ""
    """How the ids of the collections that are wanted begin."""
    area: tuple[float, float, float, float] | None = None
    """Box that a collection must touch: west, south, east, north in degrees."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse an address that vouches for nobody, and a box that is none."""
        if not _PLACE.fullmatch(self.place) or "/../" in self.place or "/./" in self.place:
            msg = "place must be https://HOST/…/catalog.json, without query or credentials"
            raise ValueError(msg)
        parts = urlsplit(self.place)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            msg = "place must be https: the host's certificate is all that a foreign tree is known by"
            raise ValueError(msg)
        if self.area is not None:
            Bounds(*self.area)

    @property
    def below(self) -> str:
        """The folder of the tree, without a final `/`."""
        return self.place.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a foreign tree is read at the most."""

    documents: int = 5_000
    document_bytes: int = 5_000_000
    index_bytes: int = 200_000_000
    """Of an index of Items."""
    whole_bytes: int = 500_000_000
    items: int = 200_000
    depth: int = 12
    seconds: float = 300


@dataclass(frozen=True, slots=True)
class Held:
    """What a node holds of a foreign tree."""

    name: SourceName
    place: str
    state: State
    snapshot: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None
    taken: Instant | None = None
    stale_since: Instant | None = None
    reason: Annotated[str, Field(max_length=300)] | None = None
    collections: int = 0
    items: int = 0
    left_out: int = 0
    """Collections that are out of the wanted part, or damaged."""
    last: Counts = field(default_factory=Counts)
    gone: tuple[Gone, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """`federation/foreign.json`: THE POINTER of what a node took from foreign trees."""

    layout: Literal[1] = 1
    held: tuple[Held, ...] = ()
    """By name."""

    def find(self, name: str) -> Held | None:
        """Return what is held of a tree, or None."""
        return next((each for each in self.held if each.name == name), None)

    def having(self, held: Held) -> Sources:
        """Return the same with this in the place of what was held of the tree."""
        others = [each for each in self.held if each.name != held.name]
        return replace(self, held=tuple(sorted((*others, held), key=lambda each: each.name)))


@dataclass(frozen=True, slots=True)
class Summary:
    """`source.json` of a snapshot: what it was made of. Written last."""

    place: str
    ids: str
    area: tuple[float, float, float, float] | None
    collections: Sha256
    items: Sha256 | None


def read_sources(store: Store) -> tuple[Sources, ObjectInfo | None]:
    """Return what a node holds of foreign trees, and the object it stands in; nothing and None before the first.

    Raises:
        LakeError: It is damaged.
    """
    try:
        info, body = store.get(keys.FOREIGN)
    except NotFoundError:
        return Sources(), None
    return parse_record(Sources, body, file=keys.FOREIGN), info


def dump_sources(sources: Sources) -> bytes:
    """Return the document of what is held."""
    return dump_record(sources)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
