"""Answers of `/sql` as bytes, within their limits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tianlake.functions.web.sql.jobs import Form
from tianlake.functions.web.sql.limits import Limits
from tianlake.lake.answers import BATCH, answer_text, save_answer

AROUND: Final = {"csv": 1, "json": 2, "geojson": 2}
"""Pieces of a text beside its rows: the header, or what opens and closes it."""


class TooLargeError(Exception):
    """An answer has more rows or bytes than it may."""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer."""

    body: bytes
    rows: int


def write(
    relation: duckdb.DuckDBPyRelation, form: Form, limits: Limits, scratch: Path, beside: duckdb.DuckDBPyConnection
) -> Written:
    """Return a whole answer.

    Args:
        relation: What is answered.
        form: How.
        limits: How much.
        scratch: An empty folder that the database may write to.
        beside: An idle connection of the same database, to look through the answer with.

    Raises:
        TooLargeError: It is more than it may be.
        LakeError: The statement failed, or its answer does not fit the form.
        duckdb.Error: The statement failed.
    """
    one_more = relation.limit(limits.rows + 1)
    match form:
        case "arrow":
            written = _arrow(one_more, limits)
        case "parquet":
            written = _parquet(one_more, scratch / "answer.parquet", beside)
        case _:
            pieces = list(_bounded(answer_text(one_more, form), limits.size))
            written = Written(b"".join(pieces), len(pieces) - AROUND[form])
    if written.rows > limits.rows or len(written.body) > limits.size:
        raise TooLargeError
    return written


def _bounded(pieces: Iterator[str], size: int) -> Iterator[bytes]:
    for piece in pieces:
        encoded = piece.encode()
        size -= len(encoded)
        if size < 0:
            raise TooLargeError
        yield encoded


def _arrow(relation: duckdb.DuckDBPyRelation, limits: Limits) -> Written:
    """Return an Arrow IPC stream; geometry is `geoarrow.wkb` with its CRS as PROJJSON (GeoArrow, "Extension names")."""
    # As a whole: what fails while a reader reads is told by Arrow, which does not say what failed.
    table, sink = relation.to_arrow_table(BATCH), io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        for batch in table.to_batches(BATCH):
            stream.write_batch(batch)
            if sink.tell() > limits.size:
                raise TooLargeError
    return Written(sink.getvalue(), table.num_rows)


def _parquet(relation: duckdb.DuckDBPyRelation, file: Path, beside: duckdb.DuckDBPyConnection) -> Written:
    try:
        save_answer(relation, "parquet", file, beside)
        return Written(file.read_bytes(), pq.read_metadata(file).num_rows)
    finally:
        file.unlink(missing_ok=True)
