"""Evaluation of the nodes right below (article 20): points by a scheme from what each has signed, and their ranks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import STRICT, dump_record, parse_record
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Below, Figure, Report, believed
from tianlake.lake.reports.rollup import Neighbour, below
from tianlake.lake.reports.scheme import LARGEST_VALUE, Criterion, Missing, Scheme, points_of, weighed
from tianlake.lake.signed import sign
from tianlake.lake.words import Instant, Sha256, Text

MAGIC: Final = b"tianlake-evaluation 1\n"

NOT_TOLD: Final = Text("报告中没有此指标", "the report has no such figure")
NOTHING_TO_DIVIDE: Final = Text("除数为零", "it is divided by zero")
NO_NUMBER: Final = Text("数值无效", "its value is no number that can be")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a node got by one criterion."""

    criterion: str
    value: int | float | None = None
    """What was measured, in the unit of the criterion."""
    points: float | None = None
    """0 to 100; None where the criterion is left out of the weights."""
    why: Text | None = None
    """Why nothing was measured; None where something was."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a node got."""

    node: NodeCode
    name: str
    rank: int | None
    """1 is the best; nodes of one total share one, and the next one counts them. None where there is no total."""
    total: float | None
    """Mean of the points by weight, 0 to 100; None where no criterion counts."""
    marks: tuple[Mark, ...]
    """In the order of the scheme."""
    whole: bool = True
    """Whether the quarter was over when its report was made."""
    sha256: Sha256 | None = None
    """Of its signed report."""
    why: Text | None = None
    """Why it has no report that counts."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All nodes right below one, ranked."""

    node: NodeCode
    name: str
    authority: str
    quarter: Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
    made: Instant
    whole: bool
    """Whether the quarter was over."""
    scheme: Scheme
    scheme_sha256: Sha256
    """Of the scheme's file."""
    cards: tuple[Scorecard, ...]
    """By rank, those of one rank by code; those without a rank are last."""
    files: dict[str, Sha256] = field(default_factory=dict)
    """The same for people, and the scheme: name → SHA-256 of the file beside this one."""
    form: Literal[1] = 1

    __pydantic_config__ = STRICT


def scorecards(scheme: Scheme, children: Sequence[Neighbour], quarter: Quarter) -> tuple[Scorecard, ...]:
    """Return the scorecards of nodes, ranked; their reports are read where a parent's report reads them.

    Args:
        scheme: What counts.
        children: The nodes, in any order.
        quarter: Whose reports.
    """
    return ranked([scorecard(scheme, *below(child, quarter)) for child in children])


def scorecard(scheme: Scheme, row: Below, report: Report | None) -> Scorecard:
    """Return what a node got, without a rank.

    Args:
        scheme: What counts.
        row: What reading its report came to.
        report: What it signed; None where it has no report that counts.
    """
    if report is None:
        lost = row.why or NOT_TOLD
        marks = tuple(_unmeasured(each, lost, scheme.silent) for each in scheme.criteria)
    else:
        marks = tuple(_mark(scheme, each, report) for each in scheme.criteria)
    total = weighed(
        [
            (each.weight, mark.points)
            for each, mark in zip(scheme.criteria, marks, strict=True)
            if mark.points is not None
        ]
    )
    whole = report is None or report.whole
    return Scorecard(row.node, row.name, None, total, marks, whole, row.sha256, row.why)


def ranked(cards: Sequence[Scorecard]) -> tuple[Scorecard, ...]:
    """Return scorecards in the order of their ranks: one more than the number of those that have a better total."""
    totals = [each.total for each in cards if each.total is not None]
    placed = [
        each if (own := each.total) is None else replace(each, rank=1 + sum(other > own for other in totals))
        for each in cards
    ]
    return tuple(sorted(placed, key=lambda each: (each.rank is None, each.rank or 0, each.node)))


def _mark(scheme: Scheme, criterion: Criterion, report: Report) -> Mark:
    found = _measured(criterion, report)
    if isinstance(found, Text):
        return _unmeasured(criterion, found, scheme.missing_at(criterion))
    return Mark(criterion.id, found, points_of(criterion, found))


def _unmeasured(criterion: Criterion, why: Text, missing: Missing) -> Mark:
    return Mark(criterion.id, None, 0.0 if missing == "no-points" else None, why)


def _measured(criterion: Criterion, report: Report) -> float | Text:
    """Return what a criterion measures, or why that cannot be told."""
    value = _value(report.figure(criterion.measure))
    if criterion.per is None or isinstance(value, Text):
        return value
    per = _value(report.figure(criterion.per))
    if isinstance(per, Text):
        return per
    if per <= 0:
        return NOTHING_TO_DIVIDE
    return share if abs(share := value / per) <= LARGEST_VALUE else NO_NUMBER


def _value(figure: Figure | None) -> float | Text:
    if figure is None or figure.value is None:
        return NOT_TOLD if figure is None or figure.why is None else figure.why
    return figure.value if abs(figure.value) <= LARGEST_VALUE else NO_NUMBER  # which is false for NaN


def signed_evaluation(evaluation: Evaluation, seed: bytes) -> bytes:
    """Return an evaluation as others read it: one line of JSON, signed by the node that made it."""
    return sign(MAGIC, json.loads(dump_record(evaluation)), seed)


def read_evaluation(body: bytes, keys: Sequence[str], *, file: str) -> Evaluation:
    """Return an evaluation that one of `keys` has signed.

    Raises:
        LakeError: It is none, was changed, or is signed by another key.
    """
    if (header := believed(body, MAGIC, keys, file=file)) is None:
        raise LakeError(f"{file}: is no signed evaluation", zh=f"{file}：不是签名的评估")
    return parse_record(Evaluation, header, file=file)
