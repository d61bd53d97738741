"""How the values of a raster's bands are spread, in bounded memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from tianlake.build.quality.report import BandReport
from tianlake.build.raster.cog import chunks, gdal_options

STEPS: Final = 64
"""Steps of a histogram."""


class Tally:
    """What is known of one band after some of its pixels."""

    def __init__(self, within: tuple[float, float] | None, dtype: str) -> None:
        """Begin with nothing counted.

        Args:
            within: Smallest and largest value, between which the steps lie; None where that is to be found.
            dtype: Of the values. Few whole numbers get a step each, so that no class falls between two.
        """
        self.extremes: tuple[float, float] | None = None
        self.valid = 0
        self.total = 0.0
        self._low, high = within or (0.0, 0.0)
        few = np.issubdtype(np.dtype(dtype), np.integer) and high - self._low < STEPS
        number = int(high - self._low) + 1 if few else STEPS
        self._step = 1.0 if few else (high - self._low) / STEPS or 1.0
        self.counts: NDArray[np.int64] = np.zeros(number, np.int64)

    def add(self, values: NDArray[Any]) -> None:
        """Count valid pixels."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        before = self.extremes or (low, high)
        self.extremes = min(before[0], low), max(before[1], high)
        self.valid += values.size
        self.total += float(values.sum(dtype=np.float64))
        steps = (values.astype(np.float64) - self._low) / self._step
        last = len(self.counts) - 1
        self.counts += np.bincount(np.clip(steps, 0, last).astype(np.intp), minlength=last + 1)


def band_reports(raster: Path) -> tuple[BandReport, ...]:
    """Read a raster block by block: once for the spread of its values, before that for their range if need be."""
    with gdal_options(GDAL_PAM_ENABLED="NO"), rasterio.open(raster) as dataset:
        ranges = [_range(dataset, number) for number in dataset.indexes]
        if not all(ranges):
            tallies = [Tally(None, dtype) for dtype in dataset.dtypes]
            _walk(dataset, tallies)
            ranges = [each.extremes for each in tallies]
        tallies = [Tally(each, dtype) for each, dtype in zip(ranges, dataset.dtypes, strict=True)]
        _walk(dataset, tallies)
        return tuple(_report(raster.name, number, dataset, tally) for number, tally in enumerate(tallies))


def _range(dataset: DatasetReader, number: int) -> tuple[float, float] | None:
    """Return smallest and largest value as GDAL's COG driver has written them; None where it has not."""
    tags = dataset.tags(number)
    low, high = tags.get("STATISTICS_MINIMUM"), tags.get("STATISTICS_MAXIMUM")
    return (float(low), float(high)) if low and high else None


def _walk(dataset: DatasetReader, tallies: list[Tally]) -> None:
    for window in chunks(dataset.width, dataset.height):
        data, masks = dataset.read(window=window), dataset.read_masks(window=window)
        for tally, values, mask in zip(tallies, data, masks, strict=True):
            valid = values[mask > 0]
            tally.add(valid[np.isfinite(valid)])


def _report(name: str, number: int, dataset: DatasetReader, tally: Tally) -> BandReport:
    low, high = tally.extremes or (None, None)
    return BandReport(
        asset=name,
        band=number + 1,
        data_type=dataset.dtypes[number],
        valid=tally.valid,
        pixels=dataset.width * dataset.height,
        minimum=low,
        maximum=high,
        mean=float(f"{tally.total / tally.valid:.9g}") if tally.valid else None,
        histogram=tuple(tally.counts.tolist()) if tally.valid else (),
    )
