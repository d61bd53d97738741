"""Files of the access log: `private/logs/date=YYYY-MM-DD/<part>.parquet`, days of UTC, one folder a day.

A server puts parts; `tidy` puts one file in the place of all parts of a day. That file names the parts it holds, so
that a reader who finds both counts nothing twice, and a part whose sender tried again after it was merged is passed
over.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.logs.schema import SCHEMA
from tianlake.lake.releases import PARQUET
from tianlake.lake.store import ABSENT, Span, Store

MERGED: Final = "tianlake:merged"
"""Metadata of a file: names of the parts that it holds, a JSON list."""
SOURCES: Final = "tianlake:sources"
"""Likewise: SHA-256 of the files of a content network that its rows are from."""

WHOLE: Final = "day-"
"""Beginning of the names of merged files; a number follows, so that of two who merge a day one comes too late."""
EDGE: Final = "edge-"
"""Beginning of the names of parts from a content network."""

_FOLDER: Final = re.compile(rf"{keys.LOGS}date=(\d{{4}}-\d\d-\d\d)/([^/]+\.parquet)")
_ORDER: Final = [("product", "ascending"), ("kind", "ascending"), ("time", "ascending")]
_LEVEL: Final = 6
_ROWS: Final = 100_000
"""Of a row group."""
_TAIL: Final = 1_000_000
"""Bytes at the end of a file that hold its metadata, many times over."""
_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the log."""

    day: date
    """In UTC."""
    name: str
    size: int
    """Bytes."""

    @property
    def key(self) -> str:
        """Its key in the node's store."""
        return keys.log_part(self.day, self.name)


@dataclass(frozen=True, slots=True)
class Days:
    """What is there of some days."""

    parts: tuple[Part, ...]
    """What a reader has to read, each row once."""
    spent: tuple[Part, ...]
    """What is held by one of them, and may be deleted."""
    sources: Mapping[date, frozenset[str]]
    """Files of a content network that were taken in already, by day."""
    merged: Mapping[date, frozenset[str]]
    """Names of parts that are held by others, whether or not they are still there, by day."""


def new_name(beginning: str) -> str:
    """Return a name that no other part has; names sort by time."""
    return f"{beginning}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(6)}.parquet"


def put_rows(store: Store, table: pa.Table, name: str, sources: Iterable[str] = ()) -> int:
    """Put rows of any number of days, each day's into its own folder under `name`; return how many files were put.

    A file that is there already was put by the same call before, and stays.

    Raises:
        StoreError: The store fails; the same call again goes on.
    """
    days = pc.strftime(table["time"], format="%Y-%m-%d")
    put = 0
    for day in sorted(set(days.to_pylist())):
        rows = table.filter(pc.equal(days, day))
        key = keys.log_part(date.fromisoformat(day), name)
        try:
            body = encode(rows, {SOURCES: list(sources)} if sources else {})
            store.put(key, body, media_type=PARQUET, condition=ABSENT)
        except ConflictError:
            continue
        put += 1
    return put


def encode(table: pa.Table, told: Mapping[str, list[str]]) -> bytes:
    """Return rows as a file of the log: sorted, zstd, with what its metadata tell."""
    whole = table.select(SCHEMA.names).cast(SCHEMA).sort_by(_ORDER)
    whole = whole.replace_schema_metadata({name: json.dumps(sorted(value)) for name, value in told.items()})
    out = io.BytesIO()
    pq.write_table(
        whole,
        out,
        compression="zstd",
        compression_level=_LEVEL,
        row_group_size=_ROWS,
        use_dictionary=[each.name for each in SCHEMA if pa.types.is_string(each.type)],
    )
    return out.getvalue()


def read_days(store: Store, since: date, until: date) -> Days:
    """Return what is there of the days from `since` to `until`, both included.

    Raises:
        LakeError: A file is none of the log; the message names it.
        StoreError: The store does not answer.
    """
    found = list(parts_of(store, since, until))
    merged: dict[date, set[str]] = defaultdict(set)
    sources: dict[date, set[str]] = defaultdict(set)
    for part in found:
        if not part.name.startswith((WHOLE, EDGE)):
            continue
        told = _told(store, part)
        merged[part.day] |= {*told.get(MERGED, [])}
        sources[part.day] |= {*told.get(SOURCES, [])}
    spent = tuple(each for each in found if each.name in merged[each.day])
    kept = tuple(each for each in found if each.name not in merged[each.day])
    return Days(kept, spent, _frozen(sources), _frozen(merged))


def _frozen(sets: Mapping[date, set[str]]) -> dict[date, frozenset[str]]:
    return {day: frozenset(each) for day, each in sets.items()}


def readable_parts(store: Store, since: date, until: date) -> tuple[Part, ...]:
    """Return the files to read for some days, so that each row is read once; as `read_days`."""
    return read_days(store, since, until).parts


def parts_of(store: Store, since: date = date.min, until: date = date.max) -> Iterator[Part]:
    """Yield every file of the log of some days, by day and name."""
    for info in store.list(keys.LOGS):
        if (found := _FOLDER.fullmatch(info.key)) and since <= (day := date.fromisoformat(found[1])) <= until:
            yield Part(day, found[2], info.size)


def read_part(store: Store, part: Part) -> pa.Table:
    """Return the rows of a file; raises `LakeError` where it is no Parquet, `NotFoundError` where it went."""
    try:
        return pq.read_table(io.BytesIO(store.get(part.key)[1])).select(SCHEMA.names).cast(SCHEMA)
    except (pa.ArrowInvalid, pa.ArrowTypeError, KeyError) as error:
        raise _broken(part, error) from None


def _told(store: Store, part: Part) -> dict[str, Any]:
    """Return what a file's metadata tell of the files it holds; nothing where it went away meanwhile."""
    try:
        length = min(part.size, _TAIL)
        tail = store.get(part.key, Span(part.size - length, length))[1]
        # Where a file's metadata lie is counted from its end: what stands before them may be left out.
        metadata = pq.read_schema(io.BytesIO(_MAGIC + tail)).metadata or {}
        return {name: json.loads(metadata.get(name.encode(), b"[]")) for name in (MERGED, SOURCES)}
    except NotFoundError:
        return {}
    except (pa.ArrowInvalid, ValueError) as error:
        raise _broken(part, error) from None


def _broken(part: Part, error: Exception) -> LakeError:
    why = " ".join(str(error).split())
    return LakeError(f"{part.key}: is no file of the access log ({why}); restore it from a backup or delete it")


def first_kept(now: float, kept_days: int) -> date:
    """Return the first day of UTC that is kept where rows are kept for `kept_days` days."""
    return datetime.fromtimestamp(now, UTC).date() - timedelta(days=kept_days)
