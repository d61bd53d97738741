"""The small picture of a vector product in catalogs and on the portal: its layers on a light ground."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.style import Picture
from tianlake.build.vector.features import TABLE, Features

FINE: Final = 3
"""Drawn at this multiple of the size and averaged, so that edges are smooth."""

MARGIN: Final = 0.03
"""Free space around the features, as a share of the longer side."""

SHORTEST: Final = 0.3
"""The shorter side is at least this share of the longer one, so that a single street still makes a picture."""

GROUND: Final = (252, 252, 252)
FILLS: Final = ((222, 232, 240), (243, 231, 208), (216, 236, 222), (240, 220, 226), (228, 222, 242))
STROKES: Final = ((42, 82, 122), (166, 124, 58), (56, 122, 86), (150, 60, 88), (98, 80, 160))
"""Colours of areas and of their borders, by layer; the layer of the largest areas comes first."""

LINE: Final = (190, 40, 76)
DOT: Final = (15, 108, 120)

DOTTED: Final = 0.06
"""Share of the picture that dots may cover; fewer points become larger dots."""

LARGEST_DOT: Final = 18
"""Pixels of the drawing from the middle of a dot to its edge, at most; at least one. A card shows a picture at a fifth
of its size, where smaller ones vanish."""

ONE_DOT: Final = 0.6
"""Opacity of a single point; points that lie on each other add up."""

BLEND: Final = 0.6
"""Opacity of areas over other areas."""

SAME: Final = 0.8
"""Areas that cover this share of the larger ones below divide them, and are drawn by their borders alone."""

PALER: Final = 0.45
"""Opacity of the borders of the smaller of several kinds of areas."""

CROWDED: Final = 0.35
"""Borders that would cover more than this share of their areas grow paler, down to `FAINTEST`."""

FAINTEST: Final = 0.1

LEVELS: Final = 4
"""Colours are rounded to this step, which no eye sees and which makes the file smaller."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a picture lies and how finely it is drawn."""

    width: int
    """Pixels of the finished picture."""
    height: int
    west: float
    """Degrees, of the left edge."""
    north: float
    step_x: float
    """Degrees east of a pixel of the drawing."""
    step_y: float
    """Degrees south of a pixel of the drawing."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the drawing."""
        return self.height * FINE, self.width * FINE

    @property
    def transform(self) -> Affine:
        """From column and row of the drawing to longitude and latitude."""
        return Affine(self.step_x, 0.0, self.west, 0.0, -self.step_y, self.north)

    @property
    def east(self) -> float:
        """Degrees, of the right edge."""
        return self.west + self.step_x * self.width * FINE

    @property
    def south(self) -> float:
        """Degrees, of the lower edge."""
        return self.north - self.step_y * self.height * FINE


@dataclass(frozen=True, slots=True)
class Stroke:
    """What is drawn alike: the features of one layer and one dimension."""

    layer: int
    """By size of its features, the largest first."""
    dimension: int
    shapes: tuple[dict[str, Any], ...]
    """GeoJSON geometries."""


def write_thumbnail(connection: duckdb.DuckDBPyConnection, features: Features, target: Path) -> None:
    """Draw the table of features as a small PNG."""
    target.write_bytes(thumbnail(partial(_draw, connection, features)))


def make_canvas(bounds: tuple[float, float, float, float], side: int) -> Canvas:
    """Return a canvas around a box; at its middle latitude a kilometre east is as long as one north.

    Args:
        bounds: West, south, east, north in degrees; it may be a single point.
        side: Pixels on the longer side.
    """
    west, south, east, north = bounds
    stretch = max(math.cos(math.radians((south + north) / 2)), 0.05)
    across, down = (east - west) * stretch, north - south
    longer = max(across, down) or 0.01
    across, down = (max(each, SHORTEST * longer) + 2 * MARGIN * longer for each in (across, down))
    pixel = max(across, down) / side
    width, height = max(1, round(across / pixel)), max(1, round(down / pixel))
    step_x, step_y = pixel / stretch / FINE, pixel / FINE
    left = (west + east) / 2 - step_x * width * FINE / 2
    top = (south + north) / 2 + step_y * height * FINE / 2
    return Canvas(width, height, left, top, step_x, step_y)


def _draw(connection: duckdb.DuckDBPyConnection, features: Features, side: int) -> Picture:
    canvas = make_canvas(features.bounds, side)
    picture: NDArray[np.float32] = np.empty((*canvas.shape, 3), np.float32)
    picture[:] = GROUND
    strokes = _strokes(connection, features, canvas)
    areas = [each for each in strokes if each.dimension == 2]  # noqa: PLR2004
    lines = [each for each in strokes if each.dimension == 1]
    _fill(picture, canvas, areas)
    for stroke in reversed(areas):  # large areas keep their borders above those of small ones
        color, paler = STROKES[stroke.layer % len(STROKES)], PALER if stroke.layer else 1.0
        _outline(picture, canvas, stroke, (color, paler, 0 if stroke.layer else 1))
    for stroke in lines:
        _outline(picture, canvas, stroke, (LINE, 1.0, 2))
    _dots(picture, connection, canvas)
    return Picture(_finish(picture, canvas))


def _strokes(connection: duckdb.DuckDBPyConnection, features: Features, canvas: Canvas) -> list[Stroke]:
    """Return lines and areas larger than a pixel of the drawing, simplified to it, large kinds first."""
    step = max(canvas.step_x, canvas.step_y)
    found = connection.sql(
        "SELECT __source, ST_Dimension(geometry), ST_AsGeoJSON(drawn) FROM ("
        f"SELECT __source, geometry, ST_Simplify(ST_Force2D(geometry), {step}) AS drawn FROM {TABLE} "
        f"WHERE ST_Dimension(geometry) > 0 AND {_large(step)}) WHERE NOT ST_IsEmpty(drawn)"
    ).fetchall()
    shapes: defaultdict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for source, dimension, text in found:
        shapes[source, dimension].append(json.loads(text))
    ranks = _ranks(connection, features)
    strokes = [
        Stroke(ranks[features.layers[source]], dimension, tuple(drawn)) for (source, dimension), drawn in shapes.items()
    ]
    return sorted(strokes, key=lambda stroke: stroke.layer)


def _large(step: float) -> str:
    """Return the SQL condition for what is larger than one pixel of the drawing."""
    return f"(ST_XMax(geometry) - ST_XMin(geometry) > {step} OR ST_YMax(geometry) - ST_YMin(geometry) > {step})"


def _ranks(connection: duckdb.DuckDBPyConnection, features: Features) -> dict[str, int]:
    """Return layer → its place by the mean size of its features, the largest first."""
    found = connection.sql(
        f"SELECT __source, sum(ST_XMax(geometry) - ST_XMin(geometry)), count(*) FROM {TABLE} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for source, extent, count in found:
        sums[features.layers[source]][0] += extent
        sums[features.layers[source]][1] += count
    ordered = sorted(sums, key=lambda layer: -sums[layer][0] / sums[layer][1])
    return {layer: rank for rank, layer in enumerate(ordered)}


def _fill(picture: NDArray[np.float32], canvas: Canvas, areas: list[Stroke]) -> None:
    filled = np.zeros(canvas.shape, bool)
    for stroke in areas:
        mask = rasterize(stroke.shapes, out_shape=canvas.shape, transform=canvas.transform, dtype="uint8")
        inside = mask.astype(bool)
        if filled.any() and (inside & filled).sum() >= SAME * filled.sum():
            continue
        opacity = inside * np.float32(BLEND if stroke.layer else 1.0)
        _paint(picture, opacity, FILLS[stroke.layer % len(FILLS)])
        filled |= inside


def _outline(
    picture: NDArray[np.float32], canvas: Canvas, stroke: Stroke, look: tuple[tuple[int, int, int], float, int]
) -> None:
    """Draw lines or borders; `look` is colour, opacity and by how many pixels the line grows on each side."""
    color, opacity, grow = look
    edges = [line for shape in stroke.shapes for line in _edges(shape)]
    if not edges:
        return
    mask = rasterize(edges, out_shape=canvas.shape, transform=canvas.transform, all_touched=True, dtype="uint8")
    drawn = _grown(mask.astype(np.float32), grow)
    if stroke.dimension == 2:  # noqa: PLR2004
        inside = rasterize(stroke.shapes, out_shape=canvas.shape, transform=canvas.transform, dtype="uint8")
        share = float(drawn[inside > 0].mean()) if inside.any() else 0.0
        opacity *= min(1.0, max(FAINTEST, (1 - share) / (1 - CROWDED)))
    _paint(picture, drawn * np.float32(opacity), color)


def _edges(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of a geometry: itself, or the rings of its areas."""
    match shape["type"]:
        case "Polygon":
            return [{"type": "MultiLineString", "coordinates": shape["coordinates"]}]
        case "MultiPolygon":
            rings = [ring for polygon in shape["coordinates"] for ring in polygon]
            return [{"type": "MultiLineString", "coordinates": rings}]
        case "GeometryCollection":
            return [line for part in shape["geometries"] for line in _edges(part)]
        case _:
            return [shape]


def _dots(picture: NDArray[np.float32], connection: duckdb.DuckDBPyConnection, canvas: Canvas) -> None:
    """Draw points, and what is too small to be drawn otherwise."""
    small = f"NOT {_large(max(canvas.step_x, canvas.step_y))}"
    found = connection.sql(
        f"SELECT floor(({canvas.north} - y) / {canvas.step_y})::INTEGER AS row_, "
        f"floor((x - {canvas.west}) / {canvas.step_x})::INTEGER AS column_, count(*) AS number FROM ("
        "SELECT (ST_XMin(part) + ST_XMax(part)) / 2 AS x, (ST_YMin(part) + ST_YMax(part)) / 2 AS y FROM ("
        "SELECT CASE WHEN ST_GeometryType(geometry) = 'MULTIPOINT' "
        "THEN unnest(list_transform(ST_Dump(geometry), lambda piece: piece.geom)) ELSE geometry END AS part "
        f"FROM {TABLE} WHERE ST_Dimension(geometry) = 0 OR {small})) GROUP BY ALL"
    ).fetchnumpy()
    if not len(found["number"]):
        return
    room = DOTTED * canvas.shape[0] * canvas.shape[1] / len(found["number"])
    disc = _disc(max([1, *(each for each in range(1, LARGEST_DOT + 1) if len(_disc(each)) <= room)]))
    each = (1 - (1 - ONE_DOT) ** np.asarray(found["number"])).astype(np.float32)
    opacity: NDArray[np.float32] = np.zeros(canvas.shape, np.float32)
    for down, right in disc:
        at = (
            np.clip(found["row_"] + down, 0, canvas.shape[0] - 1),
            np.clip(found["column_"] + right, 0, canvas.shape[1] - 1),
        )
        opacity[at] = np.maximum(opacity[at], each)
    _paint(picture, opacity, DOT)


def _disc(radius: int) -> list[tuple[int, int]]:
    """Return rows and columns of a disc, counted from its middle."""
    span = range(-radius, radius + 1)
    return [(down, right) for down in span for right in span if down**2 + right**2 <= radius**2]


def _grown(mask: NDArray[np.float32], pixels: int) -> NDArray[np.float32]:
    """Return the mask spread to its four neighbours, so many times."""
    for _ in range(pixels):
        wider = mask.copy()
        np.maximum(wider[1:], mask[:-1], out=wider[1:])
        np.maximum(wider[:-1], mask[1:], out=wider[:-1])
        np.maximum(wider[:, 1:], mask[:, :-1], out=wider[:, 1:])
        np.maximum(wider[:, :-1], mask[:, 1:], out=wider[:, :-1])
        mask = wider
    return mask


def _paint(picture: NDArray[np.float32], opacity: NDArray[np.float32], color: tuple[int, int, int]) -> None:
    share = opacity[:, :, None]
    picture *= 1 - share
    picture += share * np.asarray(color, np.float32)


def _finish(picture: NDArray[np.float32], canvas: Canvas) -> NDArray[np.uint8]:
    """Return the drawing averaged to the size of the picture: `(4, height, width)`, opaque."""
    blocks = picture.reshape(canvas.height, FINE, canvas.width, FINE, 3).mean(axis=(1, 3))
    rgb = np.clip(np.round(blocks / LEVELS) * LEVELS, 0, 255).astype(np.uint8)
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    return np.moveaxis(np.concatenate([rgb, opaque], axis=2), -1, 0)
