"""Reads what a node speaks of: its merged index by digest, or its own pointers and Items where it has none."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tianlake.functions.web.questions import Question
from tianlake.functions.web.stac.records import Record
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError, fault

COLLECTIONS: Final = "collections.parquet"
ITEMS: Final = "items.parquet"
DIGITS: Final = 16
"""Of the SHA-256 of an index, which names it."""
DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGITS}}}")

_INDEX: Final = re.compile(rf"\./{keys.INDEX}({DIGEST.pattern})/({COLLECTIONS}|{ITEMS})")
_ROWS: Final = "SELECT id, node, base, document FROM read_parquet(?) ORDER BY id"


@dataclass(frozen=True, slots=True)
class Named:
    """A file of Items."""

    digest: str
    """Beginning of its SHA-256."""
    key: str
    file: str
    """Where DuckDB reads it; it never changes."""
    etag: str = field(default="", repr=False, compare=False)
    """Of the object that is replaced in place, which this is a copy of."""


@dataclass(frozen=True)
class State:
    """What a node speaks of at one moment."""

    records: Mapping[str, Record] = field(repr=False)
    """Collections by id, in order."""
    digest: str
    """Of the records: another one, and they are others."""
    items: Named | None
    """None where there are no Items."""
    etag: str = field(repr=False)
    """Of the node's catalog."""
    merged: bool
    """Whether it is the merged index, which is replaced as a whole."""


def read_state(question: Question, before: State | None, folder: Path) -> State:
    """Return what the node that is asked speaks of; parts of `before` where they are still so.

    Args:
        question: Names the node.
        before: What it spoke of.
        folder: For a copy of Items that are replaced in place.

    Raises:
        NotFoundError: The node has published nothing.
        StoreError: Its store does not answer.
    """
    node = question.releases.node(question.code)
    if before is not None and before.merged and node.store.head(keys.CATALOG).etag == before.etag:
        return before
    info, body = node.store.get(keys.CATALOG)
    hrefs = _hrefs(body)
    matches = [match for each in hrefs if (match := _INDEX.fullmatch(each))]
    found = {match[2]: match[1] for match in matches}
    if COLLECTIONS in found:
        records = _merged(question, before, found[COLLECTIONS])
        digest = found.get(ITEMS)
        key = keys.index_file(digest, ITEMS) if digest else ""
        items = Named(digest, key, node.root + key) if digest else None
        return State(records, found[COLLECTIONS], items, info.etag, merged=True)
    records = _own(question, before)
    told = "\n".join(f"{each.id} {each.etag}" for each in records.values())
    items = _own_items(question, before, folder) if f"./{keys.ITEMS}" in hrefs else None
    return State(records, _digest(told.encode()), items, info.etag, merged=False)


def _hrefs(catalog: bytes) -> list[str]:
    try:
        return [str(each["href"]) for each in json.loads(catalog)["links"] if each["rel"] == "related"]
    except (ValueError, KeyError, TypeError):
        raise fault(keys.CATALOG, "links", "a node's catalog links to its index") from None


def _merged(question: Question, before: State | None, digest: str) -> Mapping[str, Record]:
    if before is not None and before.digest == digest:
        return before.records
    file = question.releases.node(question.code).root + keys.index_file(digest, COLLECTIONS)
    rows = question.inquiry.ask(_ROWS, [file]).rows
    return {row[0]: Record(row[0], row[1], row[2], keys.pointer(row[0].partition("-")[2]), row[3]) for row in rows}


def _own(question: Question, before: State | None) -> Mapping[str, Record]:
    node = question.releases.node(question.code)
    known = {each.key: each for each in before.records.values()} if before is not None else {}
    found = []
    for release in question.releases.of(question.code):
        if release.card.access == "internal":
            continue
        key = keys.pointer(release.product)
        record = known.get(key)
        if record is None or record.etag != release.etag:
            try:
                info, body = node.store.get(key)
            except NotFoundError:  # withdrawn since it was looked at
                continue
            record = Record(str(json.loads(body)["id"]), question.code, "", key, body.decode(), info.etag)
        found.append(record)
    return {each.id: each for each in sorted(found, key=lambda each: each.id)}


def _own_items(question: Question, before: State | None, folder: Path) -> Named | None:
    """Return the node's own Items, copied: their object is replaced in place, and DuckDB remembers its footer."""
    store = question.releases.node(question.code).store
    try:
        info = store.head(keys.ITEMS)
        if before is not None and before.items is not None and before.items.etag == info.etag:
            return before.items
        info, body = store.get(keys.ITEMS)
    except NotFoundError:
        return None
    digest = _digest(body)
    file = own_file(folder, digest)
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f".{os.getpid()}-{file.name}")
        made.write_bytes(body)
        made.rename(file)
    return Named(digest, keys.ITEMS, str(file), info.etag)


def own_file(folder: Path, digest: str) -> Path:
    """Return where the copy of a node's own Items lies."""
    return folder / f"{digest}.parquet"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:DIGITS]
