"""Takes one foreign tree: walked, mapped, compared with what is held, and laid down as an immutable snapshot."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import dump_record
from tianlake.lake.releases import JSON, PARQUET
from tianlake.lake.store import ABSENT, Store
from tianlake.stac.federation.compare import Changes, compare, stones
from tianlake.stac.foreign.indexes import (
    ITEMS,
    RECORDS,
    documents_parquet,
    read_documents,
    read_items,
    read_records,
    records_parquet,
)
from tianlake.stac.foreign.mapping import Record, item_of, records
from tianlake.stac.foreign.records import Fetch, Foreign, Held, Limits, Summary
from tianlake.stac.foreign.walk import Kept, Walked, walk
from tianlake.stac.geoparquet import items_parquet
from tianlake.stac.profile import Json

_log = logging.getLogger(__name__)

SUMMARY: Final = "source.json"
DOCUMENTS: Final = "documents.parquet"


@dataclass(frozen=True, slots=True)
class Taking:
    """What is needed to take a foreign tree."""

    store: Store
    node: str
    """Code of the node that lists it."""
    fetch: Fetch
    limits: Limits
    now: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class TakenTree:
    """A tree that was read whole."""

    held: Held
    changes: Changes
    left_out: tuple[str, ...]
    """Why collections are not listed, a line each."""


def take(foreign: Foreign, held: Held | None, at: Taking) -> TakenTree:
    """Return what became of a foreign tree; the same snapshot where nothing changed.

    Raises:
        StoreError: It is not to be had, or not whole.
        LakeError: It is refused, and why.
    """
    before = held_records(at.store, held)
    walked = walk(foreign, at.fetch, _known(at.store, held), at.limits)
    found, left_out = records(foreign, at.node, walked.collections)
    if not found:
        why = f": {left_out[0]}" if left_out else ""
        raise LakeError(f"the tree has no collection that could be listed{why}")
    items = _items(walked, found, at.limits)
    files = {RECORDS: records_parquet(at.node, ((foreign.name, each) for each in found))}
    if items:
        files[ITEMS] = items_parquet(items)
    summary = _summary(foreign, found, items)
    snapshot = hashlib.sha256(summary).hexdigest()[:16]
    changes = compare({each.id: each.digest for each in before}, {each.id: each.digest for each in found})
    if not at.dry_run:
        files[DOCUMENTS] = documents_parquet(walked.documents)
        _lay_down(at.store, keys.foreign_taken(foreign.name, snapshot), files | {SUMMARY: summary})
    same = held is not None and held.snapshot == snapshot
    gone = stones(changes.deleted, {each.id for each in found}, held.gone if held else (), at.now)
    last = held.last if same and held else changes.counts
    taken = held.taken if same and held else at.now
    now_held = Held(
        foreign.name,
        foreign.place,
        "fresh",
        snapshot,
        taken,
        collections=len(found),
        items=len(items),
        left_out=len(left_out),
        last=last,
        gone=gone,
    )
    return TakenTree(now_held, changes, tuple(left_out))


def held_records(store: Store, held: Held | None) -> list[Record]:
    """Return the records that are held of a tree; none where there is no snapshot, or it was lost."""
    if held is None or held.snapshot is None:
        return []
    with suppress(NotFoundError):
        return read_records(store.get(f"{keys.foreign_taken(held.name, held.snapshot)}{RECORDS}")[1])
    return []


def _known(store: Store, held: Held | None) -> dict[str, Kept]:
    if held is None or held.snapshot is None:
        return {}
    with suppress(NotFoundError):
        return read_documents(store.get(f"{keys.foreign_taken(held.name, held.snapshot)}{DOCUMENTS}")[1])
    return {}


def _items(walked: Walked, found: Sequence[Record], limits: Limits) -> list[Json]:
    """Return the Items of the records that are listed, by id, each once."""
    of = {each.url: each for each in found}
    made: dict[str, Json] = {}
    for collection, url, item in walked.items:
        if (record := of.get(collection)) is not None and (each := item_of(record, url, item)) is not None:
            made[each["id"]] = each
    for collection, url in walked.indexes:
        if (record := of.get(collection)) is None:
            continue
        for item in read_items(walked.documents[url].body, limits.items, name=url[-100:]):
            if (each := item_of(record, url, item)) is not None:
                made[each["id"]] = each
    if len(made) > limits.items:
        raise LakeError(f"the tree has more than the {limits.items} Items that are read of one")
    return [made[each] for each in sorted(made)]


def _summary(foreign: Foreign, found: Sequence[Record], items: Sequence[Json]) -> bytes:
    """Return what tells one state of a tree from another: records and Items, not the bytes that they came in."""
    listed = hashlib.sha256("\n".join(each.digest for each in found).encode()).hexdigest()
    of_items = hashlib.sha256(repr(items).encode()).hexdigest() if items else None
    return dump_record(Summary(foreign.place, foreign.ids, foreign.area, listed, of_items))


def _lay_down(store: Store, prefix: str, files: dict[str, bytes]) -> None:
    """Put what is missing of a snapshot, the summary last."""
    for name, body in files.items():
        media_type = PARQUET if name.endswith(".parquet") else JSON
        with suppress(ConflictError):  # there already: its name is made of what it holds
            store.put(f"{prefix}{name}", body, media_type=media_type, condition=ABSENT)
