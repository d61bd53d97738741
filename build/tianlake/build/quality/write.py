"""Writes a quality report: `quality.json` for programs, `quality.html` for people. Equal reports give equal bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tianlake.build.job import Job, describe_file
from tianlake.build.quality.archives import zoom_reports
from tianlake.build.quality.bands import band_reports
from tianlake.build.quality.columns import column_reports
from tianlake.build.quality.document import NAME, PAGE, make_document
from tianlake.build.quality.page import draw_page
from tianlake.build.quality.picture import MapPicture, picture_of_box
from tianlake.build.quality.report import ColumnReport, Report
from tianlake.lake.duck import connect, literal
from tianlake.lake.records import dump_record
from tianlake.lake.releases import HTML, JSON, Asset
from tianlake.lake.words import Text


def write_report(report: Report, job: Job, picture: MapPicture | None = None) -> tuple[Asset, Asset]:
    """Write both files into `job.out` and return their records.

    Args:
        report: What happened.
        job: The build, for the product's card, its node and the hashes of its sources.
        picture: What was written, drawn, for the map of the page; of a raster, its thumbnail where None.

    Raises:
        LakeError: The numbers do not add up: the builder lost something without a reason.
        OSError: A file could not be written.
    """
    document = make_document(_measured(report, job), job)
    table, page = job.out / NAME, job.out / PAGE
    table.write_bytes(dump_record(document))
    page.write_text(draw_page(document, job.recipe.card, picture or _drawn(report, job)), "utf-8")
    return (
        describe_file(table, "metadata", JSON, Text("质量记录", "Quality record")),
        describe_file(page, "metadata", HTML, Text("质量报告", "Quality report")),
    )


def _measured(report: Report, job: Job) -> Report:
    """Return a report with tiles, bands and columns of files that the builder did not tell of."""
    archives, rasters = {each.archive for each in report.zooms}, {each.asset for each in report.bands}
    tiles = (file for file in sorted(job.out.glob("*.pmtiles")) if file.name not in archives)
    images = (file for file in sorted(job.out.rglob("*.tif")) if file.name not in rasters)
    table = job.out / f"{job.recipe.card.id}.parquet"
    return replace(
        report,
        zooms=(*report.zooms, *(zoom for file in tiles for zoom in zoom_reports(file))),
        bands=(*report.bands, *(band for file in images for band in band_reports(file))),
        columns=report.columns or (_columns(table) if table.is_file() else ()),
    )


def _columns(table: Path) -> tuple[ColumnReport, ...]:
    with connect(threads=1) as connection:
        relation = f"read_parquet({literal(str(table))})"
        names = [name for name in connection.sql(f"FROM {relation}").columns if name not in {"geometry", "bbox"}]
        return column_reports(connection, relation, names)


def _drawn(report: Report, job: Job) -> MapPicture | None:
    """Return the thumbnail of a raster, which covers just what it shows."""
    file = job.out / "thumbnail.png"
    if job.recipe.card.kind not in {"raster", "terrain"} or report.bounds is None or not file.is_file():
        return None
    return picture_of_box(file.read_bytes(), report.bounds)
