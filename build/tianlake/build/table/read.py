"""Reads the rows of plain tables with the readers of vector products, without asking for geometry."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import duckdb

from tianlake.build.job import Job, Progress, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.build.vector.raw import condition
from tianlake.build.vector.readers import open_source
from tianlake.build.vector.reading import Opened, Reading
from tianlake.build.vector.sql_errors import reason
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.recipes import FieldsStep
from tianlake.lake.releases import Quality
from tianlake.lake.words import Text


def read_rows(
    connection: duckdb.DuckDBPyConnection, job: Job, table: str, progress: Progress
) -> tuple[Quality, tuple[Finding, ...]]:
    """Make `table` of the rows of all sources, with `__source` and `__ordinal`; `layer` where sources have names.

    Raises:
        LakeError: A source cannot be read, a step is wrong, or no row is left.
    """
    names = {source.name for source in job.recipe.sources}
    read, findings, parts = 0, [], []
    for number, source in enumerate(job.recipe.sources):
        with progress(Text(f"读取 {source.public_path}", f"Read {source.public_path}")) as advance:
            where = f"sources.{number}"
            reading = Reading(source, job.root / source.path, recipe_file(job), where, job.scratch, advance, plain=True)
            rows, kept = _read(connection, reading, f"rows_{number}")
        read += rows
        if rows > kept:
            cause = Text("不满足配方的条件 where", "the recipe's condition where leaves them out")
            findings.append(Finding("step.where", "left_out", rows - kept, cause, source.public_path))
        layer = f", {literal(source.name or job.recipe.card.id)} AS layer" if len(names) > 1 else ""
        parts.append(f"SELECT *{layer}, {number} AS __source FROM ({_steps(connection, job, f'rows_{number}')})")
    connection.execute(f"CREATE TABLE {table} AS {' UNION ALL BY NAME '.join(parts)}")
    [(written,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
    if not written:
        raise fault(recipe_file(job), "sources", f"no row is left of {read}")
    return Quality(read=read, left_out=read - written, written=written), tuple(findings)


def _read(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str) -> tuple[int, int]:
    """Read one source into a table; return how many rows it has, and how many `where` lets through."""
    with open_source(connection, reading) as opened:
        where = condition(connection, reading, opened)
        attributes = _without_geometry(connection, opened)
        try:
            connection.execute(f"CREATE TABLE {table} AS SELECT {attributes} FROM {opened.relation} WHERE ({where}\n)")
        except duckdb.Error as error:
            raise reading.not_text() if "nvalid unicode" in str(error) else reading.unreadable(reason(error)) from None
        [(kept,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
        return opened.count(), kept


def _without_geometry(connection: duckdb.DuckDBPyConnection, opened: Opened) -> str:
    """Return the select list of what a Parquet file without geometry can hold."""
    described = connection.sql(f"DESCRIBE SELECT {opened.attributes} FROM {opened.shape}").fetchall()
    shapes = [identifier(name) for name, kind, *_ in described if kind.startswith("GEOMETRY")]
    return f"* EXCLUDE ({', '.join(shapes)})" if shapes else opened.attributes


def _steps(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> str:
    """Return SQL for the rows with the attributes that the steps make, each expression tried by itself."""
    rows = f"SELECT *, rowid AS __ordinal FROM {table}"
    for number, step in enumerate(job.recipe.steps):
        if not isinstance(step, FieldsStep):
            raise fault(recipe_file(job), f"steps.{number}.op", f"a plain table has no geometry to {step.op} by")
        made: list[str] = []
        for name, expression in step.fields.items():
            made.append(f"{expression}\n AS {identifier(name)}")
            try:
                connection.sql(f"SELECT {', '.join(made)} FROM ({rows})")
            except duckdb.Error as error:
                columns = [each for each in connection.sql(rows).columns if not each.startswith("__")]
                rule = f"{reason(error)}; columns: {', '.join(columns)}"
                raise fault(recipe_file(job), f"steps.{number}.fields.{name}", rule) from None
        rows = f"SELECT {', '.join(made)}, __ordinal FROM ({rows})"
    return rows
