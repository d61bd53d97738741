"""Anchors: what others keep of a trail's end, so that its own keeper cannot rewrite it unseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.errors import NotFoundError
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store
from tianlake.lake.trail.entries import read_entry
from tianlake.lake.trail.trail import Trail
from tianlake.lake.words import Instant, PublicKey, Sha256

MOST: Final = 400
"""Anchors that are listed: of a year of days, and some."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """How a trail ended at a time."""

    seq: Annotated[int, Field(ge=1)]
    """Number of the entry."""
    sha256: Sha256
    """Of its bytes."""
    at: Instant
    """As the entry has it."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """`audit.json`: the public document of a node's anchors. Members may be added."""

    layout: Literal[1]
    node: NodeCode
    key: PublicKey
    """With which the newest entry is signed."""
    anchors: Annotated[tuple[Anchor, ...], Field(max_length=MOST)] = ()
    """Oldest first, one a day at most."""


def read_anchors(body: bytes, *, file: str) -> Anchors:
    """Return what a document of anchors says; raises `LakeError` where it is none."""
    return parse_record(Anchors, body, file=file)


def stored_anchors(store: Store) -> Anchors | None:
    """Return the anchors that a node publishes, or None where it has none yet."""
    try:
        return read_anchors(store.get(keys.AUDIT_ANCHORS)[1], file=keys.AUDIT_ANCHORS)
    except NotFoundError:
        return None


def with_anchor(known: Iterable[Anchor], new: Anchor) -> tuple[Anchor, ...]:
    """Return anchors with another one, where its day (UTC) has none yet; the oldest go when there are too many."""
    before = tuple(known)
    if before and (new.at[:10] <= before[-1].at[:10] or new.seq <= before[-1].seq):
        return before
    return (*before, new)[-MOST:]


def anchor_documents(store: Store, code: str) -> dict[str, Document]:
    """Return `audit.json` of a node by its key, with the end of its trail where the day has no anchor yet.

    Nothing where there is no trail, or nobody can say with which key its end is signed.
    """
    trail = Trail(store, code, None)
    end = trail.end()
    known = stored_anchors(store)
    key = trail.key(end, known.key if known else None) if end else None
    if end is None or key is None:
        return {}
    new = Anchor(end.seq, end.digest, read_entry(end).at)
    found = Anchors(1, code, key, with_anchor(known.anchors if known else (), new))
    return {keys.AUDIT_ANCHORS: Document(dump_record(found), JSON)}
