"""Geometries and boxes that clients send, as longitude and latitude of the lake's tables."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from tianlake.functions.calls import CallError
from tianlake.functions.web.ogc.crs import STORED, Crs
from tianlake.functions.web.ogc.sqltext import TRUE, Sql, both
from tianlake.functions.web.ogc.tables import Queried
from tianlake.functions.web.questions import wrong
from tianlake.lake.duck import identifier
from tianlake.lake.engine import Answer
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Bounds

Ask = Callable[..., Answer]
"""`Inquiry.ask`."""

Box = tuple[float, float, float, float]
"""Lowest x, lowest y, highest x, highest y; x points east."""

_DEPTHS: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""Types of RFC 7946 §3.1, and how many arrays are around a position."""

_NORTH: Final = 90.0
"""Degrees."""

_PARTS: Final = 16
"""Pieces that a straight line in a projected CRS is cut into: it is curved in longitude and latitude."""

_PLACE: Final = """
SELECT ST_IsValid(shape), ST_AsGeoJSON(shape), ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)
FROM (SELECT ST_Transform(ST_GeomFromGeoJSON(?), ?, ?, true) AS shape)"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry in longitude and latitude."""

    geojson: str
    box: Bounds
    """Around it; never across the antimeridian."""


def corners(name: str, numbers: Sequence[object], crs: Crs) -> list[Box]:
    """Return the boxes that four or six numbers are; two where they cross the antimeridian.

    Raises:
        CallError: 400, as `bbox` of 17-069r4 §7.15.3 has it.
    """
    found = [float(each) for each in numbers if isinstance(each, int | float) and math.isfinite(each)]
    if len(found) != len(numbers) or len(found) not in {4, 6}:
        raise wrong(name, "应为 4 或 6 个数字", "is 4 or 6 numbers")
    if len(found) == 6:  # noqa: PLR2004 - with heights, which no table has
        found = [*found[:2], *found[3:5]]
    x1, y1, x2, y2 = (found[i] for i in ((1, 0, 3, 2) if crs.swapped else (0, 1, 2, 3)))
    if y1 > y2 or (x1 > x2 and not crs.is_own):
        raise wrong(name, "最小值应在前", "has its lower values first")
    if crs.is_own:
        if y1 > _NORTH or y2 < -_NORTH:
            raise _latitude(name)
        y1, y2 = _within(y1, _NORTH), _within(y2, _NORTH)
    if x1 > x2:
        return [(x1, y1, 180.0, y2), (-180.0, y1, x2, y2)]
    return [(x1, y1, x2, y2)]


def box_shape(box: Box) -> dict[str, Any]:
    """Return a box as a GeoJSON polygon; one without width or height as the line or point that it is."""
    x1, y1, x2, y2 = box
    if (x1, y1) == (x2, y2):
        return {"type": "Point", "coordinates": [x1, y1]}
    if x1 == x2 or y1 == y2:
        return {"type": "LineString", "coordinates": [[x1, y1], [x2, y2]]}
    return {"type": "Polygon", "coordinates": [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]]}


def placed(name: str, geometry: dict[str, Any], crs: Crs, ask: Ask) -> Shape:
    """Return a GeoJSON geometry, its axes east or longitude first, in longitude and latitude.

    Raises:
        CallError: 400, it is no valid geometry (OGC 06-103r4), or lies outside of its CRS.
    """
    try:
        body = geometry if crs.is_own else _denser(geometry)
        [(valid, text, *edges)] = ask(_PLACE, [json.dumps(body), crs.code, STORED]).rows
        if valid and text and all(each is not None and math.isfinite(each) for each in edges):
            return _shape(name, text, edges)
    except LakeError as error:
        if type(error) is not LakeError:  # what a store or the clock refuses is not the geometry's fault
            raise
    raise wrong(name, "几何无效或超出坐标系范围", "holds a geometry that is not valid, or outside of its CRS")


def _shape(name: str, text: str, edges: Sequence[float]) -> Shape:
    west, south, east, north = edges
    if max(-south, north) > _NORTH:
        raise _latitude(name)
    # Longitudes beyond 180 degrees touch no feature.
    return Shape(text, Bounds(_within(west, 180), south, _within(east, 180), north))


def _latitude(name: str) -> CallError:
    return wrong(
        name,
        "纬度应在 -90 至 90 之间，请注意坐标系的轴序",
        "has latitudes of -90 to 90; mind the order of axes of its CRS",
    )


def checked(name: str, geometry: Any, *, swapped: bool) -> dict[str, Any]:  # noqa: ANN401 - foreign JSON
    """Return a GeoJSON geometry whose positions are finite and have x before y.

    Args:
        name: Of the parameter.
        geometry: As it was sent.
        swapped: Whether it has y before x.

    Raises:
        CallError: 400, it is no geometry of RFC 7946.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        parts = geometry["geometries"]
        if not any(isinstance(each, dict) and each.get("type") == kind for each in parts):
            return {"type": kind, "geometries": [checked(name, each, swapped=swapped) for each in parts]}
    if kind in _DEPTHS and (found := _positions(geometry.get("coordinates"), _DEPTHS[kind], swapped=swapped)):
        return {"type": kind, "coordinates": found}
    raise wrong(name, "几何应为 GeoJSON 或 WKT", "holds a geometry that is none of GeoJSON or WKT")


def touching(table: Queried, shape: Shape) -> Sql:
    """Return that a feature's box touches that of a shape: row groups are skipped by it, so it stands before the rest.

    Numbers are cast as the column is: rounding keeps order, so that no feature is lost.
    """
    if table.number is None:
        return TRUE
    kind, box = table.number, shape.box
    text = (
        f"{table.edge('xmin')} <= ?::{kind} AND {table.edge('xmax')} >= ?::{kind} "
        f"AND {table.edge('ymin')} <= ?::{kind} AND {table.edge('ymax')} >= ?::{kind}"
    )
    return Sql(text, (box.east, box.west, box.north, box.south))


def compared(table: Queried, function: str, shape: Shape) -> Sql:
    """Return that a spatial function holds between a feature's geometry and a shape."""
    exact = Sql(f"{function}({geometry_of(table)}, ST_GeomFromGeoJSON(?))", (shape.geojson,))
    return exact if function == "ST_Disjoint" else both(touching(table, shape), exact)


def geometry_of(table: Queried) -> str:
    """Return SQL for a feature's geometry, longitude first."""
    return f"lake.{identifier(table.geometry)}"


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)


def _positions(found: Any, depth: int, *, swapped: bool) -> list[Any]:  # noqa: ANN401 - foreign JSON
    """Return coordinates with x before y, or nothing where they are wrong."""
    if not isinstance(found, list) or not found:
        return []
    if depth:
        inner = [_positions(each, depth - 1, swapped=swapped) for each in found]
        return inner if all(inner) else []
    numbers = [each for each in found if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != len(found) or not 2 <= len(found) <= 3 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004
        return []
    return [numbers[1], numbers[0]] if swapped else numbers[:2]


def _denser(geometry: dict[str, Any]) -> dict[str, Any]:
    """Return a geometry with more points along its straight lines."""
    if geometry["type"] == "GeometryCollection":
        return {**geometry, "geometries": [_denser(each) for each in geometry["geometries"]]}
    lines = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
    depth = lines.get(geometry["type"])
    return geometry if depth is None else {**geometry, "coordinates": _cut(geometry["coordinates"], depth)}


def _cut(found: list[Any], depth: int) -> list[Any]:
    return [_cut(each, depth - 1) for each in found] if depth else list(_along(found))


def _along(line: list[list[float]]) -> Iterator[list[float]]:
    yield line[0]
    for (x1, y1), (x2, y2) in pairwise(line):
        for part in range(1, _PARTS):
            share = part / _PARTS
            yield [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share]
        yield [x2, y2]
