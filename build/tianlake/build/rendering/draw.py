"""Draws sheets with MapLibre Native and cuts them into PNG tiles. Runs in processes that draw and do nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tianlake.build.raster.image import encode
from tianlake.build.raster.style import Picture
from tianlake.build.rendering.sheets import MARGIN, POST, THICK, Sheet, View, fence, view_of
from tianlake.build.rendering.themes import fenced
from tianlake.lake.errors import LakeError
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.recipes import Content

HEADLESS: Final = "surfaceless"
"""Mesa's EGL then needs no screen (https://docs.mesa3d.org/egl.html)."""

COLORS: Final = 256
"""A palette's."""

EFFORT: Final = 6
"""Of compression: at 9 more time would go into it than into drawing."""


@dataclass(frozen=True, slots=True)
class Work:
    """One sheet to draw: all that another process needs to know."""

    content: Content
    style: str
    """JSON, as the renderer takes it."""
    sheet: Sheet


def draw(work: Work) -> list[tuple[int, bytes]]:
    """Return `(tile id, PNG)` of the tiles of a sheet, by tile id; names leave out tiles without any.

    Raises:
        LakeError: The renderer failed.
    """
    margin = 0 if work.content == "labels" else MARGIN
    view = view_of(work.sheet, margin)
    style = json.loads(work.style)
    if work.content == "labels":
        style = fenced(style, fence(work.sheet))
    try:
        picture = _render(json.dumps(style, ensure_ascii=False), view)
    except RuntimeError as error:
        place = f"level {work.sheet.zoom}, tile {work.sheet.x}/{work.sheet.y}"
        raise LakeError(f"pictures: MapLibre Native failed at {place}: {' '.join(str(error).split())}") from None
    return list(_cut(picture, work))


def _render(style: str, view: View) -> NDArray[np.uint8]:
    """Return a picture `(height, width, 4)`, its alpha not multiplied into its colours."""
    os.environ.setdefault("EGL_PLATFORM", HEADLESS)
    from pymgl import Map  # noqa: PLC0415 - the line above must come first

    post = bytes(4 * POST * THICK)
    with Map(style, view.width, view.height, 1.0, view.longitude, view.latitude, view.zoom) as drawn:
        drawn.addImage("flat", post, POST, THICK, 1.0, False)  # noqa: FBT003 - takes no names
        drawn.addImage("upright", post, THICK, POST, 1.0, False)  # noqa: FBT003 - as above
        picture: NDArray[np.uint8] = np.array(drawn.renderBuffer())
    picture = picture.reshape(view.height, view.width, 4)
    return picture[view.top :, view.left :]


def _cut(picture: NDArray[np.uint8], work: Work) -> Iterator[tuple[int, bytes]]:
    plain: dict[bytes, bytes] = {}
    """Tiles of one colour, which are many: sea, land."""
    for tile_id, col, row in work.sheet.tiles():
        tile = picture[row * TILE : (row + 1) * TILE, col * TILE : (col + 1) * TILE]
        first = tile[0, 0].tobytes()
        if (tile == tile[0, 0]).all():
            if work.content == "map" or tile[0, 0, 3]:
                plain[first] = plain.get(first) or encode_tile(tile)
                yield tile_id, plain[first]
        elif work.content == "map" or tile[..., 3].any():
            yield tile_id, encode_tile(tile)


def encode_tile(tile: NDArray[np.uint8]) -> bytes:
    """Return red, green, blue and alpha `(height, width, 4)` as a PNG without loss; of few colours with a palette."""
    clear = tile[..., 3] == 0
    if clear.any():
        tile = np.where(clear[..., np.newaxis], 0, tile)  # what nobody sees is one colour
    words = np.ascontiguousarray(tile).view(np.uint32)[..., 0]
    colors = np.unique(words)
    if len(colors) > COLORS:
        return encode(Picture(np.moveaxis(tile, -1, 0)), "png", EFFORT)
    places = np.searchsorted(colors, words).astype(np.uint8)
    palette: Any = tuple(tuple(int(part) for part in color) for color in colors.view(np.uint8).reshape(-1, 4))
    return encode(Picture(places[np.newaxis], palette), "png", EFFORT)
