"""The boxes of divisions, for holdings that name a division instead of an extent."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from tianlake.build.classes.locate import AREAS, read_areas
from tianlake.build.job import Job
from tianlake.lake.duck import literal
from tianlake.lake.recipes import Catalog, Holding
from tianlake.lake.words import Bounds


def division_boxes(connection: duckdb.DuckDBPyConnection, job: Job, holdings: Sequence[Holding]) -> dict[str, Bounds]:
    """Return code → box of the divisions that holdings name; codes without a polygon are absent.

    A division whose own polygon is not in the file has the box of those below it.

    Raises:
        LakeError: The file of polygons cannot be read.
    """
    areas = (job.recipe.catalog or Catalog()).divisions
    codes = sorted({each.division for each in holdings if each.division is not None and each.extent is None})
    if areas is None or not codes:
        return {}
    read_areas(connection, job, areas, "catalog.divisions")
    boxes = {}
    for code in codes:
        prefix = code[:5] if code.endswith("0000") else code[:7] if code.endswith("00") else code
        [found] = connection.sql(
            "SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry)) "
            f"FROM {AREAS} WHERE starts_with(code, {literal('156' if code == '156000000' else prefix)})"
        ).fetchall()
        if found[0] is not None:
            boxes[code] = Bounds(*found)
    connection.execute(f"DROP TABLE {AREAS}")
    return boxes
