"""`quality.json`: what a report says, of which product, and in one sentence. docs/quality.md names every member."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, Literal

from tianlake.build.builders import tool_versions
from tianlake.build.job import Job
from tianlake.build.quality.personal import masked
from tianlake.build.quality.report import Finding, Report, Sample
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Kind, ProductClass
from tianlake.lake.records import parse_record
from tianlake.lake.releases import Quality, SourceRecord
from tianlake.lake.words import Text

NAME: Final = "quality.json"
PAGE: Final = "quality.html"

VERSION: Final = 1
"""Of the members of the file; one is added for every change that an old reader would misunderstand."""

SAMPLES: Final = 20
"""How many samples of a finding are written."""

LONGEST: Final = 200
"""Characters of what a sample says."""

Verdict = Literal["whole", "changed", "left_out", "dropped"]
"""The worst that happened to a feature: nothing, written changed, left out on purpose, lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Report):
    """A report and what it is about."""

    version: int
    node: str
    """Node code."""
    product: str
    product_class: ProductClass
    kind: Kind
    title: Text
    verdict: Verdict
    summary: Text
    files: tuple[SourceRecord, ...]
    """The files that were read, with their sha256."""
    tools: dict[str, str]
    """Distribution → version of what built it."""


def make_document(report: Report, job: Job) -> Document:
    """Return a report with what it is about; samples are cut to `SAMPLES`, personal numbers masked.

    Raises:
        LakeError: The numbers do not add up: something was lost without a reason.
    """
    findings = tuple(_tidy(each) for each in report.findings if each.count)
    told = replace(report, findings=findings)
    check_sums(told, job.recipe.card.id)
    card = job.recipe.card
    return Document(
        **{each.name: getattr(told, each.name) for each in fields(Report)},
        version=VERSION,
        node=job.node,
        product=card.id,
        product_class=card.product_class,
        kind=card.kind,
        title=card.title,
        verdict=verdict(told),
        summary=summary(told),
        files=job.sources,
        tools=tool_versions(card.kind),
    )


def read_document(folder: Path) -> Document | None:
    """Return the report among the files of a candidate; None where it has none.

    Raises:
        LakeError: The file is no report of this version.
    """
    file = folder / NAME
    return parse_record(Document, file.read_bytes(), file=file) if file.is_file() else None


def check_sums(report: Report, product: str) -> None:
    """Refuse a report that loses features silently; a defect of the builder, not of the sources.

    Raises:
        LakeError: Names the product and the numbers that contradict each other.
    """
    parts = [(product, report.quality), *((each.path, each.quality) for each in report.sources)]
    for name, quality in parts:
        if quality.read - quality.left_out - quality.dropped != quality.written:
            rule = "read - left_out - dropped is not written"
            raise LakeError(f"quality report: {name}: {rule}: {_numbers(quality)}")
    if report.sources and total(*(each.quality for each in report.sources)) != report.quality:
        raise LakeError(f"quality report: {product}: its sources do not add up to {_numbers(report.quality)}")
    for fate, wanted in (("dropped", report.quality.dropped), ("left_out", report.quality.left_out)):
        told = sum(each.count for each in report.findings if each.fate == fate and each.unit == "feature")
        if told != wanted:
            rule = f"{wanted} features {fate}, but its findings give reasons for {told}"
            raise LakeError(f"quality report: {product}: {rule}")


def total(*parts: Quality) -> Quality:
    """Return the sums of the five numbers."""
    return Quality(**{each.name: sum(getattr(part, each.name) for part in parts) for each in fields(Quality)})


def verdict(report: Report) -> Verdict:
    """Return the worst fate of all findings."""
    fates = {each.fate for each in report.findings if each.count and each.unit != "tile_feature"}
    order: tuple[Verdict, ...] = ("dropped", "left_out", "changed")
    return next((each for each in order if each in fates), "whole")


def summary(report: Report) -> Text:
    """Return what happened in one sentence."""
    quality, bands = report.quality, report.bands
    if quality.read:
        return Text(
            f"读入 {quality.read:,} 个要素，按规则略去 {quality.left_out:,}，丢弃 {quality.dropped:,}，"
            f"修复几何 {quality.repaired:,}，写出 {quality.written:,}。",
            f"{quality.read:,} features read, {quality.left_out:,} left out by rule, {quality.dropped:,} dropped, "
            f"{quality.repaired:,} with repaired geometry, {quality.written:,} written.",
        )
    if bands:
        share = sum(each.valid for each in bands) / max(1, sum(each.pixels for each in bands))
        return Text(
            f"{len(bands)} 个波段，有效像元 {share:.1%}。", f"Bands: {len(bands)}; pixels that hold data: {share:.1%}."
        )
    return Text(f"发现 {len(report.findings)} 项。", f"Findings: {len(report.findings)}.")


def _tidy(finding: Finding) -> Finding:
    """Return a finding as it is written. What tiles lack the product still has, whatever the builder called it."""
    unit = "tile_feature" if finding.rule.startswith("tiles.") and finding.unit == "feature" else finding.unit
    samples = finding.samples[:SAMPLES]
    if finding.fate == "left_out" and unit == "feature":
        # Somebody may have left them out because nobody shall see them: their rows are enough to find them again.
        return replace(finding, unit=unit, samples=tuple(Sample(each.row) for each in samples))
    return replace(finding, unit=unit, samples=tuple(_discreet(each) for each in samples))


def _discreet(sample: Sample) -> Sample:
    return replace(sample, id=None if sample.id is None else _told(sample.id), detail=_told(sample.detail))


def _told(text: str) -> str:
    """Return a text without numbers of persons, cut to `LONGEST`."""
    text = masked(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _numbers(quality: Quality) -> str:
    return ", ".join(f"{each.name} {getattr(quality, each.name)}" for each in fields(Quality))
