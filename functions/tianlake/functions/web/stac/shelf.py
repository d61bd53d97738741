"""Whole Items in an Arrow file that is mapped into memory: any row of it is there at once, and nothing else is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, Final

import duckdb

BATCH: Final = 10_000
"""Rows of a record batch."""


class Shelf:
    """Items by row. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        """Map a file; raises `OSError` where there is none."""
        import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that a service may never need to pay

        self._reader = pa.ipc.open_file(pa.memory_map(str(file)))
        lengths = (self._reader.get_batch(each).num_rows for each in range(self._reader.num_record_batches))
        self._ends = list(accumulate(lengths))
        self._lock = Lock()

    def rows(self, wanted: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Yield rows as Python values, in the order that is wanted."""
        for row in wanted:
            place = bisect_right(self._ends, row)
            begins = self._ends[place - 1] if place else 0
            with self._lock:
                batch = self._reader.get_batch(place)
            yield batch.slice(row - begins, 1).to_pylist()[0]


def write_shelf(connection: duckdb.DuckDBPyConnection, select: str, file: Path) -> None:
    """Write the answer to a SELECT, uncompressed, as it comes."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    reader = connection.execute(select).to_arrow_reader(BATCH)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
