"""What is drawn over a static map: lines and areas, then markers."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from tianlake.functions.web.staticimage_request import Colour, MarkerStyle, PathStyle, Point
from tianlake.functions.web.staticimage_view import View
from tianlake.functions.web.staticimage_words import beside

_FINE: Final = 2
"""Lines are drawn so many times as large, and made smaller: their edges are soft then."""

_PIN_FINE: Final = 8

_PINS: Final = {"l": (25, 35), "m": (19, 27), "s": (13, 19)}
"""Width and height of markers by size, pixels. The tip is the middle of the lowest row."""

_WHITE: Final = (255, 255, 255)

Place = tuple[float, float]
"""Pixels from the picture's upper left corner."""

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def draw_path(picture: Image.Image, view: View, points: tuple[Point, ...], style: PathStyle) -> None:
    """Draw a line, or an area, into a picture."""
    places = _places(view, points)
    around = style.weight + 2
    edges = (-around, -around, view.width + around, view.height + around)
    if style.fill is not None:
        places = [*places, places[0]]
        area = _within(places, edges)
        if area:
            mask = _mask(view)
            ImageDraw.Draw(mask).polygon([_fine(place) for place in area], fill=255)
            _lay(picture, mask, style.fill, style.opacity)
    pieces = [piece for pair in pairwise(places) if (piece := _piece(*pair, edges))]
    if pieces:
        mask = _mask(view)
        _line(ImageDraw.Draw(mask), pieces, style.weight * _FINE)
        _lay(picture, mask, style.colour, style.opacity)


def draw_marker(picture: Image.Image, view: View, point: Point, style: MarkerStyle) -> None:
    """Draw a marker, whose tip is the pixel of its place, and the text beside it.

    Raises:
        LakeError: No font of this machine has the text's letters.
    """
    x, y = view.pixel(*point)
    pin = _pin(style.size, style.label, style.colour)
    if -pin.width <= x <= view.width + pin.width and 0 <= y <= view.height + pin.height:
        picture.paste(pin, (x - pin.width // 2, y - pin.height + 1), pin)
    if style.text:
        beside(picture, (x + pin.width // 2 + 2, y - pin.height // 2), style)


def _places(view: View, points: tuple[Point, ...]) -> list[Place]:
    """Return where points lie, each beside the one before it: a line never runs around the world to the next."""
    found: list[Place] = []
    for point in points:
        found.append(view.place(*point, near=found[-1][0] if found else None))
    return found


def _mask(view: View) -> Image.Image:
    return Image.new("L", (view.width * _FINE, view.height * _FINE))


def _fine(place: Place) -> Place:
    """Return a place in the pixels of a mask; Pillow counts from their middles."""
    return place[0] * _FINE - 0.5, place[1] * _FINE - 0.5


def _lay(picture: Image.Image, mask: Image.Image, colour: Colour, opacity: float) -> None:
    small = mask.reduce(_FINE)
    picture.paste(colour, mask=small if opacity == 1 else small.point(lambda value: round(value * opacity)))


def _line(draw: ImageDraw.ImageDraw, pieces: list[tuple[Place, Place]], width: int) -> None:
    """Draw pieces of a line with round ends, so that they join."""
    for piece in pieces:
        ends = [_fine(place) for place in piece]
        draw.line(ends, fill=255, width=width)
        for x, y in ends:
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _piece(start: Place, end: Place, edges: Edges) -> tuple[Place, Place] | None:
    """Return the part of a line from one place to another within edges (Liang and Barsky 1984).

    At level 18 the world is 67 million pixels wide: nothing beyond the picture is handed to what draws.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    first, last = 0.0, 1.0
    for towards, room in (
        (-dx, start[0] - edges[0]),
        (dx, edges[2] - start[0]),
        (-dy, start[1] - edges[1]),
        (dy, edges[3] - start[1]),
    ):
        if towards == 0:
            if room < 0:
                return None
        elif towards < 0:
            first = max(first, room / towards)
        else:
            last = min(last, room / towards)
    if first > last:
        return None
    return (start[0] + first * dx, start[1] + first * dy), (start[0] + last * dx, start[1] + last * dy)


def _within(places: list[Place], edges: Edges) -> list[Place]:
    """Return the part of an area within edges (Sutherland and Hodgman 1974)."""
    for axis, edge, sign in ((0, edges[0], 1), (1, edges[1], 1), (0, edges[2], -1), (1, edges[3], -1)):
        kept: list[Place] = []
        for before, place in zip(places[-1:] + places[:-1], places, strict=True):
            was, now = ((each[axis] - edge) * sign >= 0 for each in (before, place))
            if was != now:
                share = (edge - before[axis]) / (place[axis] - before[axis])
                crossing = [before[each] + share * (place[each] - before[each]) for each in (0, 1)]
                kept.append((crossing[0], crossing[1]))
            if now:
                kept.append(place)
        places = kept
    return places


@lru_cache(maxsize=256)
def _pin(size: str, label: str, colour: Colour) -> Image.Image:
    """Return a marker: a drop with a letter in it, or a white dot."""
    width, height = (each * _PIN_FINE for each in _PINS[size])
    drop = Image.new("L", (width, height))
    draw = ImageDraw.Draw(drop)
    draw.ellipse((0, 0, width - 1, width - 1), fill=255)
    half, tip = width / 2, _PIN_FINE / 2
    draw.polygon(
        [(width * 0.06, width * 0.72), (width * 0.94, width * 0.72), (half + tip, height), (half - tip, height)],
        fill=255,
    )
    pin = Image.new("RGBA", (width, height), (*colour, 0))
    pin.putalpha(drop)
    inside = ImageDraw.Draw(pin)
    if label and size != "s":
        font = ImageFont.load_default(width * 0.62)
        inside.text((half, half), label, fill=_WHITE, font=font, anchor="mm", stroke_width=_PIN_FINE // 4)
    else:
        inside.circle((half, half), width * 0.18, fill=_WHITE)
    return pin.resize(_PINS[size], Image.Resampling.BOX)
