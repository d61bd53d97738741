"""Pictures as PNG, WebP and JPEG bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from tianlake.build.raster.style import Picture

Format = Literal["png", "webp", "jpeg"]

WEBP_QUALITY: Final = "85"
"""0 to 100; alpha is kept without loss whatever it is (https://gdal.org/drivers/raster/webp.html)."""

JPEG_QUALITY: Final = "85"
"""0 to 100 (https://gdal.org/drivers/raster/jpeg.html)."""

OPAQUE: Final = 255

LONGEST: Final = 512
"""Pixels on the longer side of a thumbnail."""

LIMIT_BYTES: Final = 200_000
"""Of a thumbnail: a page of catalog cards must load on a phone."""

SHRINK: Final = 0.8
"""A thumbnail that is too heavy is drawn again at this share of its side."""


def thumbnail(draw: Callable[[int], Picture]) -> bytes:
    """Return a PNG of at most `LIMIT_BYTES` of what `draw` gives for the pixels of the longer side."""
    side = LONGEST
    data = encode(draw(side), "png")
    while len(data) > LIMIT_BYTES:
        side = int(side * SHRINK)
        data = encode(draw(side), "png")
    return data


def encode(picture: Picture, form: Format, effort: int = 9) -> bytes:
    """Return a picture as a file. A PNG keeps the palette, in as few bits as it needs.

    Args:
        picture: What is shown.
        form: Of the file.
        effort: Of a PNG's compression, 1 to 9: 6 takes half the time of 9 and some 5 % more bytes.
    """
    if form == "webp":
        return _write(_without_idle_alpha(picture.rgba()), "WEBP", {"QUALITY": WEBP_QUALITY})
    if form == "jpeg":
        return _write(_on_white(picture.rgba()), "JPEG", {"QUALITY": JPEG_QUALITY})
    if picture.palette:
        options = {"ZLEVEL": str(effort), "NBITS": str(_bits(len(picture.palette)))}
        return _write(picture.pixels, "PNG", options, dict(enumerate(picture.palette)))
    return _write(_without_idle_alpha(picture.pixels), "PNG", {"ZLEVEL": str(effort)})


def _bits(colors: int) -> int:
    """Return the bits of a palette index that PNG knows (§11.2.1): 1, 2, 4 or 8."""
    return next(bits for bits in (1, 2, 4, 8) if colors <= 2**bits)


def _without_idle_alpha(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return rgba[:3] if (rgba[3] == OPAQUE).all() else rgba


def _on_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return red, green and blue on white: JPEG has no transparency (ISO/IEC 10918-5)."""
    alpha = rgba[3].astype(np.uint16)
    mixed = rgba[:3] * alpha + OPAQUE * (OPAQUE - alpha) + OPAQUE // 2
    white: NDArray[np.uint8] = (mixed // OPAQUE).astype(np.uint8)
    return white


def _write(
    pixels: NDArray[np.uint8], driver: str, options: dict[str, str], palette: dict[int, Any] | None = None
) -> bytes:
    count, height, width = pixels.shape
    shape = {"count": count, "height": height, "width": width, "dtype": "uint8"}
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture lies nowhere
        with memory.open(driver=driver, **shape, **options) as dataset:
            dataset.write(pixels)
            if palette:
                dataset.write_colormap(1, palette)
        data: bytes = memory.read()
    return data
