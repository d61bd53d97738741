"""Cuts vector tiles: DuckDB writes GeoJSON lines into tippecanoe, whose archive is described anew and read back."""

# ruff: noqa: S608 - only names of ours are put into statements

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.build.job import Advance, recipe_file
from tianlake.build.tiles.facts import E7, rewrite_metadata
from tianlake.build.tools import Children
from tianlake.build.vector.cut_plan import Plan, plan_cut
from tianlake.build.vector.tile_cut import WHOLE, Bench, Piece, Run, cut_piece
from tianlake.build.vector.tile_metadata import describe_archive
from tianlake.build.vector.tile_options import family_options, with_given
from tianlake.build.vector.tile_parts import cut_parts, write_parts
from tianlake.build.vector.tile_plan import EXTRA_ZOOMS, Together
from tianlake.build.vector.tile_report import TilesReport, count_present, expected_ids, report_tiles, tell_losses
from tianlake.build.vector.tile_rows import ROWS
from tianlake.lake.duck import interruptible
from tianlake.lake.errors import fault

__all__ = ["WHOLE", "Plan", "plan_cut", "whole_run", "write_tiles"]

LOSSES: Final = ("dropped", "coalesced", "truncated")
"""Beginnings of what tippecanoe calls the ways in which it makes a tile smaller."""


def write_tiles(connection: duckdb.DuckDBPyConnection, plan: Plan, target: Path, advance: Advance) -> TilesReport:
    """Cut the table of features into an archive, and say what its tiles hold and lack.

    A feature's id in the tiles is told by `tile_rows`. A highest zoom that was chosen from the data is raised while
    tiles had to be made smaller there.

    Args:
        connection: Where the table is.
        plan: How it is cut.
        target: The archive.
        advance: Told percent.

    Raises:
        LakeError: tippecanoe or DuckDB failed, or a tile is larger than 500 kB.
    """
    cut = _cut_in_parts if plan.in_parts else _cut_whole
    for extra in range(EXTRA_ZOOMS + 1):
        zooms = replace(plan.zooms, highest=plan.zooms.highest + extra)
        report = cut(connection, replace(plan, zooms=zooms), target, advance)
        if zooms.declared or not any(way.startswith(LOSSES) for way in report.zooms[-1].lost):
            break
    tell_losses(report, plan.job.recipe.card.id)
    return report


def _cut_whole(connection: duckdb.DuckDBPyConnection, plan: Plan, target: Path, advance: Advance) -> TilesReport:
    """Cut all features at once."""
    job, zooms = plan.job, plan.zooms
    piece = Piece((zooms.lowest, zooms.highest), tuple(whole_run(plan, each) for each in plan.runs), job.jobs)
    made = cut_piece(piece, Bench(connection, job.scratch, "tiles", Children(), advance))
    if made is None:
        raise fault(recipe_file(job), "tiles", "no feature can be drawn")
    described = describe_archive(made.metadata, job.recipe, zooms, plan.rows.layers, made.losses)
    rewrite_metadata(made.archive, target, described)
    made.archive.unlink()
    expected = interruptible(connection, partial(expected_ids, connection, job.recipe, zooms))
    return report_tiles(target, expected, count_present(connection, target, job.jobs), made.losses)


def _cut_in_parts(connection: duckdb.DuckDBPyConnection, plan: Plan, target: Path, advance: Advance) -> TilesReport:
    """Cut what has changed since the last build, and put it together with what has not."""
    job, zooms = plan.job, plan.zooms
    parts = cut_parts(connection, plan, advance)
    fields = parts.fields()
    metadata: dict[str, Any] = {
        "generator": parts.generator(),
        "vector_layers": [{"id": layer, "fields": fields[layer]} for layer in plan.rows.layers if layer in fields],
    }
    described = describe_archive(metadata, job.recipe, zooms, plan.rows.layers, parts.losses)
    write_parts(parts, job.scratch, target, _header(plan), described)
    expected = interruptible(connection, partial(expected_ids, connection, job.recipe, zooms))
    return report_tiles(target, expected, parts.present, parts.losses)


def _header(plan: Plan) -> dict[str, int]:
    """Return bounds and centre of an archive as its header holds them."""
    box = plan.bounds
    edges = {"min_lon_e7": box.west, "min_lat_e7": box.south, "max_lon_e7": box.east, "max_lat_e7": box.north}
    middle = {"center_lon_e7": (box.west + box.east) / 2, "center_lat_e7": (box.south + box.north) / 2}
    return {name: round(value * E7) for name, value in (edges | middle).items()} | {"center_zoom": plan.zooms.lowest}


def whole_run(plan: Plan, together: Together, shape: str = "__piece") -> Run:
    """Return one run of tippecanoe over all features that are cut together.

    Args:
        plan: Of the product.
        together: What is cut.
        shape: SQL for the geometry, where it is not the features' own.
    """
    sources = ", ".join(map(str, together.sources))
    geometry, zooms = plan.geometries[together.points], plan.zooms
    chosen = family_options(geometry, zooms.lowest, zooms.highest, thinned=together.sparse)
    return Run(
        query=f"SELECT {plan.rows.line(shape)} FROM {ROWS} WHERE __source IN ({sources})",
        rows=sum(plan.rows.numbers.get(source, 0) for source in together.sources),
        options=tuple(with_given(chosen, (*plan.job.recipe.tiles.options, *together.options))),
    )
