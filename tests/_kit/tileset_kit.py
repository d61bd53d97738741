"""Small 3D Tiles made by code: boxes of glTF over Langfang, as a city's buildings would be handed over."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from pyproj import Transformer

LON: Final = 116.70
LAT: Final = 39.52
"""Degrees; the middle of Langfang City."""


def glb(half: float = 50.0) -> bytes:
    """Return a cube of glTF 2.0, `half` metres from its middle to each side, as binary glTF."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], "<f4") * half
    faces = [0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3]
    points, triangles = corners.tobytes(), np.array(faces, "<u2").tobytes()
    low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5123, "count": len(faces), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(triangles)},
        ],
        "buffers": [{"byteLength": len(points) + len(triangles)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = points + triangles
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def b3dm() -> bytes:
    """Return the same cube as a batched model of 3D Tiles 1.0."""
    body = glb()
    return struct.pack("<4sIIIIII", b"b3dm", 1, 28 + len(body), 0, 0, 0, 0) + body


def to_earth(lon: float = LON, lat: float = LAT, height: float = 0.0) -> list[float]:
    """Return the column-major matrix from metres east, north and up at a place to EPSG:4978."""
    centre = Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, height)
    east_of, north_of = math.radians(lon), math.radians(lat)
    east = [-math.sin(east_of), math.cos(east_of), 0.0]
    north = [-math.sin(north_of) * math.cos(east_of), -math.sin(north_of) * math.sin(east_of), math.cos(north_of)]
    up = [math.cos(north_of) * math.cos(east_of), math.cos(north_of) * math.sin(east_of), math.sin(north_of)]
    return [*east, 0.0, *north, 0.0, *up, 0.0, *centre, 1.0]


def box(half: float, east: float = 0.0, north: float = 0.0, up: float = 0.0) -> dict[str, Any]:
    """Return a cube as a bounding volume in local metres."""
    return {"box": [east, north, up, half, 0, 0, 0, half, 0, 0, 0, half]}


def region(half_deg: float = 0.01, low: float = 0.0, high: float = 100.0) -> dict[str, Any]:
    """Return a region around Langfang."""
    sides = (LON - half_deg, LAT - half_deg, LON + half_deg, LAT + half_deg)
    return {"region": [*map(math.radians, sides), low, high]}


def explicit() -> dict[str, Any]:
    """Return a tileset of version 1.0: a root box and two children, one of them with a sphere."""
    children = [
        {"boundingVolume": box(50, -100), "geometricError": 0, "content": {"uri": "tiles/west.glb"}},
        {
            "boundingVolume": {"sphere": [100, 0, 0, 90]},
            "geometricError": 4,
            "refine": "REPLACE",
            "content": {"uri": "tiles/east%20block.b3dm"},
        },
    ]
    root = {
        "transform": to_earth(),
        "boundingVolume": box(200),
        "geometricError": 32,
        "refine": "ADD",
        "content": {"uri": "root.glb"},
        "children": children,
    }
    return {"asset": {"version": "1.0"}, "geometricError": 128, "root": root}


FILES: Final[dict[str, Callable[[], bytes]]] = {
    "root.glb": lambda: glb(150),
    "tiles/west.glb": glb,
    "tiles/east block.b3dm": b3dm,
}


def write(folder: Path, tileset: dict[str, Any], files: dict[str, bytes] | None = None) -> Path:
    """Write a tileset with the files of `explicit`, or others, and return its folder."""
    made = {name: make() for name, make in FILES.items()} if files is None else files
    for name, data in (made | {"tileset.json": json.dumps(tileset).encode()}).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def subtree(tiles: str, contents: str, children: str | int) -> bytes:
    """Return a subtree file of three bit strings, the first bit first; `children` may be a constant."""
    bits = [tiles, contents] + ([children] if isinstance(children, str) else [])
    packed = [np.packbits(np.array([bit == "1" for bit in text]), bitorder="little").tobytes() for text in bits]
    padded = [data + b"\0" * (-len(data) % 8) for data in packed]
    starts = np.cumsum([0, *map(len, padded)]).tolist()
    document = {
        "buffers": [{"byteLength": starts[-1]}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": len(data)}
            for start, data in zip(starts, packed, strict=False)
        ],
        "tileAvailability": {"bitstream": 0},
        "contentAvailability": [{"bitstream": 1}],
        "childSubtreeAvailability": {"bitstream": 2} if isinstance(children, str) else {"constant": children},
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8)
    binary = b"".join(padded)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary


def implicit() -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a quadtree of version 1.1 with four levels in subtrees of two, and its files.

    Of level 1 the south-western and north-eastern tiles exist; of level 2 all four below the north-eastern one; of
    level 3 the south-eastern one below 2/3/3. All but the root have contents.
    """
    root = {
        "boundingVolume": region(),
        "geometricError": 64,
        "refine": "REPLACE",
        "content": {"uri": "content/{level}/{x}/{y}.glb"},
        "implicitTiling": {
            "subdivisionScheme": "QUADTREE",
            "subtreeLevels": 2,
            "availableLevels": 4,
            "subtrees": {"uri": "subtrees/{level}.{x}.{y}.subtree"},
        },
    }
    # Morton order of a subtree's last level: x and y take turns, x first.
    below = "".join("1" if (x, y) in {(2, 2), (3, 2), (2, 3), (3, 3)} else "0" for x, y in map(_place, range(16)))
    files = {
        "subtrees/0.0.0.subtree": subtree("11001", "01001", below),
        "subtrees/2.2.2.subtree": subtree("10000", "10000", 0),
        "subtrees/2.3.2.subtree": subtree("10000", "10000", 0),
        "subtrees/2.2.3.subtree": subtree("10000", "10000", 0),
        "subtrees/2.3.3.subtree": subtree("10100", "10100", 0),
    }
    for cell in ("1/0/0", "1/1/1", "2/2/2", "2/3/2", "2/2/3", "2/3/3", "3/7/6"):
        files[f"content/{cell}.glb"] = glb(20)
    return {"asset": {"version": "1.1"}, "geometricError": 128, "root": root}, files


def _place(number: int) -> tuple[int, int]:
    x, y = number & 1 | number >> 1 & 2, number >> 1 & 1 | number >> 2 & 2
    return x, y
