"""Heights of a COG in metres, whatever type, scale and offset they are stored with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from tianlake.build.raster.cog import gdal_options

TALLEST: Final = 9_000
"""Metres; no two neighbouring pixels on land differ by more (Mount Everest: 8,848.86 m)."""


@dataclass(frozen=True, slots=True)
class Heights:
    """The first band of an open raster."""

    dataset: DatasetReader

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.dataset.width)

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.dataset.height)

    @property
    def transform(self) -> Affine:
        """From (column, row) to (longitude, latitude)."""
        at: Affine = self.dataset.transform
        return at

    def read(self, window: Window) -> np.ma.MaskedArray[Any, Any]:
        """Return metres as float64, masked where there is no data."""
        scale, offset = self.dataset.scales[0], self.dataset.offsets[0]
        data = self.dataset.read(1, window=window).astype(np.float64) * scale + offset
        return np.ma.MaskedArray(data, mask=self.dataset.read_masks(1, window=window) == 0)


@contextmanager
def open_heights(cog: Path) -> Iterator[Heights]:
    """Open a COG of heights."""
    with gdal_options(), rasterio.open(cog) as dataset:
        yield Heights(dataset)


def count_steps(values: np.ma.MaskedArray[Any, Any]) -> NDArray[np.int64]:
    """Return how often neighbours differ by less than 1 m, by 1 to 2 m, and so on to `TALLEST`."""
    counts = np.zeros(TALLEST, np.int64)
    for axis in (0, 1):
        found = np.ma.compressed(np.abs(np.diff(values, axis=axis)))
        counts += np.bincount(np.minimum(found, TALLEST - 1).astype(np.int64), minlength=TALLEST)
    return counts
