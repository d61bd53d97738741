"""Builds a plain table: Parquet with typed columns, a thumbnail and a quality report."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import duckdb

from tianlake.build.changes import compare
from tianlake.build.duck import open_database
from tianlake.build.excluding import exclude, withheld
from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.columns import column_reports
from tianlake.build.quality.report import Finding, Report
from tianlake.build.quality.write import write_report
from tianlake.build.table.parquet import read_row_facts, write_rows
from tianlake.build.table.read import read_rows
from tianlake.build.table.thumbnail import ROWS, draw_table
from tianlake.build.table.types import typed
from tianlake.build.vector.sql_errors import reason
from tianlake.lake.duck import identifier, interruptible
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import Table
from tianlake.lake.releases import PARQUET, PNG, Asset, Changes, Quality
from tianlake.lake.words import Text

TABLE: Final = "product_rows"
"""The rows of all sources, in their order."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of `TABLE`."""

    names: tuple[str, ...]
    quality: Quality
    findings: tuple[Finding, ...]


def build_table(job: Job, progress: Progress = silent) -> Built:
    """Build a plain table's assets into `job.out`.

    They are `<id>.parquet`, `thumbnail.png` and the quality report, and `changes.parquet` where rows differ from those
    of `job.base`. Rows keep the order of the sources. Equal sources, recipes and bases give equal bytes.

    Raises:
        LakeError: A source or the recipe is wrong; one line that names it.
        OSError: A file could not be written.
    """
    extent = job.recipe.card.extent
    if extent is None:
        rule = "a plain table needs the box that it speaks of: extent = { west = …, south = …, east = …, north = … }"
        raise fault(recipe_file(job), "extent", rule)
    try:
        with open_database(job) as connection:
            rows = interruptible(connection, partial(_gather, connection, job, progress))
            assets, changes = _write_assets(connection, rows, job, progress)
            with progress(Text("质量报告", "Quality report")):
                columns = interruptible(connection, partial(column_reports, connection, TABLE, rows.names))
                report = Report(rows.quality, extent, findings=rows.findings, columns=columns, changes=changes)
                assets += write_report(report, job)
    except duckdb.IOException as error:
        raise OSError(reason(error)) from error
    except duckdb.Error as error:
        raise LakeError(f"{job.recipe.card.id}: DuckDB failed: {reason(error)}") from error
    return Built(assets, extent, rows.quality, changes)


def _gather(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> Rows:
    """Make `TABLE` of all sources."""
    quality, findings = read_rows(connection, job, TABLE, progress)
    with progress(Text("识别列的类型", "Find the types of columns")):
        typed(connection, TABLE, job, (job.recipe.table or Table()).types)
        names = tuple(name for name in connection.sql(f"FROM {TABLE}").columns if not name.startswith("__"))
        _check_ids(connection, job, names)
        gone = exclude(connection, job, TABLE)
        if gone == quality.written:
            raise fault(recipe_file(job), "sources", f"no row is left: all {gone} are withheld")
    left = replace(quality, left_out=quality.left_out + gone, written=quality.written - gone)
    return Rows(names, left, tuple(replace(each, samples=()) for each in findings) + withheld(gone))


def _check_ids(connection: duckdb.DuckDBPyConnection, job: Job, names: tuple[str, ...]) -> None:
    """Refuse ids that are missing or there twice."""
    own = job.recipe.features.id
    if own is None:
        return
    if own not in names:
        raise fault(recipe_file(job), "features.id", f"there is no column {own!r}; there are: {', '.join(names)}")
    twice = connection.sql(
        f"SELECT {identifier(own)}::VARCHAR, count(*) FROM {TABLE} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).fetchall()
    [(empty,)] = connection.sql(f"SELECT count(*) FROM {TABLE} WHERE {identifier(own)} IS NULL").fetchall()
    if empty:
        raise fault(recipe_file(job), "features.id", f"{own!r} is empty in {empty} rows; an id is never null")
    if twice:
        value, rows = twice[0]
        raise fault(recipe_file(job), "features.id", f"{own!r} is {value!r} in {rows} rows; an id is there once")


def _write_assets(
    connection: duckdb.DuckDBPyConnection, rows: Rows, job: Job, progress: Progress
) -> tuple[tuple[Asset, ...], Changes | None]:
    table, picture = job.out / f"{job.recipe.card.id}.parquet", job.out / "thumbnail.png"
    chosen = ", ".join(map(identifier, rows.names))
    with progress(Text("写出 Parquet", "Write Parquet")):
        query = f"SELECT {chosen} FROM {TABLE} ORDER BY __source, __ordinal"
        interruptible(connection, partial(write_rows, connection, query, table))
    changes, differences = compare(connection, job, table, progress)
    with progress(Text("缩略图", "Thumbnail")):
        picture.write_bytes(_picture(connection, rows.names))
    facts = read_row_facts(connection, table, job.recipe.feature_id)
    assets = (
        describe_file(table, "data", PARQUET, Text("数据表(Parquet)", "Table (Parquet)"), facts),
        describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *differences,
    )
    return assets, changes


def _picture(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> bytes:
    chosen = ", ".join(map(identifier, names))
    first = connection.sql(f"SELECT {chosen} FROM {TABLE} ORDER BY __source, __ordinal LIMIT {ROWS}").fetchall()
    counts = ", ".join(f"count(nullif({identifier(name)}::VARCHAR, '')) / count(*)" for name in names)
    [filled] = connection.sql(f"SELECT {counts} FROM {TABLE}").fetchall()
    return draw_table(names, first, filled)
