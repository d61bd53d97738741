"""Databases as sources: how they are reached, what is selected, and whether it changed."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs, urlsplit

import duckdb

from tianlake.lake.duck import connect, identifier, literal, load_postgres
from tianlake.lake.errors import LakeError, StoreError, fault
from tianlake.lake.recipes import Source
from tianlake.lake.releases import SourceRecord

DATABASE: Final = "fingerprinted"

SECRETS: Final = {"password", "sslpassword"}
"""Parameters of an address that let somebody in (https://www.postgresql.org/docs/15/libpq-connect.html)."""

CONTENT: Final = (
    "SELECT encode(sha256(convert_to(coalesce(string_agg(mark, '' ORDER BY mark), '') || {names}, 'UTF8')), 'hex'), "
    "coalesce(sum(size), 0)::bigint "
    "FROM (SELECT md5(q::text) AS mark, octet_length(q::text) AS size FROM ({select}) q) r"
)
"""Hash over the hashes of all rows, sorted: the database computes it, and no order of rows changes it. PostgreSQL holds
32 bytes a row for it, 1 GB at most, so 33 million rows."""


def select_of(source: Source, recipe: str, place: str) -> str:
    """Return the query of a source: its own, or one for all of its layer.

    Raises:
        LakeError: There is neither, or both, or the path holds a password.
    """
    address = urlsplit(source.path)
    if address.password is not None or SECRETS & parse_qs(address.query).keys():
        rule = "must hold no password; put it into ~/.pgpass, a service file or PGPASSWORD, where libpq finds it"
        raise fault(recipe, f"{place}.path", rule)
    if (source.layer is None) == (source.query is None):
        raise fault(recipe, f"{place}.layer", 'a database needs either layer = "schema.table" or query = "SELECT …"')
    if source.query is not None:
        return source.query.strip().rstrip(";")
    return f"SELECT * FROM {'.'.join(identifier(part) for part in str(source.layer).split('.'))}"


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> Iterator[None]:
    """Attach the database of a source under a name, to read only.

    Raises:
        StoreError: It cannot be reached, or does not let us in.
    """
    load_postgres(connection)
    try:
        connection.execute(f"ATTACH {literal(source.path)} AS {name} (TYPE postgres, READ_ONLY)")
    except duckdb.Error as error:
        text = " ".join(str(error).replace(source.path, source.public_path).split())
        raise StoreError(f"{source.public_path}: the database cannot be reached: {text}") from None
    try:
        yield
    finally:
        connection.execute(f"DETACH {name}")


def columns_of(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> dict[str, str]:
    """Return the columns of a query → their types in PostgreSQL; raises `duckdb.Error`."""
    nothing = f"SELECT * FROM ({select}) q LIMIT 0"
    names = connection.sql(f"FROM postgres_query({literal(name)}, {literal(nothing)})").columns
    if not names:
        return {}
    kinds = ", ".join(f"pg_typeof({identifier(each)})::text AS {identifier(each)}" for each in names)
    one = f"SELECT {kinds} FROM (SELECT 1) one LEFT JOIN ({select}) q ON true LIMIT 1"
    [row] = connection.sql(f"FROM postgres_query({literal(name)}, {literal(one)})").fetchall()
    return dict(zip(names, map(str, row), strict=True))


def record_database(source: Source, recipe: str, place: str) -> SourceRecord:
    """Return what a database hands to a build: its public name, a hash over all rows, and the bytes of their text.

    Raises:
        LakeError: The recipe is wrong, or the database refuses the query.
        StoreError: It cannot be reached.
    """
    select = select_of(source, recipe, place)
    with connect() as connection, attached(connection, source, DATABASE):
        try:
            kinds = columns_of(connection, DATABASE, select)
            names = literal(repr(sorted(kinds.items())))
            query = CONTENT.format(names=names, select=select)
            [(digest, size)] = connection.sql(f"FROM postgres_query({literal(DATABASE)}, {literal(query)})").fetchall()
        except duckdb.Error as error:
            text = " ".join(str(error).split("\nLINE ", maxsplit=1)[0].split("Error: ", maxsplit=1)[-1].split())
            raise LakeError(f"{source.public_path}: cannot be read: {text}") from None
    return SourceRecord(source.public_path, str(digest), int(size))
