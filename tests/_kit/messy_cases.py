"""What a messy input is to become: the form of a row of the table, and what several rows share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from messy_kit import (
    Frame,
    seats,
    table,
)
from pyproj import Geod

from tianlake.lake.recipes import FeatureOptions, Source

GEOD = Geod(ellps="GRS80")
CSV_4490 = Source("a.csv", crs="EPSG:4490")


@dataclass(frozen=True)
class Read:
    """What is to come out of a source."""

    source: Source
    places: Frame
    """Column `name`, and where each feature is to lie, EPSG:4490."""
    within_m: float = 0.001
    findings: dict[str, int] = field(default_factory=dict)
    crs: str | None = None
    crs_from: str | None = None
    accuracy_m: float | str | None = "any"
    features: FeatureOptions = field(default_factory=FeatureOptions)
    root: Path | None = None


def csv(folder: Path, frame, encoding: str = "utf-8", name: str = "a.csv", separator: str = ",") -> None:
    (folder / name).write_bytes(frame.to_csv(index=False, sep=separator).encode(encoding))


def lonlat(folder: Path, encoding: str = "utf-8", **options) -> Frame:
    frame = seats()
    csv(folder, table(frame, 经度=frame.geometry.x, 纬度=frame.geometry.y), encoding, **options)
    return frame


def as_datum(crs: int, frame: Frame) -> Frame:
    """Take degrees for those of another datum, and return where PROJ says they lie."""
    return frame.set_crs(crs, allow_override=True).to_crs(4490)


def as_datum_of(crs: int, frame: Frame) -> Frame:
    return frame.to_crs(crs).to_crs(4490)
