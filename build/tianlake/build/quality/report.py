"""What a quality report says: the values that builders fill in and that are written as `quality.json`.

Nothing is lost silently: what a builder changes, drops or leaves out is a `Finding` with its number and its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tianlake.lake.releases import Changes, Quality
from tianlake.lake.words import Bounds, Text

Fate = Literal["kept", "changed", "left_out", "dropped"]
"""What became of the features a finding counts: written as they were, written changed, left out on purpose, lost."""

Unit = Literal["feature", "tile_feature", "pixel", "tile", "file", "value"]
"""What a finding counts: features of the product (or rows of its table), features that tiles of some zoom lack though
the product has them, pixels, tiles, files, or single attribute values."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One feature that a finding is about, so that somebody can look at it in the source."""

    row: int | None = None
    """Its place in the source, counted from 1."""
    id: str | None = None
    """Its id, or its name where it has none."""
    lon: float | None = None
    """Degrees east, of a point on it; None where it has no place."""
    lat: float | None = None
    """Degrees north."""
    detail: str = ""
    """What was wrong with this one: `Self-intersection at 116.3 39.9`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that happened to some features, pixels or tiles, and why."""

    rule: str
    """A stable name: `geometry.repaired`, `geometry.empty`, `crs.gcj02`, `place.division`, `tiles.dropped`, …"""
    fate: Fate
    count: int
    reason: Text
    """Why, and what to do about it where somebody should."""
    source: str | None = None
    """Path of the source, where the finding is about one."""
    samples: tuple[Sample, ...] = ()
    """The first few, at most 20."""
    unit: Unit = "feature"
    """Findings that drop or leave out features add up to `dropped` and `left_out` of the product."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source, and where its features went."""

    path: str
    layer: str
    """The tile layer that its features are in."""
    crs: str
    """Where its coordinates were taken for lying: `EPSG:4527`, `GCJ-02`."""
    crs_from: Literal["file", "recipe", "coordinates"]
    operation: str
    """What brought them to CGCS2000, in PROJ's words or ours."""
    accuracy_m: float | None
    """Error that the operation may add, metres; None where nobody knows."""
    quality: Quality
    bounds: Bounds | None = None
    """Of what was written; None where nothing was."""


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """One attribute of the product."""

    name: str
    type: str
    """As DuckDB prints it."""
    rows: int
    filled: int
    """Rows where it is neither null nor an empty text."""
    distinct: int
    """So many different values; of more than two million rows, about so many. 0 where values have parts."""
    minimum: str | None = None
    maximum: str | None = None
    examples: tuple[str, ...] = ()
    """The most frequent values, at most five."""
    values: tuple[str, ...] = ()
    """All values, the most frequent first, where they are few and short: a list to choose from."""
    personal: bool = False
    """Whether it seems to hold numbers of persons: then neither examples nor extremes are told."""


@dataclass(frozen=True, slots=True)
class ZoomReport:
    """The tiles of one zoom of one archive."""

    archive: str
    """Its file name."""
    zoom: int
    tiles: int
    bytes: int
    largest: int
    """Bytes of the largest tile as it is stored."""
    lost: dict[str, int] = field(default_factory=dict)
    """Way of thinning out (`dropped_by_rate`, `coalesced_as_needed`, …) → features, counted in each of their tiles."""
    absent: int = 0
    """Different features that no tile of this zoom holds under their own id; merged ones are among them."""


@dataclass(frozen=True, slots=True)
class BandReport:
    """One band of one raster."""

    asset: str
    """File name of the COG."""
    band: int
    """From 1."""
    data_type: str
    valid: int
    """Pixels that hold data."""
    pixels: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    histogram: tuple[int, ...] = ()
    """Numbers of valid pixels in equal steps from minimum to maximum."""


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. Members that a kind of product has no use for stay empty."""

    quality: Quality = field(default_factory=Quality)
    bounds: Bounds | None = None
    sources: tuple[SourceReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: tuple[ColumnReport, ...] = ()
    zooms: tuple[ZoomReport, ...] = ()
    bands: tuple[BandReport, ...] = ()
    changes: Changes | None = None
