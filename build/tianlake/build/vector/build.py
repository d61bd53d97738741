"""Builds a vector product: GeoParquet and vector PMTiles in CGCS2000, a thumbnail and a quality report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import duckdb

from tianlake.build.changes import compare
from tianlake.build.classes.schema import column_texts
from tianlake.build.duck import open_database
from tianlake.build.earth import world_box
from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.columns import column_reports
from tianlake.build.quality.document import total
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.build.search.write import write_index
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.build.vector.features import TABLE, Features, gather
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.build.vector.report_map import report_map
from tianlake.build.vector.sql_errors import reason
from tianlake.build.vector.thumbnail import write_thumbnail
from tianlake.build.vector.tile_plan import check_tiles
from tianlake.build.vector.tile_report import TilesReport
from tianlake.build.vector.tiles import WHOLE, plan_cut, write_tiles
from tianlake.lake.duck import interruptible
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import PARQUET, PMTILES, PNG, Asset, Changes
from tianlake.lake.search.files import INDEXED
from tianlake.lake.words import Text


def build_vector(job: Job, progress: Progress = silent) -> Built:
    """Build a vector product's assets into `job.out`.

    They are `<id>.parquet`, `<id>.pmtiles`, `thumbnail.png`, `quality.json` and `quality.html`, `changes.parquet`
    where features differ from those of `job.base`, a search index of places and entities with names, and
    `<id>-map.pmtiles`, `<id>-labels.pmtiles` and their `-c` where the recipe asks for pictures. Equal sources, recipes
    and bases give equal bytes; those of pictures on one machine.

    Raises:
        LakeError: A source or the recipe is wrong, or a tool failed; one line that names the file, the place
            and the rule.
        OSError: A file could not be written.
    """
    check_tiles(job.recipe, recipe_file(job))
    if job.recipe.tiles.pictures is not None:
        from tianlake.build.vector.pictures import check_pictures  # noqa: PLC0415 - only where pictures are drawn

        check_pictures(job)
    try:
        with open_database(job) as connection:
            features = interruptible(connection, partial(gather, connection, job, progress))
            assets, changes, cut = _write_assets(connection, features, job, progress)
            with progress(Text("质量报告", "Quality report")):
                told = interruptible(connection, partial(make_report, connection, features))
                report = replace(told, changes=changes, zooms=cut.zooms, findings=(*told.findings, *cut.findings))
                drawn = (job.out / "thumbnail.png").read_bytes()
                picture = interruptible(connection, partial(report_map, connection, features, drawn))
                assets += write_report(report, job, picture)
    except duckdb.IOException as error:
        raise OSError(reason(error)) from error
    except duckdb.Error as error:
        raise LakeError(f"{job.recipe.card.id}: DuckDB failed: {reason(error)}") from error
    return Built(assets, world_box(*features.bounds), report.quality, changes)


def _write_assets(
    connection: duckdb.DuckDBPyConnection, features: Features, job: Job, progress: Progress
) -> tuple[tuple[Asset, ...], Changes | None, TilesReport]:
    product = job.recipe.card.id
    names = (f"{product}.parquet", f"{product}.pmtiles", "thumbnail.png")
    table, tiles, picture = (job.out / name for name in names)
    with progress(Text("写出 GeoParquet", "Write GeoParquet")):
        interruptible(connection, partial(write_geoparquet, connection, features, table))
    changes, differences = compare(connection, job, table, progress)
    index = _write_index(connection, job, progress)
    with progress(Text("切割瓦片", "Cut the tiles"), WHOLE) as advance:
        plan = interruptible(connection, partial(plan_cut, connection, features, job))
        cut = write_tiles(connection, plan, tiles, advance)
    with progress(Text("缩略图", "Thumbnail")):
        interruptible(connection, partial(write_thumbnail, connection, features, picture))
    texts = column_texts(job.recipe.card.product_class)
    table_facts = replace(read_table_facts(connection, table, texts), id_column=job.recipe.feature_id)
    assets = (
        describe_file(table, "data", PARQUET, Text("矢量数据(GeoParquet)", "Vector data (GeoParquet)"), table_facts),
        describe_file(
            tiles, "visual", PMTILES, Text("矢量瓦片(PMTiles)", "Vector tiles (PMTiles)"), read_tile_facts(tiles)
        ),
        describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *differences,
        *index,
    )
    if job.recipe.tiles.pictures is None:
        return assets, changes, cut
    from tianlake.build.vector.pictures import draw_pictures  # noqa: PLC0415 - as above

    drawn = draw_pictures(connection, plan, tiles, progress)
    return (*assets, *drawn.assets), changes, replace(cut, findings=(*cut.findings, *drawn.findings))


def _write_index(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> tuple[Asset, ...]:
    product_class = job.recipe.card.product_class
    if product_class not in INDEXED:
        return ()
    with progress(Text("检索索引", "Search index")):
        return interruptible(connection, partial(write_index, connection, TABLE, product_class, job.out))


def make_report(connection: duckdb.DuckDBPyConnection, features: Features) -> Report:
    """Return where the features of all sources went and why, and what the table of features holds."""
    return Report(
        quality=total(*(each.quality for each in features.counts)),
        bounds=world_box(*features.bounds),
        sources=features.sources,
        findings=features.findings,
        columns=column_reports(connection, TABLE, features.attributes),
    )
