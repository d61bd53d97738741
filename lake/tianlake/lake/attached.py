"""`lake.duckdb`: the views and macros of `lake.sql` as a database to attach, by its address, with one line.

    ATTACH 'https://host/path/lake.duckdb' AS lake; USE lake;

It holds definitions only; the rows stay in the Parquet files. What it reads has absolute addresses where the node has a
public one, since a database does not know where it was attached from (decision 25).
"""

# ruff: noqa: S608 - names cannot be bound; all that is foreign is quoted

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow.parquet as pq

from tianlake.lake import keys
from tianlake.lake.describe import History
from tianlake.lake.duck import connect, identifier
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Column
from tianlake.lake.sql import lake_base, lake_variable
from tianlake.lake.views import Statement, literal, statements

logger = logging.getLogger(__name__)

FORMAT: Final = "v1.5.0"
"""Storage version: the first one that knows geometry with a CRS; DuckDB 1.5 and newer read it."""

BLOCK: Final = 16_384
"""Bytes, the least that DuckDB takes: a node's definitions take some tens of kilobytes instead of some hundreds."""

BARE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "home_directory": "",
    "threads": 1,
}

ABOUT: Final = "lake_definitions"
"""A view of one row that tells what the file was made from."""


@dataclass(frozen=True, slots=True)
class _Definitions:
    statements: tuple[Statement, ...]
    sha256: str
    """Over all of them, and over the columns that views are known to have."""


def lake_file(node: NodeCard, current: Sequence[History], index: bytes | None, published: bytes | None) -> bytes:
    """Return the bytes of `lake.duckdb`: those that are published where they define the same.

    DuckDB gives every file a random identifier, so that equal definitions are told by a digest that the file holds.

    Args:
        node: Whose lake it is.
        current: Histories of the products whose pointer is set.
        index: `index/items.parquet`, which views of scenes read, where there is one.
        published: The bytes of the file that is in the lake.

    Raises:
        LakeError: DuckDB does not take a definition, or its extensions are missing.
    """
    wanted = _definitions(node, current, index)
    with TemporaryDirectory(prefix="tianlake-") as name:
        folder = Path(name)
        if published is not None and _digest(published, folder) == wanted.sha256:
            return published
        try:
            return _made(wanted, index, folder)
        except duckdb.Error as error:
            raise LakeError(f"{keys.LAKE_DUCKDB}: {' '.join(str(error).split())}") from None


def _definitions(node: NodeCard, current: Sequence[History], index: bytes | None) -> _Definitions:
    """Return what the file is to hold: nothing that reads a file whose columns are not known."""
    root = f"coalesce(getvariable('{lake_variable(node.code)}'), {literal(lake_base(node))})"
    every = statements(node.code, current, root)
    found = [each for each in every if each.columns is not None or (each.href == keys.ITEMS and index is not None)]
    told = [f"{each.sql}\n{[(column.name, column.type) for column in each.columns or ()]}" for each in found]
    scenes = "" if index is None else str(pq.read_schema(io.BytesIO(index)).remove_metadata())
    return _Definitions(tuple(found), hashlib.sha256("\n".join([FORMAT, scenes, *told]).encode()).hexdigest())


def _digest(published: bytes, folder: Path) -> str | None:
    """Return what a published file says of itself; None where it is none of ours, or of a newer DuckDB.

    Without extensions: they take longer to load than all the rest, and most often nothing has changed.
    """
    file = folder / "published.duckdb"
    file.write_bytes(published)
    with duckdb.connect(":memory:", config=BARE) as connection:
        try:
            connection.execute(f"ATTACH {literal(str(file))} AS published (READ_ONLY)")
            [(digest,)] = connection.sql(f"SELECT sha256 FROM published.{ABOUT}").fetchall()
        except (duckdb.Error, ValueError):
            return None
    return str(digest)


def _made(wanted: _Definitions, index: bytes | None, folder: Path) -> bytes:
    file = folder / keys.LAKE_DUCKDB
    with connect(threads=1) as connection:
        scenes = () if index is None else _columns(connection, index, folder)
        place = f"{literal(str(file))} AS lake (BLOCK_SIZE {BLOCK}, STORAGE_VERSION '{FORMAT}')"
        connection.execute(f"ATTACH {place}; USE lake")
        connection.execute(f"CREATE VIEW {ABOUT} AS SELECT {literal(wanted.sha256)} AS sha256")
        for each in wanted.statements:
            _define(connection, each, scenes if each.href == keys.ITEMS else each.columns or ())
        connection.execute("USE memory; DETACH lake")
    return file.read_bytes()


def _columns(connection: duckdb.DuckDBPyConnection, index: bytes, folder: Path) -> tuple[Column, ...]:
    file = folder / "items.parquet"
    file.write_bytes(index)
    rows = connection.sql(f"DESCRIBE FROM read_parquet({literal(str(file))})").fetchall()
    return tuple(Column(name, kind) for name, kind, *_ in rows)


def _define(connection: duckdb.DuckDBPyConnection, statement: Statement, columns: Sequence[Column]) -> None:
    """Make a view or macro in the current database, without reading the file that it is to read.

    Both are bound when they are made, and what they read may not be reachable from here: the columns come from the
    records of the lake, by way of a macro that stands in for `read_parquet` meanwhile.
    """
    if not statement.href:
        connection.execute(statement.sql)
        return
    row = ", ".join(f"NULL::{each.type} AS {identifier(each.name)}" for each in columns)
    try:
        connection.execute(f"CREATE TEMP MACRO read_parquet(file) AS TABLE SELECT {row}")
    except duckdb.Error as error:  # a manifest of types that this DuckDB does not know must not stop a publisher
        logger.warning("%s: left out of %s: %s", statement.href, keys.LAKE_DUCKDB, error)
        return
    connection.execute(statement.sql)
    connection.execute("DROP MACRO TABLE temp.read_parquet")
