"""Writes a quality report: `quality.json` for programs, `quality.html` for people. Equal reports give equal bytes."""

from __future__ import annotations

from tianlake.build.job import Job, describe_file
from tianlake.build.quality.document import NAME, make_document
from tianlake.build.quality.page import draw_page
from tianlake.build.quality.picture import MapPicture
from tianlake.build.quality.report import Report
from tianlake.lake.records import dump_record
from tianlake.lake.releases import HTML, JSON, Asset
from tianlake.lake.words import Text

PAGE = "quality.html"


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
    document = make_document(report, job)
    table, page = job.out / NAME, job.out / PAGE
    table.write_bytes(dump_record(document))
    page.write_text(draw_page(document, job.recipe.card, picture), "utf-8")
    return (
        describe_file(table, "metadata", JSON, Text("质量记录", "Quality record")),
        describe_file(page, "metadata", HTML, Text("质量报告", "Quality report")),
    )
