"""Answers of `/sql` as bytes, within their limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
from nanoarrow import c_array_stream
from nanoarrow.c_array_stream import CArrayStream
from nanoarrow.ipc import StreamWriter

from tianlake.functions.web.sql.jobs import Form
from tianlake.functions.web.sql.limits import Limits
from tianlake.lake.answers import answer_text, save_answer
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError

_ENUM: Final = re.compile(r"ENUM\((?:'(?:[^']|'')*'(?:, )?)*\)")
"""DuckDB's name of the type of an enumeration, within that of a list or struct too."""

_NO_MEMORY: Final = "Out of Memory Error"
"""How DuckDB begins to tell of that."""

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
    sink, rows = _Sink(limits.size), 0
    try:
        # The relation as it stands: of one that was run, DuckDB makes a stream with pyarrow alone.
        with c_array_stream(_without_enums(relation)) as stream, StreamWriter.from_writable(sink) as writer:
            schema = stream.get_schema()
            for array in stream:
                rows += array.length
                writer.write_array(array)
            if not rows:
                writer.write_stream(CArrayStream.from_c_arrays([], schema))
    except RuntimeError as error:  # nanoarrow has no name for it that is public
        if sink.left < 0:
            raise TooLargeError from None
        raise _of_stream(error) from None
    return Written(bytes(sink.body), rows)


def _of_stream(error: RuntimeError) -> Exception:
    """Return what DuckDB would have raised: what fails while a stream is read comes as a text."""
    told = " ".join(str(error).partition("): ")[2].split())
    if told.startswith(_NO_MEMORY):
        return duckdb.OutOfMemoryException(told)
    return duckdb.Error(told) if told else LakeError(f"sql: Arrow cannot hold the answer: {error}")


class _Sink:
    """Where a writer's bytes go: into memory, so many and no more."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.body = bytearray()

    def write(self, data: bytes) -> int:
        """Take them; raises `TooLargeError`, which ends the writing."""
        self.left -= len(data)
        if self.left < 0:
            raise TooLargeError
        self.body += data
        return len(data)


def _without_enums(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return it with texts for values of enumerations, which Arrow streams carry as dictionaries; few readers mind."""
    kinds = [str(kind) for kind in relation.types]
    if not any(_ENUM.search(kind) for kind in kinds):
        return relation
    named = zip(relation.columns, kinds, strict=True)
    columns = (
        f"#{number}::{_ENUM.sub('VARCHAR', kind)} AS {identifier(name)}" for number, (name, kind) in enumerate(named, 1)
    )
    return relation.project(", ".join(columns))


def _parquet(relation: duckdb.DuckDBPyRelation, file: Path, beside: duckdb.DuckDBPyConnection) -> Written:
    try:
        save_answer(relation, "parquet", file, beside)
        rows = beside.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(file)]).fetchall()[0][0]
        return Written(file.read_bytes(), rows)
    finally:
        file.unlink(missing_ok=True)
