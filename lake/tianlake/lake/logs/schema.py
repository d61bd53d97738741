"""The columns of the log's files, as Arrow has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from tianlake.lake.logs.rows import Row

SCHEMA: Final = pa.schema(
    [
        ("time", pa.timestamp("ms", tz="UTC")),
        ("node", pa.string()),
        ("product", pa.string()),
        ("release", pa.string()),
        ("kind", pa.string()),
        ("method", pa.string()),
        ("status", pa.int16()),
        ("code", pa.string()),
        ("bytes", pa.int64()),
        ("ms", pa.float32()),
        ("cache", pa.string()),
        ("account", pa.string()),
        ("key", pa.string()),
        ("client", pa.string()),
        ("source", pa.string()),
    ]
)
"""The columns of every file, in this order: times in UTC to the millisecond, `bytes` and `ms` as in `Row`."""


def batch_of(rows: Sequence[Row]) -> pa.RecordBatch:
    """Return rows as Arrow has them."""
    columns: list[tuple[object, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    columns[0] = tuple(int(row.time * 1000) for row in rows)
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
