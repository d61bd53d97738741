"""Several rasters seen as one: a pixel of a later one only where earlier ones hold no data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tianlake.lake.words import Bounds

Pixels = tuple[NDArray[Any], NDArray[np.uint8]]
"""`(bands, height, width)` and the `(height, width)` mask, above 0 where valid."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One raster that is drawn."""

    cog: Path
    """In EPSG:4490."""
    bounds: Bounds
    """Degrees; where the file lies, so that only files a block touches are opened."""


def compose(
    layers: Iterable[Layer], box: tuple[float, float, float, float], read: Callable[[Path], Pixels]
) -> Pixels | None:
    """Return the pixels of the layers one below the other, or None where none of them lies.

    Args:
        layers: The one on top first.
        box: West, south, east, north of what is read, degrees.
        read: Reads one of them, always the same pixels.
    """
    data: NDArray[Any] | None = None
    mask = np.zeros((0, 0), np.uint8)
    for layer in layers:
        if not touches(layer.bounds, box):
            continue
        more, valid = read(layer.cog)
        if data is None:
            data, mask = more, valid
        else:
            fresh = (mask == 0) & (valid > 0)
            data[:, fresh], mask[fresh] = more[:, fresh], valid[fresh]
        if mask.all():
            break
    return None if data is None else (data, mask)


def touches(one: Bounds, box: tuple[float, float, float, float]) -> bool:
    """Say whether a raster lies in a box: west, south, east, north, degrees."""
    west, south, east, north = box
    return one.west < east and west < one.east and one.south < north and south < one.north
