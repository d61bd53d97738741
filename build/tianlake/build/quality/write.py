"""Writes a quality report: `quality.json` for programs, `quality.html` for people. Equal reports give equal bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tianlake.build.job import Job, describe_file
from tianlake.build.quality.archives import zoom_reports
from tianlake.build.quality.bands import band_reports
from tianlake.build.quality.document import NAME, PAGE, make_document
from tianlake.build.quality.page import draw_page
from tianlake.build.quality.picture import MapPicture
from tianlake.build.quality.report import Report
from tianlake.lake.records import dump_record
from tianlake.lake.releases import HTML, JSON, Asset
from tianlake.lake.words import Text


def write_report(report: Report, job: Job, picture: MapPicture | None = None) -> tuple[Asset, Asset]:
    """Write both files into `job.out` and return their records.

    Args:
        report: What happened.
        job: The build, for the product's card, its node and the hashes of its sources.
        picture: What was written, drawn, for the map of the page.

    Raises:
        LakeError: The numbers do not add up: the builder lost something without a reason.
        OSError: A file could not be written.
    """
    document = make_document(_measured(report, job.out), job)
    table, page = job.out / NAME, job.out / PAGE
    table.write_bytes(dump_record(document))
    page.write_text(draw_page(document, job.recipe.card, picture), "utf-8")
    return (
        describe_file(table, "metadata", JSON, Text("质量记录", "Quality record")),
        describe_file(page, "metadata", HTML, Text("质量报告", "Quality report")),
    )


def _measured(report: Report, folder: Path) -> Report:
    """Return a report with the tiles and bands of files that the builder did not tell of."""
    archives, rasters = {each.archive for each in report.zooms}, {each.asset for each in report.bands}
    zooms = [
        zoom for file in sorted(folder.glob("*.pmtiles")) if file.name not in archives for zoom in zoom_reports(file)
    ]
    bands = [band for file in sorted(folder.rglob("*.tif")) if file.name not in rasters for band in band_reports(file)]
    return replace(report, zooms=(*report.zooms, *zooms), bands=(*report.bands, *bands))
