"""The merged index of a node, made anew where something of it changed: from what is in the index, and what is new."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import PARQUET, MediaType
from tianlake.lake.store import ABSENT, Store
from tianlake.stac.federation import items, rows
from tianlake.stac.federation.local import local_copy
from tianlake.stac.federation.records import Child, File, Harvest
from tianlake.stac.federation.take import held_offer, held_rows

FORM: Final = 1
"""Raised where `rows` or `items` write another file from the same records: then indexes are made anew."""


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the merged index, and what it was made from."""

    parts: dict[str, str]
    """Code of the node itself or of a child → digest of what it gave; nodes that gave nothing are not in it."""
    file: File | None
    """None where there is nothing to index."""


_NONE: Final = Made({}, None)


@dataclass(frozen=True, slots=True)
class Merged:
    """`federation/index.json`: which files the merged index is."""

    layout: Literal[1] = 1
    form: int = FORM
    collections: Made = _NONE
    items: Made = _NONE
    snapshots: dict[str, str] = field(default_factory=dict)
    """Code of a child → the snapshot that `parts` were read from."""

    def files(self) -> dict[str, File]:
        """Return the files by name."""
        named = {rows.NAME: self.collections.file, items.NAME: self.items.file}
        return {name: file for name, file in named.items() if file is not None}


@dataclass(frozen=True, slots=True)
class Own:
    """What the node itself gives to its index."""

    code: str
    rows: Sequence[rows.Row]
    items: str | None
    """What its index of Items follows from, which is made only where it is needed; None where it has none."""
    make_items: Callable[[], bytes]
    """Makes that index: stac-geoparquet, with absolute addresses."""


def read_merged(store: Store) -> Merged:
    """Return which files the merged index is; none where that is not known."""
    with suppress(NotFoundError, LakeError):
        found = parse_record(Merged, store.get(keys.MERGED)[1], file=keys.MERGED)
        if found.form == FORM:
            return found
    return Merged()


def dump_merged(merged: Merged) -> bytes:
    """Return the document."""
    return dump_record(merged)


def merge(store: Store, own: Own, harvest: Harvest) -> Merged:
    """Return the merged index of a node, whose files are in the store then.

    What children gave is read where it is not in the index of before; a file is made again where a part of it changed.

    Raises:
        NotFoundError: A snapshot was replaced meanwhile.
    """
    before = read_merged(store)
    snapshots = {each.code: str(each.snapshot) for each in harvest.held}
    collections = _collections(store, before, own, harvest.held)
    return Merged(
        collections=collections,
        items=_items(store, before, own, harvest.held),
        snapshots=snapshots,
    )


def _collections(store: Store, before: Merged, own: Own, held: Sequence[Child]) -> Made:
    mine = hashlib.sha256("\n".join(row.digest for row in own.rows).encode()).hexdigest()
    parts = {own.code: mine} | {each.code: str(each.snapshot) for each in held}
    known = before.collections
    if known.parts == parts and known.file is not None and is_there(store, known.file):
        return known
    kept = {code for code, digest in parts.items() if known.parts.get(code) == digest and known.file is not None}
    table = None
    if kept and known.file is not None:
        try:
            table = rows.kept_rows(store.get(known.file.key)[1], own.code, kept)
        except NotFoundError:
            kept = set()
    fresh = [] if own.code in kept else list(own.rows)
    for child in held:
        if child.code not in kept:
            fresh += held_rows(store, child)
    body = rows.write_rows(fresh, table)
    file = File(keys.index_file(digest := hashlib.sha256(body).hexdigest(), rows.NAME), digest, len(body))
    put_index(store, file, body)
    return Made(parts, file)


def _items(store: Store, before: Merged, own: Own, held: Sequence[Child]) -> Made:
    parts = {each.code: digest for each in held if (digest := _items_of(store, before, each))}
    if own.items is not None:
        parts[own.code] = own.items
    known = before.items
    if known.parts == parts and (known.file is None or is_there(store, known.file)):
        return known
    with tempfile.TemporaryDirectory() as name:
        folder, files = Path(name), []
        if own.items is not None:
            files.append(folder / "own.parquet")
            files[0].write_bytes(own.make_items())
        for child in (each for each in held if each.code in parts):
            key = f"{keys.taken_prefix(child.code, child.snapshot)}{items.NAME}"
            files.append(local_copy(store, key, folder / f"{child.code}.parquet"))
        target = folder / items.NAME
        if not items.merge_items(files, target):
            return _NONE
        with target.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        file = File(keys.index_file(digest, items.NAME), digest, target.stat().st_size)
        put_index(store, file, target)
    return Made(parts, file)


def _items_of(store: Store, before: Merged, child: Child) -> str | None:
    """Return the digest of a child's index of Items, None where it has none; read where the snapshot is a new one."""
    if before.snapshots.get(child.code) == child.snapshot:
        return before.items.parts.get(child.code)
    offer = held_offer(store, child)
    return offer.items.sha256 if offer.items else None


def is_there(store: Store, file: File) -> bool:
    """Say whether a file of an index is in the store."""
    try:
        return store.head(file.key).size == file.size
    except NotFoundError:
        return False


def put_index(store: Store, file: File, body: bytes | Path, media_type: MediaType = PARQUET) -> None:
    """Put a file of an index, which is immutable: its name is made of its bytes."""
    with suppress(ConflictError):  # there already
        store.put(file.key, body, media_type=media_type, condition=ABSENT)
