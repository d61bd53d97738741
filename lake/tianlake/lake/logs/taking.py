"""Rows from the files of a content network: each file is taken in once, however often it is offered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pyarrow as pa

from tianlake.lake.logs.masks import Masks
from tianlake.lake.logs.parts import EDGE, new_name, put_rows, read_days
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.store import Store


def take_in(store: Store, masks: Masks, files: Mapping[str, Sequence[Row]], since: date = date.min) -> int:
    """Put the rows of files into the log of one node, less what was put before; return how many were put.

    A part tells which files its rows are from, so that there is no moment in which a file counts as taken and its rows
    are not there, or the other way round.

    Args:
        store: The node's.
        masks: Of this node.
        files: SHA-256 of a file's bytes → its rows about this node, as they came.
        since: First day of UTC that is kept; rows of days before are passed over.

    Raises:
        LakeError: A file of the log is none.
        StoreError: The store does not answer; the same call again goes on.
    """
    by_day: dict[date, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for digest, rows in files.items():
        for row in rows:
            by_day[datetime.fromtimestamp(row.time, UTC).date()][digest].append(row)
    put = 0
    for day, of_day in sorted((day, each) for day, each in by_day.items() if day >= since):
        known = read_days(store, day, day).sources.get(day, frozenset())
        fresh = {digest: rows for digest, rows in of_day.items() if digest not in known}
        if not fresh:
            continue
        taken = [masks.row(row) for rows in fresh.values() for row in rows]
        put_rows(store, pa.Table.from_batches([batch_of(taken)]), new_name(EDGE), tuple(fresh))
        put += len(taken)
    return put
