"""The changes of a build: its features or plain rows against those of the current release, as `changes.parquet`."""

# ruff: noqa: S608 - names of tables cannot be bound

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from tianlake.build.excluding import older_without
from tianlake.build.job import Job, Progress, describe_file, recipe_file
from tianlake.build.table.parquet import read_row_facts, write_rows
from tianlake.build.vector.geoparquet import Sheet, read_table_facts, write_sheet
from tianlake.lake.changes import CHANGED, COLUMNS, Sides, check_ids, check_older, find_changes, has_geometry
from tianlake.lake.duck import interruptible
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import PARQUET, Asset, Changes, TableFacts
from tianlake.lake.words import Text

logger = logging.getLogger(__name__)

FILE: Final = "changes.parquet"

SORTED: Final = "changed_sorted"


def compare(
    connection: duckdb.DuckDBPyConnection, job: Job, table: Path, progress: Progress
) -> tuple[Changes | None, tuple[Asset, ...]]:
    """Return what changed since `job.base`, and `changes.parquet` where any feature did.

    None where there is no base, or the recipe names no id. A base that cannot be compared by that id (it has no
    such column, or one that repeats; or geometry where the table has none, or the other way round) is told as a
    warning: the next release can be compared again.

    Args:
        connection: With a scratch folder; temporary tables are made in it and dropped.
        job: The build; the file is written into its folder `out`.
        table: The Parquet file just written.
        progress: Where it is told.

    Raises:
        LakeError: An id of this build is null or there twice.
        duckdb.Error: A file cannot be read or written.
    """
    own, base = job.recipe.feature_id, job.base
    if own is None or base is None:
        return None, ()
    with progress(Text("与当前版本比较", "Compare with the current release")):
        older = interruptible(connection, partial(older_without, connection, job, base.table))
        sides = Sides(str(older), str(table), own)
        try:
            interruptible(connection, partial(check_older, connection, sides, f"release {base.release}"))
        except LakeError as error:
            logger.warning("%s: changes are not told: %s", job.recipe.card.id, error)
            return None, ()
        interruptible(connection, partial(check_ids, connection, sides.newer, own, recipe_file(job)))
        changes = interruptible(connection, partial(find_changes, connection, sides, base.release))
        made = interruptible(connection, partial(_write, connection, job.out / FILE))
    return changes, made


def _write(connection: duckdb.DuckDBPyConnection, target: Path) -> tuple[Asset, ...]:
    """Write the table `CHANGED`, unless it is empty, and drop it."""
    [(rows,)] = connection.sql(f"SELECT count(*) FROM {CHANGED}").fetchall()
    form, write = ("GeoParquet", _write_features) if has_geometry(connection) else ("Parquet", _write_rows)
    facts = write(connection, target) if rows else None
    connection.execute(f"DROP TABLE {CHANGED}")
    if facts is None:
        return ()
    title = Text(f"与上一版本的差异({form})", f"Changes since the release before ({form})")
    return (describe_file(target, "metadata", PARQUET, title, facts),)


def _write_features(connection: duckdb.DuckDBPyConnection, target: Path) -> TableFacts:
    """Write features along a Hilbert curve."""
    [bounds] = connection.sql(
        "SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry)) "
        f"FROM {CHANGED}"
    ).fetchall()
    box = dict(zip(("min_x", "min_y", "max_x", "max_y"), bounds, strict=True))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {SORTED} AS SELECT * FROM {CHANGED} "
        f"ORDER BY ST_Hilbert(geometry, {box}::BOX_2D), id"
    )
    write_sheet(connection, Sheet(SORTED, COLUMNS[:-1], bounds), target)
    connection.execute(f"DROP TABLE {SORTED}")
    return read_table_facts(connection, target)


def _write_rows(connection: duckdb.DuckDBPyConnection, target: Path) -> TableFacts:
    """Write rows of a plain table in the order of their ids."""
    write_rows(connection, f"FROM {CHANGED} ORDER BY id", target)
    return read_row_facts(connection, target)
