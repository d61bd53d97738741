"""Cuts geometry at the antimeridian, so that all of it lies in -180…180 (RFC 7946 §3.1.9).

The package `antimeridian` does this for GeoJSON; it drops heights, winds rings anew, and takes longitudes of 0…360
for jumps. Straight lines are straight in longitude and latitude here, as in every file format that we read.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

HALF: Final = 180.0
TURN: Final = 360.0
ROUNDING: Final = 1e-6
POLE: Final = 90.0

WORLDS: Final = (-1, 0, 1)
"""The turns round the Earth that a feature may have strayed into."""


def cut(geometry: BaseGeometry, *, turns: bool) -> BaseGeometry | None:
    """Return a geometry cut at the antimeridian and moved into -180…180; None where that is not its trouble.

    An edge of more than 180° and less than 360° is taken to go the short way round.

    Args:
        geometry: Degrees, longitude first.
        turns: Whether the source counts longitudes from 0 to 360. Otherwise a feature that lies beyond 180° as a
            whole is an error of its source, and left for somebody to see.
    """
    coordinates = shapely.get_coordinates(geometry)
    if not len(coordinates) or not np.isfinite(coordinates).all() or np.abs(coordinates[:, 1]).max() > POLE + ROUNDING:
        return None
    jumps = any(_jumps(part) for part in _lines(geometry))
    west, east = coordinates[:, 0].min(), coordinates[:, 0].max()
    beyond = west < -HALF - ROUNDING or east > HALF + ROUNDING
    straddles = west < HALF < east or west < -HALF < east
    if east > TURN + ROUNDING or west < -TURN - ROUNDING or not (jumps or (beyond and (turns or straddles))):
        return None
    parts = [_unrolled(part) if jumps else part for part in shapely.get_parts(np.array([geometry]))]
    pieces = [piece for part in parts for piece in _pieces(part)]
    if not pieces:
        return None
    return _gathered(pieces, geometry)


def _lines(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return every line and ring of a geometry."""
    parts = shapely.get_parts(np.array([geometry]))
    kinds = shapely.get_type_id(parts)
    rings = shapely.get_rings(parts[kinds == shapely.GeometryType.POLYGON])
    nested = parts[kinds > shapely.GeometryType.POLYGON]
    return [
        *parts[kinds == shapely.GeometryType.LINESTRING],
        *rings,
        *(line for each in nested for line in _lines(each)),
    ]


def _steps(line: BaseGeometry) -> NDArray[np.float64]:
    """Return how many turns each vertex of a line has to be moved for no edge to jump."""
    edges = np.diff(shapely.get_coordinates(line)[:, 0])
    size = np.abs(edges)
    jumps = np.where((size > HALF) & (size < TURN - ROUNDING), -np.sign(edges), 0.0)
    turns: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(jumps)])
    return turns


def _jumps(line: BaseGeometry) -> bool:
    return bool(_steps(line).any())


def _unrolled(part: BaseGeometry) -> BaseGeometry:
    """Return a line or area whose edges go the short way, beyond ±180° where need be."""
    match part.geom_type:
        case "LineString":
            return shapely.LineString(_unrolled_line(part))
        case "Polygon":
            shell = _closed(_unrolled_line(part.exterior))
            middle = shell[:, 0].mean()
            holes = [_closed(_unrolled_line(ring)) for ring in part.interiors]
            for hole in holes:
                hole[:, 0] += TURN * np.round((middle - hole[:, 0].mean()) / TURN)
            return shapely.make_valid(shapely.Polygon(shell, holes))
        case _:
            return part


def _unrolled_line(line: BaseGeometry) -> NDArray[np.float64]:
    coordinates: NDArray[np.float64] = shapely.get_coordinates(line, include_z=line.has_z)
    coordinates[:, 0] += TURN * _steps(line)
    return coordinates


def _closed(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Close a ring that went once round a pole: by the pole that it is nearer to."""
    if ring[0, 0] == ring[-1, 0]:
        return ring
    corners = ring[[-1, 0]].copy()
    corners[:, 1] = np.copysign(POLE, ring[:, 1].mean())
    return np.vstack([ring, corners, ring[:1]])


def _pieces(part: BaseGeometry) -> list[BaseGeometry]:
    """Return what of a part lies in each turn, moved into -180…180, without what is left of a lower dimension."""
    found = []
    for turn in WORLDS:
        world = shapely.box(TURN * turn - HALF, -POLE - 1, TURN * turn + HALF, POLE + 1)
        inside = shapely.intersection(part if part.is_valid else shapely.make_valid(part), world)
        same = [
            piece
            for piece in shapely.get_parts(np.array([inside]))
            if not piece.is_empty and shapely.get_dimensions(piece) == shapely.get_dimensions(part)
        ]
        found += [_moved(piece, -TURN * turn) for piece in same]
    if part.geom_type == "Point":
        return found[:1]
    return found


def _moved(piece: BaseGeometry, degrees: float) -> BaseGeometry:
    if not degrees:
        return piece
    offset = np.array([degrees, 0.0, 0.0][: 3 if piece.has_z else 2])
    return shapely.transform(piece, lambda coordinates: coordinates + offset, include_z=piece.has_z)


def _gathered(pieces: list[BaseGeometry], like: BaseGeometry) -> BaseGeometry:
    """Return pieces as one geometry: of their own kind where they are of one."""
    kinds = {piece.geom_type for piece in pieces}
    if len(pieces) == 1 and not like.geom_type.startswith(("Multi", "Geometry")):
        return pieces[0]
    makers = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}
    make = makers.get(next(iter(kinds))) if len(kinds) == 1 else None
    return (make or shapely.geometrycollections)(pieces)
