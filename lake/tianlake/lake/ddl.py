"""The current tables of a node for Athena, Trino and Spark: the statements that register the same Parquet files there.

Pure text from manifests. Geometry is WKB in a column of bytes; each engine has a function that makes a geometry of it.
"""

# ruff: noqa: S608 - text that is printed, not run

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Final, Literal, cast

import duckdb
from duckdb.sqltypes import DuckDBPyType

from tianlake.lake import keys
from tianlake.lake.describe import History
from tianlake.lake.releases import Column, TableFacts, data_table
from tianlake.lake.words import view_name

Engine = Literal["athena", "trino", "spark"]

SAME: Final = ("bigint", "smallint", "tinyint", "double", "boolean", "date")
"""Types of one name in DuckDB and in each engine."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one engine says it."""

    simple: Mapping[str, str]
    """DuckDB's type → the engine's, where the names differ. Types in none of both are read by no engine alike."""
    array: str
    map: str
    struct: tuple[str, str, str]
    """Before the fields, between a field's name and its type, and after."""
    quote: str
    geometry: str
    """SQL that makes a geometry of the column `geometry`."""
    table: Template


ATHENA: Final = _Dialect(
    {"varchar": "string", "integer": "int", "float": "float", "timestamp": "timestamp", "blob": "binary"}
    | {"timestamp with time zone": "timestamp", "enum": "string"},
    "array<{}>",
    "map<{},{}>",
    ("struct<", ":", ">"),
    "`",
    "ST_GeomFromBinary(geometry)",
    Template("""\
-- printf '%s\\n' '$file' | aws s3 cp - '$folder/files.txt'
DROP TABLE IF EXISTS $quoted;
CREATE EXTERNAL TABLE $quoted (
$columns
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '$folder/';
"""),
)

TRINO: Final = _Dialect(
    {"varchar": "varchar", "integer": "integer", "float": "real", "timestamp": "timestamp(3)", "blob": "varbinary"}
    | {"timestamp with time zone": "timestamp(3)", "enum": "varchar"},
    "array({})",
    "map({}, {})",
    ("row(", " ", ")"),
    '"',
    "ST_GeomFromBinary(geometry)",
    Template("""\
-- aws s3 cp '$file' '$folder/'
DROP TABLE IF EXISTS $quoted;
CREATE TABLE $quoted (
$columns
)
WITH (format = 'PARQUET', external_location = '$folder/');
"""),
)

SPARK: Final = _Dialect(
    {"varchar": "string", "integer": "int", "float": "float", "timestamp": "timestamp_ntz", "blob": "binary"}
    | {"timestamp with time zone": "timestamp", "enum": "string"},
    "array<{}>",
    "map<{}, {}>",
    ("struct<", ": ", ">"),
    "`",
    "ST_SetSRID(ST_GeomFromWKB(geometry), 4490)",
    Template("""\
DROP TABLE IF EXISTS $quoted;
CREATE TABLE $quoted (
$columns
)
USING parquet
OPTIONS (path '$file');
"""),
)

DIALECTS: Final[Mapping[Engine, _Dialect]] = {"athena": ATHENA, "trino": TRINO, "spark": SPARK}

HEAD: Final = "-- $title\n-- release $release · $license · $attribution\n"


def engine_ddl(engine: Engine, code: str, current: Sequence[History], data: str, tables: str) -> str:
    """Return the statements that register the current table of each product of a node.

    Args:
        engine: Whose SQL it is.
        code: The node's code.
        current: Histories of the products whose pointer is set.
        data: Where the engine reads the node's objects, with a final `/`: `s3://bucket/prefix/`.
        tables: The folder, with a final `/`, in which each table has a folder of its own, for engines that read
            folders and not files. A release's folder holds more than Parquet.
    """
    return "\n".join(_tables(engine, code, current, data, tables))


def _tables(engine: Engine, code: str, current: Sequence[History], data: str, tables: str) -> Iterator[str]:
    dialect = DIALECTS[engine]
    for history in current:
        published = history.find(history.current or "")
        asset = data_table(published.manifest.candidate) if published else None
        if published is None or asset is None or not isinstance(asset.facts, TableFacts):
            continue
        card, name = published.manifest.candidate.card, view_name(code, history.product)
        head = Template(HEAD).substitute(
            title=_line(f"{card.title.zh} · {card.title.en}"),
            release=published.manifest.release,
            license=_line(card.license),
            attribution=_line(card.attribution),
        )
        columns, unread = _columns(dialect, asset.facts.columns)
        body = dialect.table.substitute(
            quoted=_quoted(dialect, name),
            columns=",\n".join(columns),
            file=_text(f"{data}{keys.release_file(history.product, published.manifest.release, asset.name)}"),
            folder=_text(f"{tables}{name}"),
        )
        yield f"{head}{''.join(unread)}{_example(dialect, asset.facts, name)}{body}"


def _example(dialect: _Dialect, facts: TableFacts, name: str) -> str:
    return f"-- SELECT {dialect.geometry} FROM {name}\n" if facts.geometry_column == "geometry" else ""


def _columns(dialect: _Dialect, columns: Sequence[Column]) -> tuple[list[str], list[str]]:
    """Return the columns as the engine declares them, and a comment on each that no engine reads alike."""
    found, unread = [], []
    for column in columns:
        kind = "binary" if column.type.startswith("GEOMETRY") else column.type
        told = _type(dialect, duckdb.sqltype("BLOB" if kind == "binary" else kind))
        if told is None:
            unread.append(f"-- left out: {_line(column.name)} {_line(column.type)}\n")
        else:
            found.append(f"  {_quoted(dialect, column.name)} {told}")
    return found, unread


def _type(dialect: _Dialect, kind: DuckDBPyType) -> str | None:
    """Return the engine's name of a type, or None where it has none that Parquet files of DuckDB are read by."""
    match kind.id:
        case "decimal":
            (_, precision), (_, scale) = kind.children
            return f"decimal({precision},{scale})"
        case "list":
            return _filled(dialect.array, _type(dialect, _parts(kind)[0][1]))
        case "map":
            return _filled(dialect.map, *(_type(dialect, each) for _, each in _parts(kind)))
        case "struct":
            before, between, after = dialect.struct
            fields = [(name, _type(dialect, each)) for name, each in _parts(kind)]
            # Hive's types know no quoted names of fields; the others quote them as columns.
            if any(told is None or (dialect is ATHENA and not re.fullmatch(r"\w+", name)) for name, told in fields):
                return None
            quoted = [(name if dialect is ATHENA else _quoted(dialect, name), told) for name, told in fields]
            return before + ",".join(f"{name}{between}{told}" for name, told in quoted) + after
        case simple:
            return simple if simple in SAME else dialect.simple.get(simple)


def _parts(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """Return names and types of what a list, a map or a struct holds."""
    return cast("list[tuple[str, DuckDBPyType]]", kind.children)


def _filled(form: str, *inner: str | None) -> str | None:
    return None if None in inner else form.format(*inner)


def _quoted(dialect: _Dialect, name: str) -> str:
    return f"{dialect.quote}{name.replace(dialect.quote, dialect.quote * 2)}{dialect.quote}"


def _text(text: str) -> str:
    return text.replace("'", "''")


def _line(text: str) -> str:
    return " ".join(text.split())
