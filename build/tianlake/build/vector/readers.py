"""Opens sources of vector products as something DuckDB selects from, without loading them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from tianlake.build.vector.read_gdal import open_gdal
from tianlake.build.vector.read_postgis import open_postgis
from tianlake.build.vector.read_tables import open_csv, open_parquet
from tianlake.build.vector.reading import Opened, Reading


@contextmanager
def open_source(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Iterator[Opened]:
    """Open a source by the form of its file; what is yielded is good until the block ends.

    Raises:
        LakeError: The file is missing or unreadable, its text is not in the encoding declared, it lacks a
            layer or column that the recipe names, or it has no geometry.
    """
    source = reading.source
    if source.query is not None and not source.database:
        raise reading.misdeclared("query", "belongs to a database, whose path begins with postgresql://")
    if source.database:
        with open_postgis(connection, reading) as opened:
            yield opened
        return
    if not reading.file.exists():
        raise reading.misdeclared("path", f"{source.path} does not exist; put the file there")
    if source.encoding is not None:
        try:
            codecs.lookup(source.encoding)
        except LookupError:
            rule = f"{source.encoding!r} is not a text encoding; UTF-8 and GB18030 are"
            raise reading.misdeclared("encoding", rule) from None
    match reading.file.suffix.lower():
        case ".csv" | ".tsv":
            yield open_csv(connection, reading)
        case ".parquet" | ".geoparquet":
            yield open_parquet(connection, reading)
        case _:
            with open_gdal(connection, reading) as opened:
                yield opened
