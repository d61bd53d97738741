"""Small point clouds in COPC made by code: a hill over Langfang, as an airborne survey would be handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import copclib
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

CRS_CODE: Final = "EPSG:4548"
"""CGCS2000, 3-degree zone of 117°E; metres."""

EAST: Final = 474_000.0
NORTH: Final = 4_376_000.0
"""Metres in that zone; the south-western corner of the cloud, 116.70°E 39.52°N."""

SIDE: Final = 512.0
"""Metres; of the octree's root."""

KEYS: Final = ((0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 1, 1, 0), (2, 2, 2, 0))
"""Level, x, y, z of the nodes."""


def hill(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height of the ground, 20 to 80 m."""
    far = np.hypot(east - SIDE / 2, north - SIDE / 2)
    return np.asarray(20 + 60 * np.exp(-((far / 150) ** 2)))


def write(path: Path, *, point_format: int = 7, wkt: str | None = None, each: int = 200, **header: Any) -> Path:
    """Write a cloud of `each` points a node; `header` overrides what the header says, to make it lie."""
    config = copclib.CopcConfigWriter(
        point_format,
        copclib.Vector3(0.01, 0.01, 0.01),
        copclib.Vector3(EAST, NORTH, 0),
        CRS.from_user_input(CRS_CODE).to_wkt("WKT1_GDAL") if wkt is None else wkt,
    )
    corners = (EAST, NORTH, 0.0), (EAST + SIDE, NORTH + SIDE, SIDE)
    random = np.random.default_rng(20_240_501)
    lows, highs = [], []
    with_nodes = copclib.FileWriter(str(path), config)
    config_header = with_nodes.copc_config.las_header
    for level, x, y, z in KEYS:
        side = SIDE / 2**level
        east, north = random.uniform(0, side, (2, each)) + np.array([[x * side], [y * side]])
        height = hill(east, north)
        points = copclib.Points(config_header)
        for one in zip(east + EAST, north + NORTH, height, strict=True):
            point = points.CreatePoint()
            point.x, point.y, point.z = map(float, one)
            point.classification = 2
            points.AddPoint(point)
        lows.append((east.min() + EAST, north.min() + NORTH, height.min()))
        highs.append((east.max() + EAST, north.max() + NORTH, height.max()))
        page = copclib.VoxelKey(2, 2, 2, 0) if level == 2 else copclib.VoxelKey(0, 0, 0, 0)
        with_nodes.AddNode(copclib.VoxelKey(level, x, y, z), points, page)
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    config_header.min = copclib.Vector3(*map(float, header.get("low", low)))
    config_header.max = copclib.Vector3(*map(float, header.get("high", high)))
    info = with_nodes.copc_config.copc_info
    middle = (np.array(corners[0]) + np.array(corners[1])) / 2
    info.center_x, info.center_y, info.center_z = map(float, header.get("centre", middle))
    info.halfsize = header.get("half", SIDE / 2)
    info.spacing = 10.0
    with_nodes.Close()
    return path
