"""Writes the letters that a product needs as MapLibre reads them: signed distance fields in glyph PBFs.

MapLibre Native on Linux draws no installed font. A glyph is drawn at 24 pixels; each byte of it tells how far a pixel's
middle is from the outline, 191 on the outline and 32 less for each pixel outwards, in a field that reaches 3 pixels
beyond the letter (https://github.com/mapbox/node-fontnik and sdf-glyph-foundry, whose files all renderers of MapLibre
read).
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from pmtiles.tile import write_varint

from tianlake.build.rendering.fonts import Face
from tianlake.build.rendering.themes import STACK

SIZE: Final = 24
"""Pixels of an em."""

BUFFER: Final = 3
"""Pixels around a letter."""

OUTLINE: Final = 191
STEEPNESS: Final = 32

BASELINE: Final = 27
"""Pixels from the line of text's top, as MapLibre counts it, down to the baseline: what GL JS takes for fonts of the
machine (`topAdjustment` in its glyph manager), so that pictures and the page write names at the same height."""

RANGE: Final = 256
"""Letters of one file."""

LETTERS: Final = 0x10000

CURVE_STEPS: Final = 4
"""Straight pieces of a curve: at 24 pixels an em, a curve of a letter is off by less than a tenth of a pixel."""

WEIGHT: Final = 400
"""Of a variable font: its regular weight (OpenType, `wght`), whatever its default is."""

MESSAGE: Final = 2
"""Wire type of what has a length (https://protobuf.dev/programming-guides/encoding/)."""

Point = tuple[float, float]


def write_glyphs(chosen: Mapping[Face, str], folder: Path) -> None:
    """Write one file for each 256 letters into `folder/pictures`, those without letters too: the renderer wants them.

    Args:
        chosen: Letters by the face that writes them.
        folder: Exists.
    """
    ranges: dict[int, list[tuple[int, bytes]]] = {start: [] for start in range(0, LETTERS, RANGE)}
    for face, letters in chosen.items():
        with TTFont(face.file, fontNumber=face.number, lazy=True) as font:
            names = font.getBestCmap()
            glyphs = font.getGlyphSet(location={"wght": WEIGHT} if "fvar" in font else None)
            scale = SIZE / font["head"].unitsPerEm
            for letter in letters:
                code = ord(letter)
                ranges[code // RANGE * RANGE].append((code, _glyph(code, glyphs[names[code]], glyphs, scale)))
    (folder / STACK).mkdir()
    for start, found in ranges.items():
        span = f"{start}-{start + RANGE - 1}"
        members = [_text(1, STACK.encode()), _text(2, span.encode()), *(_text(3, data) for _, data in sorted(found))]
        (folder / STACK / f"{span}.pbf").write_bytes(_text(1, b"".join(members)))


def _glyph(code: int, glyph: Any, glyphs: Any, scale: float) -> bytes:  # noqa: ANN401 - fontTools has no types
    """Return one letter as the message `glyph` of glyphs.proto."""
    pen = _Outline(glyphs)
    glyph.draw(pen)
    advance = _number(7, round(glyph.width * scale))
    if not pen.pieces:
        return b"".join([_number(1, code), *(_number(field, 0) for field in (3, 4, 5, 6)), advance])
    field, left, top = distance_field(np.array(pen.pieces) * scale)
    height, width = (side - 2 * BUFFER for side in field.shape)
    members = [
        _number(1, code),
        _text(2, field.tobytes()),
        _number(3, width),
        _number(4, height),
        _number(5, _zigzag(left)),
        _number(6, _zigzag(top - BASELINE)),
    ]
    return b"".join([*members, advance])


def distance_field(pieces: NDArray[np.float64]) -> tuple[NDArray[np.uint8], int, int]:
    """Return the field of an outline, and where the letter's left and top edge lie, pixels.

    Args:
        pieces: `(n, 4)`: x, y of both ends of each straight piece; pixels, y upwards. What is inside is told by the
            non-zero rule, as fonts have it; pieces where two strokes overlap are no edge.
    """
    left, bottom = (int(np.floor(pieces[:, side].min())) for side in ([0, 2], [1, 3]))
    right, top = (int(np.ceil(pieces[:, side].max())) for side in ([0, 2], [1, 3]))
    across = np.arange(left - BUFFER, max(right, left + 1) + BUFFER) + 0.5
    down = np.arange(max(top, bottom + 1) + BUFFER, bottom - BUFFER, -1) - 0.5
    x, y = (each.ravel() for each in np.meshgrid(across, down))
    distance = _distance(_edges(pieces), x, y)
    signed = np.where(_winding(pieces, x, y) != 0, -distance, distance)
    field = np.clip(OUTLINE - np.rint(signed * STEEPNESS), 0, 255).astype(np.uint8)
    return field.reshape(len(down), len(across)), left, max(top, bottom + 1)


def _edges(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pieces that have the letter on one side and the ground on the other."""
    x0, y0, x1, y1 = pieces.T
    length = np.hypot(x1 - x0, y1 - y0)
    off = 0.01 / np.maximum(length, 0.01)  # a hundredth of a pixel to either side of its middle
    aside = -(y1 - y0) * off, (x1 - x0) * off
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    sides = [_winding(pieces, middle[0] + sign * aside[0], middle[1] + sign * aside[1]) != 0 for sign in (1, -1)]
    edges = pieces[sides[0] != sides[1]]
    return edges if len(edges) else pieces


def _distance(pieces: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return how far places are from the nearest piece."""
    x0, y0, x1, y1 = (each[:, np.newaxis].astype(np.float32) for each in pieces.T)
    to_x, to_y = x.astype(np.float32) - x0, y.astype(np.float32) - y0
    along_x, along_y = x1 - x0, y1 - y0
    square = np.maximum(along_x**2 + along_y**2, np.float32(1e-12))
    share = np.clip((to_x * along_x + to_y * along_y) / square, 0, 1)
    nearest: NDArray[np.float32] = ((to_x - share * along_x) ** 2 + (to_y - share * along_y) ** 2).min(axis=0)
    return np.sqrt(nearest)


def _winding(pieces: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how often the outline goes round places (Sunday's winding number)."""
    x0, y0, x1, y1 = (each[:, np.newaxis] for each in pieces.T)
    below, above = y0 <= y, y1 > y
    crosses = below == above  # upwards or downwards
    left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0) > 0
    turns: NDArray[np.int64] = (crosses & below & left).sum(axis=0) - (crosses & ~below & ~left).sum(axis=0)
    return turns


class _Outline(BasePen):  # type: ignore[misc] # fontTools has no types
    """Takes a letter's outline as straight pieces, font units; components are drawn with it."""

    def __init__(self, glyphs: Any) -> None:  # noqa: ANN401 - fontTools has no types
        super().__init__(glyphs)
        self.pieces: list[tuple[float, float, float, float]] = []
        self._start: Point = (0, 0)
        self._here: Point = (0, 0)

    def _moveTo(self, at: Point) -> None:  # noqa: N802 - fontTools calls it so
        self._start = at
        self._here = at

    def _lineTo(self, to: Point) -> None:  # noqa: N802 - as above
        self.pieces.append((*self._here, *to))
        self._here = to

    def _curveToOne(self, first: Point, second: Point, to: Point) -> None:  # noqa: N802 - as above
        begin = self._here
        for step in range(1, CURVE_STEPS + 1):
            t, u = step / CURVE_STEPS, 1 - step / CURVE_STEPS
            weights = u**3, 3 * u**2 * t, 3 * u * t**2, t**3
            x, y = (
                sum(w * point[axis] for w, point in zip(weights, (begin, first, second, to), strict=True))
                for axis in (0, 1)
            )
            self._lineTo((x, y))

    def _closePath(self) -> None:  # noqa: N802 - as above
        if self._here != self._start:
            self._lineTo(self._start)

    def _endPath(self) -> None:  # noqa: N802 - as above
        self._closePath()


def _zigzag(value: int) -> int:
    """Return a number with a sign as protocol buffers write `sint32`."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | MESSAGE) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    written = BytesIO()
    write_varint(written, value)
    return written.getvalue()
