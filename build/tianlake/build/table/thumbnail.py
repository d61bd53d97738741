"""The small picture of a plain table: its header, its first rows, and how full each column is. Shapes, no letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.style import Picture

COLUMNS: Final = 6
ROWS: Final = 9
"""Columns and rows that are drawn, at most."""

PAPER, HEAD, HEAD_INK, INK, FULL, HOLLOW = (
    (252, 252, 252),
    (42, 82, 122),
    (236, 242, 248),
    (150, 164, 178),
    (56, 122, 86),
    (232, 224, 212),
)

HEIGHT: Final = 0.75
"""Of the picture, as a share of its width."""

LONGEST: Final = 24
"""Characters whose bar is as wide as the column."""


def draw_table(names: Sequence[str], rows: Sequence[Sequence[object]], filled: Sequence[float]) -> bytes:
    """Return a PNG of a table.

    Args:
        names: Of the columns.
        rows: The first rows, each with one value per column.
        filled: Share of the rows in which a column holds something, 0 to 1.
    """
    return thumbnail(partial(_draw, names, rows, filled))


def _draw(names: Sequence[str], rows: Sequence[Sequence[object]], filled: Sequence[float], side: int) -> Picture:
    height = round(side * HEIGHT)
    picture: NDArray[np.uint8] = np.empty((height, side, 3), np.uint8)
    picture[:] = PAPER
    columns = min(len(names), COLUMNS)
    line, width, gap = height // (ROWS + 3), side // columns, max(2, side // 64)
    picture[:line] = HEAD
    for column in range(columns):
        left = column * width + gap
        room = width - 2 * gap
        _bar(picture, (0, left), (line, _length(names[column], room)), HEAD_INK)
        for number, row in enumerate(rows[:ROWS], 1):
            _bar(picture, (number * line, left), (line, _length(row[column], room)), INK)
        low = height - line
        _bar(picture, (low, left), (line, room), HOLLOW)
        _bar(picture, (low, left), (line, round(room * filled[column])), FULL)
    opaque = np.full((height, side, 1), 255, np.uint8)
    return Picture(np.moveaxis(np.concatenate([picture, opaque], axis=2), -1, 0))


def _length(value: object, room: int) -> int:
    """Return how long the bar of a value is: nothing for nothing."""
    text = "" if value is None else str(value)
    return round(room * min(len(text), LONGEST) / LONGEST) if text else 0


def _bar(picture: NDArray[np.uint8], at: tuple[int, int], size: tuple[int, int], color: tuple[int, int, int]) -> None:
    """Draw a bar in the middle of a line, two fifths of it high."""
    top, left = at
    height, width = size
    picture[top + round(height * 0.3) : top + round(height * 0.7), left : left + width] = color
