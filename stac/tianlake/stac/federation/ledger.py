"""What is known of the copies of one child's records: which were written, from what, and who is at work on them.

A writer enters itself before it writes a copy, and takes itself off when all are written and no other writer entered
meanwhile. Copies that nobody is at work on are as the ledger says, and need not be looked at. A writer that died stays
entered: whoever comes next compares every copy with what is in the store.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import parse_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, Matches, Store
from tianlake.lake.words import Instant, Sha256

_log = logging.getLogger(__name__)

DEAD_S: Final = 3600
"""From when on a writer that did not take itself off counts as one that died, and wrote nothing since, seconds."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """`federation/copies/<child>.json`."""

    layout: Literal[1] = 1
    source: Sha256 | None = None
    """Of all that the copies follow from."""
    writers: dict[str, Instant] = field(default_factory=dict)
    """Who is at work on them → since when."""
    publisher: str | None = None
    """Who hosts the child's own records, as one of them says."""
    documents: dict[str, Sha256] = field(default_factory=dict)
    """Key, relative to `federation/` → SHA-256 of what was written there."""

    def is_settled(self, source: str) -> bool:
        """Say whether the copies are those of `source`, and nobody is at work on them."""
        return self.source == source and not self.writers


@dataclass(frozen=True, slots=True)
class Entry:
    """A ledger as it was found in a store."""

    child: str
    ledger: Ledger
    etag: str | None
    """None where there is none yet."""


def find(store: Store, child: str) -> Entry:
    """Return what is known of the copies of a child; nothing where the ledger is missing or damaged."""
    key = keys.copies(child)
    try:
        info, body = store.get(key)
    except NotFoundError:
        return Entry(child, Ledger(), None)
    try:
        return Entry(child, parse_record(Ledger, body, file=key), info.etag)
    except LakeError as error:
        _log.warning("%s: all copies are compared", error)
        return Entry(child, Ledger(writers={"damaged": "1970-01-01T00:00:00Z"}), info.etag)


def enter(store: Store, found: Entry, writer: str, now: float) -> Entry:
    """Enter a writer; raises `ConflictError` where the ledger was changed meanwhile."""
    ledger = replace(found.ledger, writers={**found.ledger.writers, writer: _instant(now)})
    return _put(store, found, ledger)


def leave(store: Store, entered: Entry, writer: str, done: Ledger, now: float) -> None:
    """Take a writer off a ledger, once all copies are as `done` says.

    Raises:
        ConflictError: Another writer entered meanwhile, and may have written over some: do it again.
    """
    others = {
        name: since
        for name, since in entered.ledger.writers.items()
        if name != writer and since > _instant(now - DEAD_S)
    }
    _put(store, entered, replace(done, writers=others))


def close(store: Store, entered: Entry) -> None:
    """Remove a ledger whose copies are gone; raises `ConflictError` where another writer entered meanwhile."""
    if entered.etag is not None:
        store.delete(keys.copies(entered.child), condition=Matches(entered.etag))


def _put(store: Store, found: Entry, ledger: Ledger) -> Entry:
    key = keys.copies(found.child)
    condition = ABSENT if found.etag is None else Matches(found.etag)
    info = store.put(key, _dump(ledger), media_type=JSON, condition=condition)
    return Entry(found.child, ledger, info.etag)


def _dump(ledger: Ledger) -> bytes:
    found = {
        "layout": ledger.layout,
        "source": ledger.source,
        "writers": ledger.writers,
        "publisher": ledger.publisher,
        "documents": ledger.documents,
    }
    return json.dumps(found, indent=0, sort_keys=True).encode() + b"\n"


def _instant(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


__all__ = ["ConflictError", "Entry", "Ledger", "close", "enter", "find", "leave"]
