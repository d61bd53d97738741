"""Numbers behind the drawings of the page: where bars, ribbons, ticks and marks lie. Pure; the template draws them."""

from __future__ import annotations

import base64
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from tianlake.build.quality.picture import MapPicture
from tianlake.build.quality.report import Fate, Finding, Report
from tianlake.lake.words import Text

FLOW_HEIGHT: Final = 180.0
"""Units of the bar of all features that were read."""

THINNEST: Final = 2.0
"""Units that a ribbon is high at least, so that one lost feature of a million is still seen."""

ROW: Final = 40.0
"""Units between two labels."""

RIBBONS: Final = 7
"""Reasons that get a ribbon of their own; further ones share one."""

STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
"""Degrees between two lines of the graticule."""

LINES: Final = 6
"""Lines of the graticule in each direction, at most."""

EDGE: Final = 24
"""Pixels from the edge of the map within which no line is drawn: its label would not fit."""

SCALE_SHARE: Final = 0.3
"""The scale bar is as long as the longest round number below this share of the map's width."""

KM_A_DEGREE: Final = 111.32
"""Of latitude, mean; kilometres."""

MARKS: Final = 300
"""Samples drawn on the map, at most."""


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Features that went one way, from the bar of what was read to its label."""

    fate: Fate
    label: Text
    count: int
    left: float
    """Upper edge at the left, units."""
    left_high: float
    right: float
    right_high: float
    text: float
    """Middle of the label."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The drawing of where features went."""

    ribbons: tuple[Ribbon, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the graticule."""

    at: float
    """Pixels from the left or from the top."""
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A sample of a finding on the map."""

    x: float
    y: float
    fate: Fate
    number: int
    """Of the finding, from 1."""
    title: str


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """What lies on the picture of the map."""

    data: str
    """The picture, base 64."""
    density: str | None
    meridians: tuple[Tick, ...]
    parallels: tuple[Tick, ...]
    scale_px: float
    scale: str
    rings: tuple[str, ...]
    """`points` of SVG polygons."""
    marks: tuple[Mark, ...]
    outside: int
    """Samples that lie outside the map."""


def draw_flow(report: Report) -> Flow | None:
    """Return the ribbons of what was written as it was, written changed, and not written by reason."""
    read = report.quality.read
    if not read:
        return None
    parts = _parts(report)
    scale = FLOW_HEIGHT / read
    ribbons, left, right, text = [], 0.0, 0.0, -ROW
    for fate, label, count in parts:
        high = count * scale
        shown = max(high, THINNEST)
        middle = max(right + shown / 2, text + ROW, ROW / 2)
        top = middle - shown / 2
        ribbons.append(Ribbon(fate, label, count, left, shown, top, shown, middle))
        left, right, text = left + high, top + shown + ROW / 4, middle
    return Flow(tuple(ribbons), max(right, text + ROW / 2, FLOW_HEIGHT))


def _parts(report: Report) -> list[tuple[Fate, Text, int]]:
    repaired = min(report.quality.repaired, report.quality.written)
    parts: list[tuple[Fate, Text, int]] = [
        ("kept", Text("原样写出", "written as they were"), report.quality.written - repaired),
        ("changed", Text("修复几何后写出", "written with repaired geometry"), repaired),
    ]
    sums: defaultdict[tuple[Fate, str], int] = defaultdict(int)
    reasons: dict[tuple[Fate, str], Text] = {}
    for finding in report.findings:
        if finding.fate in {"left_out", "dropped"} and finding.unit == "feature":
            sums[finding.fate, finding.rule] += finding.count
            reasons[finding.fate, finding.rule] = finding.reason
    for fate in ("left_out", "dropped"):
        ordered = sorted((key for key in sums if key[0] == fate), key=lambda key: -sums[key])
        parts += [(key[0], reasons[key], sums[key]) for key in ordered[:RIBBONS]]
        if rest := sum(sums[key] for key in ordered[RIBBONS:]):
            parts.append((fate, Text("其他原因", "for other reasons"), rest))
    return [part for part in parts if part[2]]


def draw_map(picture: MapPicture, findings: tuple[Finding, ...]) -> MapDrawing:
    """Return graticule, scale, rings and marks on a picture."""
    wide, high = picture.east - picture.west, picture.north - picture.south
    step = next((each for each in STEPS if max(wide, high) / each <= LINES), STEPS[-1])
    km_a_pixel = high / picture.height * KM_A_DEGREE
    length = _round_below(km_a_pixel * picture.width * SCALE_SHARE)
    marks = [_mark(picture, number, finding) for number, finding in enumerate(findings, 1)]
    inside = [mark for found in marks for mark in found if _within(picture, mark)]
    return MapDrawing(
        data=base64.b64encode(picture.png).decode(),
        density=base64.b64encode(picture.density.png).decode() if picture.density else None,
        meridians=tuple(
            Tick(at, _degrees(each, step, "EW"))
            for each in _multiples(picture.west, picture.east, step)
            if EDGE <= (at := round((each - picture.west) / wide * picture.width, 1)) <= picture.width - EDGE
        ),
        parallels=tuple(
            Tick(at, _degrees(each, step, "NS"))
            for each in _multiples(picture.south, picture.north, step)
            if EDGE <= (at := round((picture.north - each) / high * picture.height, 1)) <= picture.height - EDGE
        ),
        scale_px=round(length / km_a_pixel, 1),
        scale=f"{length:g} km" if length >= 1 else f"{length * 1000:g} m",
        rings=tuple(_points(picture, ring) for ring in picture.rings),
        marks=tuple(inside[:MARKS]),
        outside=sum(len(found) for found in marks) - len(inside),
    )


def _mark(picture: MapPicture, number: int, finding: Finding) -> list[Mark]:
    return [
        Mark(
            *_pixel(picture, sample.lon, sample.lat),
            finding.fate,
            number,
            " · ".join(str(part) for part in (finding.rule, sample.row, sample.id, sample.detail) if part),
        )
        for sample in finding.samples
        if sample.lon is not None and sample.lat is not None
    ]


def _pixel(picture: MapPicture, lon: float, lat: float) -> tuple[float, float]:
    across = (lon - picture.west) / (picture.east - picture.west) * picture.width
    down = (picture.north - lat) / (picture.north - picture.south) * picture.height
    return round(across, 1), round(down, 1)


def _within(picture: MapPicture, mark: Mark) -> bool:
    return 0 <= mark.x <= picture.width and 0 <= mark.y <= picture.height


def _points(picture: MapPicture, ring: tuple[tuple[float, float], ...]) -> str:
    return " ".join("{:g},{:g}".format(*_pixel(picture, lon, lat)) for lon, lat in ring)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _degrees(value: float, step: float, sides: str) -> str:
    """Return a coordinate with as many decimals as the step between two lines needs."""
    decimals = max(0, -math.floor(math.log10(step)))
    side = "" if round(value, decimals) in {0, 180, -180} else sides[value < 0]
    return f"{abs(value):.{decimals}f}°{side}"


def _round_below(value: float) -> float:
    """Return the largest of 1, 2, 5, 10, … (or 0.5, 0.2, …) that is not above `value`."""
    power = 10 ** math.floor(math.log10(value))
    return float(f"{max(each for each in (1, 2, 5) if each * power <= value) * power:.6g}")
