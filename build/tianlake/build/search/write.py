"""Writes the search index of a table of places or entities: two plain Parquet files (docs/layout.md, section 11)."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from tianlake.build.job import describe_file
from tianlake.build.search.addresses import make_addresses
from tianlake.build.search.entries import common_pairs, crowded_terms, first_queries, queries
from tianlake.build.search.importance import importance_sql
from tianlake.build.search.readings import make_readings, make_texts
from tianlake.build.table.parquet import read_row_facts
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import ProductClass
from tianlake.lake.releases import PARQUET, Asset
from tianlake.lake.search.files import COLUMNS, GROUP, MOST_PLACES, MOST_ROWS, PLACES, TERMS
from tianlake.lake.words import Text

_SOURCES: Final[dict[ProductClass, dict[str, str]]] = {
    "place": {
        "id": "place_id",
        "name": "std_name",
        "lon": "lon",
        "lat": "lat",
        "division": "coalesce(county_code, city_code, province_code)",
        "town": "town_code",
        "town_name": "town",
        "type_code": "type_code",
        "type": "type",
        "address": "full_address",
        "road": "road",
        "number": "number",
        "pinyin": "pinyin",
        "alias": "alias",
    },
    "entity": {
        "id": "entity_id",
        "name": "name",
        "lon": "round(ST_X(ST_PointOnSurface(geometry)), 7)",
        "lat": "round(ST_Y(ST_PointOnSurface(geometry)), 7)",
        "division": "admin_code",
        "town": "NULL::VARCHAR",
        "town_name": "NULL::VARCHAR",
        "type_code": "class_code",
        "type": "NULL::VARCHAR",
        "address": "NULL::VARCHAR",
        "road": "NULL::VARCHAR",
        "number": "NULL::VARCHAR",
        "pinyin": "NULL::VARCHAR",
        "alias": "aliases",
    },
}
"""Class → column of `PLACES`, and `town_name` → SQL over the table of features (docs/classes.md)."""

_TEXTS: Final = {
    PLACES: Text("检索索引：名称与地址", "Search index: names and addresses"),
    TERMS: Text("检索索引：词条", "Search index: terms"),
}

_TABLES: Final = (
    *("search_given", "search_texts", "search_rows", "search_readings", "search_groups", "search_others"),
    *(
        "search_aliases",
        "search_spelled",
        "search_roads",
        "search_addresses",
        "search_common",
        "search_crowded",
        "search_terms",
    ),
)


def write_index(
    connection: duckdb.DuckDBPyConnection, table: str, product_class: ProductClass, out: Path
) -> tuple[Asset, ...]:
    """Write the search index of a table of features; nothing where no feature has a name.

    Equal tables give equal bytes. What does not fit in memory goes to the scratch folder of the connection.

    Args:
        connection: Where the table is; tables that begin with `search_` are made in it and dropped.
        table: Features with all fields of their class, and `geometry` in degrees of CGCS2000.
        product_class: Of the product: one of `INDEXED`.
        out: The release's folder.

    Raises:
        LakeError: There are more than an index can hold.
    """
    try:
        _take_rows(connection, table, product_class)
        [(rows,)] = connection.sql("SELECT count(*) FROM search_rows").fetchall()
        if not rows:
            return ()
        if rows > MOST_PLACES:
            raise LakeError(f"{rows} named features: a search index holds {MOST_PLACES} at most; part the product")
        _prepare_terms(connection)
        return _write_files(connection, out)
    finally:
        for each in _TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {each}")


def _take_rows(connection: duckdb.DuckDBPyConnection, table: str, product_class: ProductClass) -> None:
    """Make `search_rows`: the rows of `PLACES` in their order, numbered by `doc`."""
    columns = frozenset(connection.sql(f"FROM {table}").columns)
    chosen = ", ".join(f"{sql} AS {name}" for name, sql in _SOURCES[product_class].items())
    important = importance_sql(product_class, columns)
    connection.execute(
        f"CREATE TABLE search_given AS SELECT {chosen}, {important} AS importance FROM {table} "
        f"WHERE coalesce({_SOURCES[product_class]['name']}, '') <> ''"
    )
    make_texts(connection, "search_texts", "SELECT DISTINCT name FROM search_given")
    connection.execute(
        "CREATE TABLE search_rows AS SELECT "
        "(row_number() OVER (ORDER BY norm, division NULLS FIRST, importance DESC, id) - 1)::UINTEGER AS doc, "
        f"{', '.join(map(identifier, COLUMNS))}, town_name FROM search_given JOIN search_texts ON name = written "
        "WHERE norm <> '' ORDER BY doc"
    )


def _prepare_terms(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that `entries` reads."""
    connection.execute(
        "CREATE TABLE search_others AS SELECT doc, importance, "
        "trim(unnest(string_split_regex(alias, '[;；]'))) AS other FROM search_rows "
        "WHERE alias IS NOT NULL; DROP TABLE search_texts"
    )
    make_texts(connection, "search_texts", "SELECT DISTINCT other FROM search_others WHERE other <> ''")
    make_readings(
        connection,
        "search_readings",
        "SELECT DISTINCT norm FROM (SELECT norm FROM search_rows UNION ALL SELECT norm FROM search_texts)",
    )
    connection.execute(
        f"CREATE TABLE search_groups AS SELECT * FROM (SELECT norm, min(doc) AS first, "
        f"least(count(*), {MOST_ROWS}) AS count, "
        "max(importance) AS importance FROM search_rows GROUP BY norm) LEFT JOIN search_readings USING (norm)"
    )
    connection.execute(
        "CREATE TABLE search_aliases AS SELECT DISTINCT norm, doc AS first, 1 AS count, importance, pinyin, initials, "
        "sounds FROM search_others JOIN search_texts ON other = written LEFT JOIN search_readings USING (norm) "
        "WHERE norm <> ''; DROP TABLE search_texts"
    )
    make_texts(connection, "search_texts", "SELECT DISTINCT pinyin FROM search_rows WHERE pinyin IS NOT NULL")
    # How the table spells names, where that is not how their characters read: Hohhot; ü as u, too.
    connection.execute(
        "CREATE TABLE search_spelled AS SELECT DISTINCT norm, doc AS first, 1 AS count, importance, spelled AS pinyin "
        "FROM (SELECT row.norm, doc, importance, search_readings.pinyin AS read, "
        "unnest([typed, CASE WHEN contains(lower(written), 'ü') THEN replace(typed, 'v', 'u') END]) AS spelled "
        "FROM search_rows row JOIN search_texts ON row.pinyin = written "
        "LEFT JOIN search_readings ON search_readings.norm = row.norm) "
        "WHERE spelled <> '' AND spelled IS DISTINCT FROM read"
    )
    make_addresses(connection)
    connection.execute(f"CREATE TABLE search_common AS {common_pairs()}")


def _write_files(connection: duckdb.DuckDBPyConnection, out: Path) -> tuple[Asset, ...]:
    connection.execute("CREATE TABLE search_terms (key BIGINT, entry BIGINT)")
    for query in first_queries():
        connection.execute(f"INSERT INTO search_terms {query}")
    connection.execute(f"CREATE TABLE search_crowded AS {crowded_terms()}")
    for query in queries():
        connection.execute(f"INSERT INTO search_terms {query}")
    (out / PLACES).parent.mkdir()
    rows = f"SELECT {', '.join(map(identifier, COLUMNS))} FROM search_rows ORDER BY doc"
    found = []
    for name, query in ((PLACES, rows), (TERMS, "SELECT DISTINCT key, entry FROM search_terms ORDER BY key, entry")):
        file = out / name
        connection.execute(
            f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {GROUP[name]})"
        )
        asset = describe_file(file, "metadata", PARQUET, _TEXTS[name], read_row_facts(connection, file))
        found.append(replace(asset, name=name))
    return tuple(found)
