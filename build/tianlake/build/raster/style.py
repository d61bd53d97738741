"""How a raster becomes a picture: class colours, a colour ramp, or bands as red, green and blue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, Resampling
from rasterio.io import DatasetReader
from rio_tiler.colormap import cmap

from tianlake.build.raster.values import Rgb

RAMP: Final = "viridis"
"""Colour map of amounts: even steps of lightness, readable to colour-blind eyes and in print."""

PERCENTILES: Final = (2.0, 98.0)
"""Share of the values, in percent, below the first and the last colour: outliers must not take the whole ramp."""

SAMPLE: Final = 1024
"""Pixels along the longer side of the overview from which percentiles are taken."""

INDEXES: Final = 255
"""Colours a picture with a palette can have beside the transparent one."""

Rgba = tuple[int, int, int, int]

CLEAR: Final[Rgba] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels ready to be encoded."""

    pixels: NDArray[np.uint8]
    """`(bands, height, width)`: one band of palette indexes, or red, green, blue and alpha."""
    palette: tuple[Rgba, ...] = ()
    """Colours of the indexes; the first one is transparent. Empty for red, green, blue and alpha."""

    def rgba(self) -> NDArray[np.uint8]:
        """Return `(4, height, width)`: red, green, blue and alpha."""
        if not self.palette:
            return self.pixels
        looked_up: NDArray[np.uint8] = np.asarray(self.palette, np.uint8)[self.pixels[0]]
        return np.moveaxis(looked_up, -1, 0)


class Style(Protocol):
    """How pixels become a picture; travels to other processes, so everything in it can be pickled."""

    @property
    def bands(self) -> tuple[int, ...]:
        """Bands to read, from 1."""

    @property
    def resampling(self) -> Resampling:
        """How pixels between those of the raster are found: nearest neighbour, or bilinear."""

    @property
    def lossless(self) -> bool:
        """Whether each colour has a meaning, so that no lossy image format will do."""

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of `data` `(bands, height, width)`, transparent where `mask` is 0."""

    def render(self) -> dict[str, Any]:
        """Return the words of the STAC render extension for this style."""


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """Each class in its colour; other values are transparent."""

    values: tuple[int, ...]
    """Ascending."""
    colors: tuple[Rgb, ...]
    """One for each value."""

    @property
    def bands(self) -> tuple[int, ...]:
        """Bands to read, from 1."""
        return (1,)

    @property
    def resampling(self) -> Resampling:
        """Return nearest neighbour: a class between two others means something else."""
        return Resampling.nearest

    @property
    def lossless(self) -> bool:
        """Return True: each colour is a class."""
        return True

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of `data` `(1, height, width)`, transparent where `mask` is 0."""
        values = np.asarray(self.values)
        place = np.minimum(np.searchsorted(values, data[0]), len(values) - 1)
        known = (values[place] == data[0]) & (mask > 0)
        palette = (CLEAR, *((*color, 255) for color in self.colors))
        index = np.where(known, place + 1, 0)
        if len(self.colors) <= INDEXES:
            return Picture(index[np.newaxis].astype(np.uint8), palette)
        return Picture(np.moveaxis(np.asarray(palette, np.uint8)[index], -1, 0))

    def render(self) -> dict[str, Any]:
        """Return the words of the STAC render extension for this style."""
        colormap = {str(value): list(color) for value, color in zip(self.values, self.colors, strict=True)}
        return {"bidx": [1], "colormap": colormap, "resampling": "nearest"}


class Amounts:
    """What the styles of one band of amounts have in common: between two amounts lies an amount."""

    __slots__ = ()

    @property
    def bands(self) -> tuple[int, ...]:
        """Bands to read, from 1."""
        return (1,)

    @property
    def resampling(self) -> Resampling:
        """Return bilinear."""
        return Resampling.bilinear

    @property
    def lossless(self) -> bool:
        """Return False: it is a picture of amounts, not the amounts."""
        return False


@dataclass(frozen=True, slots=True)
class RampStyle(Amounts):
    """Amounts of one band from `low` (dark) to `high` (bright); what lies beyond takes the end colours."""

    low: float
    high: float

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of `data` `(1, height, width)`, transparent where `mask` is 0."""
        share = _stretch(data[0], self.low, self.high, INDEXES - 1)
        index = np.where(mask > 0, share + 1, 0).astype(np.uint8)
        colors = cast("dict[int, Rgba]", cmap.get(RAMP))
        palette = (CLEAR, *(colors[round(step * 255 / (INDEXES - 1))] for step in range(INDEXES)))
        return Picture(index[np.newaxis], palette)

    def render(self) -> dict[str, Any]:
        """Return the words of the STAC render extension for this style."""
        rescale = [[self.low, self.high]]
        return {"bidx": [1], "colormap_name": RAMP, "rescale": rescale, "resampling": "bilinear"}


@dataclass(frozen=True, slots=True)
class CompositeStyle:
    """Three bands as red, green and blue, all stretched alike from `low` to `high`."""

    bands: tuple[int, ...]
    """Bands to read, from 1."""
    low: float
    high: float

    @property
    def resampling(self) -> Resampling:
        """Return bilinear."""
        return Resampling.bilinear

    @property
    def lossless(self) -> bool:
        """Return False: it is a picture."""
        return False

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of `data` `(3, height, width)`; `mask` becomes its alpha."""
        return Picture(np.concatenate((_stretch(data, self.low, self.high, 255), mask[np.newaxis])))

    def render(self) -> dict[str, Any]:
        """Return the words of the STAC render extension for this style."""
        rescale = [[self.low, self.high]] * 3
        return {"bidx": list(self.bands), "rescale": rescale, "resampling": "bilinear"}


def _stretch(data: NDArray[Any], low: float, high: float, top: int) -> NDArray[np.uint8]:
    """Return `data` as 0 (at `low`) to `top` (at `high`); NaN becomes 0."""
    if data.dtype == np.uint8 and (low, high, top) == (0, 255, 255):
        return data
    share = (data.astype(np.float64) - low) * (top / (high - low))
    return np.nan_to_num(np.rint(np.clip(share, 0, top))).astype(np.uint8)


def choose_style(cogs: Sequence[Path], colors: dict[int, Rgb]) -> Style:
    """Return how COGs alike are drawn: classes in `colors`, three bands as RGB, or one band as a ramp."""
    if colors:
        known = sorted(colors.items())
        return ClassStyle(tuple(value for value, _ in known), tuple(color for _, color in known))
    with rasterio.open(cogs[0]) as first:
        bands, dtype = _rgb_bands(first), first.dtypes[0]
    if not bands:
        return RampStyle(*_spread(cogs, (1,)))
    if dtype == "uint8":
        return CompositeStyle(bands, 0, 255)
    return CompositeStyle(bands, *_spread(cogs, bands))


def _rgb_bands(dataset: DatasetReader) -> tuple[int, ...]:
    """Return the bands named red, green and blue, else the first three; nothing where there are fewer."""
    named = dataset.colorinterp
    wanted = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if all(color in named for color in wanted):
        return tuple(named.index(color) + 1 for color in wanted)
    plain = tuple(band for band in dataset.indexes if named[band - 1] is not ColorInterp.alpha)
    return plain[:3] if len(plain) >= len(wanted) else ()


def _spread(cogs: Sequence[Path], bands: tuple[int, ...]) -> tuple[float, float]:
    """Return the values at `PERCENTILES` over an overview of the bands; never equal ones."""
    values = np.concatenate([_sample(cog, bands) for cog in cogs])
    if not values.size:
        return 0.0, 1.0
    low, high = (float(f"{value:.6g}") for value in np.percentile(values.astype(np.float64), PERCENTILES))
    return (low, high) if high > low else (low, low + 1)


def _sample(cog: Path, bands: tuple[int, ...]) -> NDArray[Any]:
    """Return the valid values of an overview. One file is open at a time: there may be thousands."""
    with rasterio.open(cog) as dataset:
        scale = min(1.0, SAMPLE / max(dataset.width, dataset.height))
        shape = (math.ceil(dataset.height * scale), math.ceil(dataset.width * scale))
        data = dataset.read(list(bands), out_shape=(len(bands), *shape), resampling=Resampling.nearest)
        masks = dataset.read_masks(list(bands), out_shape=(len(bands), *shape), resampling=Resampling.nearest)
    values: NDArray[Any] = data[masks > 0]
    return values
