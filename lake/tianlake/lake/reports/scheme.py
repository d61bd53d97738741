"""Schemes of evaluation: what of a node's report counts (article 20), how much, and how a figure becomes points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.errors import fault
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.reports.report import Unit
from tianlake.lake.toml_files import parse_toml
from tianlake.lake.words import Text

MOST: Final = 100.0
"""Points that a criterion gives at most, and what weights sum to."""

_DEFAULT: Final = "evaluation-scheme.toml"

MEASURES: Final[dict[str, Unit]] = {
    "availability": "ratio",
    "requests": "",
    "refused": "",
    "failed": "",
    "bytes": "bytes",
    "p50": "ms",
    "p99": "ms",
    "hits": "ratio",
    "uptime": "ratio",
    "uptime.measured": "ratio",
    "uptime.down": "seconds",
    "uptime.longest": "seconds",
    "products": "",
    "products.late": "",
    "products.due": "",
    "products.oldest": "days",
    "releases.published": "",
    "releases.rolled-back": "",
    "releases.withdrawn": "",
    "releases.refused": "",
    "reviews.submitted": "",
    "reviews.approved": "",
    "reviews.rejected": "",
    "reviews.map-approved": "",
    "cases.opened": "",
    "cases.decided": "",
    "cases.closed": "",
    "incidents.opened": "",
    "keys.issued": "",
    "keys.revoked": "",
    "replicas.filed": "",
    "replicas.pushed": "",
    "replicas.verified": "",
    "replicas.revoked": "",
    "patrols": "",
    "patrols.objects": "",
    "patrols.damaged": "",
    "patrols.left": "",
    "backups": "",
    "backups.whole": "",
    "drills": "",
    "drills.took": "seconds",
    "total.nodes": "",
    "total.missing": "",
    "total.requests": "",
    "total.bytes": "bytes",
    "total.releases": "",
}
"""Figures of a report that a scheme may count → their unit."""

Missing = Literal["no-points", "left-out"]
"""What has no data: gets no points, or does not count and the other weights share what it would have weighed."""

LARGEST_VALUE: Final = 1e18
"""A figure beyond it, or below its negative, is none: bytes of a nation's quarter are fewer."""

_Number = Annotated[float, Field(ge=-LARGEST_VALUE, le=LARGEST_VALUE)]
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that counts."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    title: Text
    weight: Annotated[float, Field(gt=0, le=MOST, allow_inf_nan=False)]
    law: Text
    """The rule that asks for it: `《办法》第十二条`."""
    measure: str
    """A figure of the report."""
    points: tuple[tuple[_Number, _Number], ...]
    """Value → points, 0 to 100: values rise, and points either never fall or never rise."""
    per: str | None = None
    """A figure that the measure is divided by."""
    between: Literal["line", "step"] = "line"
    """Between two values: on the line through them, or the points of the lower one."""
    missing: Missing | None = None
    """Of this criterion; as the scheme says where it is None."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse what no points could be told by."""
        for name in (self.measure, self.per):
            if name is not None and name not in MEASURES:
                msg = f"{name!r} is no figure of a report; figures are {', '.join(MEASURES)}"
                raise ValueError(msg)
        values, points = [value for value, _ in self.points], [given for _, given in self.points]
        if len(self.points) < 2 or any(second <= first for first, second in pairwise(values)):  # noqa: PLR2004
            msg = "points are two or more pairs [value, points] whose values rise"
            raise ValueError(msg)
        if not all(0 <= given <= MOST for given in points):
            msg = f"points must lie in 0..{MOST:.0f}"
            raise ValueError(msg)
        if points not in (sorted(points), sorted(points, reverse=True)):
            msg = "points must never fall, or never rise, as values rise: a better figure must not lower them"
            raise ValueError(msg)

    @property
    def unit(self) -> Unit:
        """Of what is measured."""
        return MEASURES[self.measure] if self.per is None else "ratio"


@dataclass(frozen=True, slots=True)
class Scheme:
    """All that counts, in one version."""

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,40}$")]
    since: date
    """From when on it holds."""
    title: Text
    criteria: tuple[Criterion, ...]
    missing: Missing
    """A figure without data, where its criterion does not say."""
    silent: Missing
    """A node without a report that counts: no points and the last rank, or no rank."""

    __pydantic_config__ = STRICT

    def missing_at(self, criterion: Criterion) -> Missing:
        """Return what holds where a criterion has no data."""
        return criterion.missing or self.missing


def read_scheme(raw: bytes, file: str) -> Scheme:
    """Return the scheme that a TOML file, called `file`, holds.

    Raises:
        LakeError: It is none; one line with the file, the place and the rule.
    """
    found = read_record(Scheme, parse_toml(raw, file), file=file)
    ids = [each.id for each in found.criteria]
    twice = next((number for number, each in enumerate(ids) if each in ids[:number]), None)
    if twice is not None:
        name = ids[twice]
        zh = f"指标标识 {name!r} 已用过，须各不相同"
        raise fault(file, f"criteria.{twice}.id", f"{name!r} is another one's already; give each its own", zh=zh)
    weights = math.fsum(each.weight for each in found.criteria)
    if not math.isclose(weights, MOST, abs_tol=1e-9):
        rule = f"weights sum to {weights:g}; they must sum to {MOST:g}"
        raise fault(file, "criteria", rule, zh=f"权重合计为 {weights:g}，须为 {MOST:g}")
    return found


@cache
def default_scheme() -> bytes:
    """Return the file of the scheme that holds where an operator gives none."""
    return (files("tianlake.lake.reports") / _DEFAULT).read_bytes()


def points_of(criterion: Criterion, value: float) -> float:
    """Return the points that a value gets, 0 to 100, to two decimals, halves upwards."""
    curve = criterion.points
    if value < curve[0][0]:
        return _rounded(curve[0][1])
    for (low, below), (high, above) in pairwise(curve):
        if value < high:
            share = 0.0 if criterion.between == "step" else (value - low) / (high - low)
            return _rounded(below + (above - below) * share)
    return _rounded(curve[-1][1])


def weighed(marks: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean of points by weight, to two decimals, halves upwards; None where nothing weighs.

    Args:
        marks: Weight and points of each criterion that counts.
    """
    weights = sum((Decimal(str(weight)) for weight, _ in marks), Decimal())
    if not weights:
        return None
    return float(_cents(sum(Decimal(str(weight)) * Decimal(str(points)) for weight, points in marks) / weights))


def _rounded(points: float) -> float:
    """Return points to two decimals, halves upwards, as people reckon."""
    return float(_cents(Decimal(str(points))))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
