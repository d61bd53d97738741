"""Cuts vector tiles: DuckDB writes GeoJSON lines into tippecanoe, whose archive is described anew and read back."""

# ruff: noqa: S608 - only names of ours are put into statements

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from tianlake.build.job import Advance, Job, recipe_file
from tianlake.build.tiles.facts import rewrite_metadata
from tianlake.build.tools import Children
from tianlake.build.vector.features import Features
from tianlake.build.vector.tile_cut import WHOLE, Bench, Piece, Run, cut_piece
from tianlake.build.vector.tile_metadata import describe_archive
from tianlake.build.vector.tile_options import Geometry, family_options, with_given
from tianlake.build.vector.tile_plan import EXTRA_ZOOMS, Together, Zooms, choose_zooms, cut_together
from tianlake.build.vector.tile_report import TilesReport, count_present, expected_ids, report_tiles, tell_losses
from tianlake.build.vector.tile_rows import ROWS, Rows, both_families, prepare_rows, survey
from tianlake.lake.errors import fault

__all__ = ["WHOLE", "Plan", "plan_cut", "write_tiles"]

LOSSES: Final = ("dropped", "coalesced", "truncated")
"""Beginnings of what tippecanoe calls the ways in which it makes a tile smaller."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is settled before tippecanoe starts."""

    job: Job
    rows: Rows
    geometries: dict[bool, Geometry]
    """What layers of points are (True) and what all others are (False), where there are any."""
    zooms: Zooms
    runs: tuple[Together, ...]


def plan_cut(connection: duckdb.DuckDBPyConnection, features: Features, job: Job) -> Plan:
    """Return how the table of features is cut into tiles.

    Raises:
        LakeError: `tiles` of the recipe is wrong.
    """
    rows = prepare_rows(connection, features, job)
    geometries = survey(connection, rows)
    zooms = choose_zooms(job.recipe, both_families(geometries))
    return Plan(job, rows, geometries, zooms, cut_together(job.recipe, rows.layers))


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
    for extra in range(EXTRA_ZOOMS + 1):
        zooms = replace(plan.zooms, highest=plan.zooms.highest + extra)
        report = _cut_whole(connection, replace(plan, zooms=zooms), target, advance)
        if zooms.declared or not any(way.startswith(LOSSES) for way in report.zooms[-1].lost):
            break
    tell_losses(report, plan.job.recipe.card.id)
    return report


def _cut_whole(connection: duckdb.DuckDBPyConnection, plan: Plan, target: Path, advance: Advance) -> TilesReport:
    """Cut all features at once."""
    job, zooms = plan.job, plan.zooms
    piece = Piece((zooms.lowest, zooms.highest), tuple(_run(plan, each) for each in plan.runs), job.jobs)
    made = cut_piece(piece, Bench(connection, job.scratch, "tiles", Children(), advance))
    if made is None:
        raise fault(recipe_file(job), "tiles", "no feature can be drawn")
    described = describe_archive(made.metadata, job.recipe, zooms, plan.rows.layers, made.losses)
    rewrite_metadata(made.archive, target, described)
    made.archive.unlink()
    expected = expected_ids(connection, job.recipe, zooms)
    return report_tiles(target, expected, count_present(target, job.jobs), made.losses)


def _run(plan: Plan, together: Together) -> Run:
    """Return one run of tippecanoe over all features that are cut together."""
    sources = ", ".join(map(str, together.sources))
    chosen = family_options(plan.geometries[together.points], plan.zooms.lowest, plan.zooms.highest)
    return Run(
        query=f"SELECT {plan.rows.line('__piece')} FROM {ROWS} WHERE __source IN ({sources})",
        rows=sum(plan.rows.numbers.get(source, 0) for source in together.sources),
        options=tuple(with_given(chosen, (*plan.job.recipe.tiles.options, *together.options))),
    )
