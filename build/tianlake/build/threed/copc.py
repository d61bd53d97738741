"""Reads a COPC point cloud's header and octree, and refuses a file that a client could not read by ranges.

COPC 1.0 (https://copc.io): LAZ 1.4 whose points are in the order of an octree, which the file describes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import lazrs
import numpy as np
from laspy.copc import CopcInfoVlr, CopcReader, HierarchyPage, VoxelKey
from laspy.errors import LaspyException
from laspy.header import LasHeader
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from tianlake.lake.errors import fault
from tianlake.lake.leaks import find_leaks

FORMATS: Final = {6, 7, 8}
"""Point data record formats of COPC."""

ENTRY: Final = 32
"""Bytes of an entry of the hierarchy."""

PAGE: Final = -1
"""Number of points of an entry that leads to another page."""

CONVERT: Final = "convert it, for example with: pdal translate in.laz out.copc.laz (or untwine)"

DAMAGE: Final = (LaspyException, lazrs.LazrsError, ValueError, struct.error, EOFError, IndexError, OSError)
"""What laspy and lazrs raise on files that are not as they say."""

MOST_POINTS: Final = 20_000_000
"""What is decoded at once, at most: half a gigabyte of coordinates. Nodes of real clouds hold up to 100,000 points."""

SLACK: Final = 0.001
"""Share of the root's side by which points may lie outside: writers choose the cube by eye."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the octree that holds points."""

    level: int
    x: int
    y: int
    z: int
    points: int
    offset: int
    """Bytes from the start of the file."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A checked file."""

    path: Path
    shown: str
    header: LasHeader
    centre: NDArray[np.float64]
    half: float
    """Half the side of the root's cube, unit of the CRS."""
    spacing: float
    crs: CRS
    """Horizontal part."""
    code: str
    """Its authority code."""
    nodes: tuple[Node, ...]

    @property
    def low(self) -> NDArray[np.float64]:
        """Lowest x, y, z by the header."""
        return np.asarray(self.header.mins, np.float64)

    @property
    def high(self) -> NDArray[np.float64]:
        """Highest x, y, z by the header."""
        return np.asarray(self.header.maxs, np.float64)

    def box(self, node: Node) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest corner of a node's cube."""
        side = 2 * self.half / 2**node.level
        low = self.centre - self.half + np.array([node.x, node.y, node.z]) * side
        return low, low + side


def read_cloud(path: Path, shown: str, declared: str | None) -> Cloud:
    """Check one file and return what it says of itself.

    Args:
        path: The file.
        shown: Its path as the recipe has it.
        declared: The CRS that the recipe declares.

    Raises:
        LakeError: It is no COPC, damaged, contradicts itself or says what must not be published; one line.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header, info = _header(file, shown)
        if not info.halfsize > 0:
            raise fault(shown, "copc info", f"the octree's root has half a side of {info.halfsize:g}")
        nodes = tuple(_nodes(file, info, size, shown))
    counted = sum(node.points for node in nodes)
    if counted != header.point_count:
        rule = f"the octree holds {counted} points, the header says {header.point_count}; write the file anew"
        raise fault(shown, "hierarchy", rule)
    if not counted:
        raise fault(shown, "", "holds no points")
    crs, code = _crs(header, declared, shown)
    cloud = Cloud(path, shown, header, info.center.copy(), info.halfsize, info.spacing, crs, code, nodes)
    _check_bounds(cloud)
    _check_leaks(cloud)
    return cloud


def _header(file: BinaryIO, shown: str) -> tuple[LasHeader, CopcInfoVlr]:
    if file.read(4) != b"LASF":
        raise fault(shown, "", f"is no LAS or LAZ file; {CONVERT}")
    file.seek(0)
    try:
        header = LasHeader.read_from(file, read_evlrs=True)  # writers put the CRS there
    except DAMAGE as error:
        raise fault(shown, "header", f"cannot be read: {_said(error)}; fetch the file again") from None
    version = f"{header.version.major}.{header.version.minor}"
    first = header.vlrs[0] if header.vlrs else None
    if not isinstance(first, CopcInfoVlr):
        kind = "LAZ" if header.are_points_compressed else "LAS"
        raise fault(shown, "", f"is plain {kind} {version}, which cannot be read by ranges; {CONVERT}")
    if version != "1.4":
        raise fault(shown, "header", f"is LAS {version}; COPC is LAS 1.4")
    if header.point_format.id not in FORMATS:
        raise fault(shown, "header", f"has points of format {header.point_format.id}; COPC has 6, 7 or 8")
    return header, first


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _nodes(file: BinaryIO, info: CopcInfoVlr, size: int, shown: str) -> Iterator[Node]:
    """Yield the nodes of all pages of the hierarchy."""
    waiting = [(info.hierarchy_root_offset, info.hierarchy_root_size)]
    pages: set[int] = set()
    keys: set[VoxelKey] = set()
    while waiting:
        offset, length = waiting.pop()
        if offset in pages:
            raise fault(shown, "hierarchy", f"the page at byte {offset} is told of twice")
        if length <= 0 or length % ENTRY or offset + length > size:
            rule = f"the page at byte {offset} has {length} bytes, and the file {size}; fetch it again"
            raise fault(shown, "hierarchy", rule)
        pages.add(offset)
        file.seek(offset)
        for key, entry in HierarchyPage.from_bytes(file.read(length)).entries.items():
            if entry.point_count == PAGE:
                waiting.append((entry.offset, entry.byte_size))
                continue
            name = f"{key.level}-{key.x}-{key.y}-{key.z}"
            if entry.point_count < 0 or entry.byte_size < 0 or entry.offset + entry.byte_size > size:
                rule = f"its points end at byte {entry.offset + entry.byte_size}, the file at {size}; fetch it again"
                raise fault(shown, f"node {name}", rule)
            if key in keys or not _in_octree(key):
                raise fault(shown, f"node {name}", "is told of twice, or lies outside the octree")
            keys.add(key)
            if entry.point_count:
                yield Node(key.level, key.x, key.y, key.z, entry.point_count, entry.offset, entry.byte_size)


def _in_octree(key: VoxelKey) -> bool:
    return key.level >= 0 and all(0 <= number < 2**key.level for number in (key.x, key.y, key.z))


def _crs(header: LasHeader, declared: str | None, shown: str) -> tuple[CRS, str]:
    """Return the horizontal CRS, which must be an EPSG code, and the code."""
    how = 'declare it in the recipe, for example crs = "EPSG:4549"'
    try:
        crs = CRS.from_user_input(declared) if declared else header.parse_crs()
    except CRSError:
        rule = f"{declared!r} is no CRS; write it as EPSG:4549" if declared else f"its WKT cannot be read; {how}"
        raise fault(shown, "crs", rule) from None
    if crs is None:
        raise fault(shown, "crs", f"the file has no CRS; {how}")
    flat = next((part for part in crs.sub_crs_list if not part.is_vertical), crs)
    # The code that the WKT names, before the one that pyproj finds by comparing: that takes the order of axes, which
    # is always east and north in LAS, for a difference.
    named = flat.to_json_dict().get("id", {})
    code = named.get("code") if named.get("authority") == "EPSG" else flat.to_epsg()
    if code is None:
        raise fault(shown, "crs", f"{flat.name} is no EPSG code; {how}")
    return flat, f"EPSG:{code}"


def _check_bounds(cloud: Cloud) -> None:
    low, high, slack = cloud.low, cloud.high, SLACK * 2 * cloud.half
    if not (np.isfinite([low, high]).all() and (low <= high).all()):
        raise fault(cloud.shown, "header", "its bounds are no box")
    if (low < cloud.centre - cloud.half - slack).any() or (high > cloud.centre + cloud.half + slack).any():
        raise fault(cloud.shown, "header", f"its bounds {_box(low, high)} leave the octree's root")
    found = read_points(cloud, 0, 0)
    if len(found):
        step = np.asarray(cloud.header.scales) + SLACK * (high - low)
        inside = (found >= low - step).all() and (found <= high + step).all()
        if not inside:
            seen = _box(found.min(axis=0), found.max(axis=0))
            raise fault(cloud.shown, "header", f"its bounds {_box(low, high)} leave out points of the root: {seen}")


def _box(low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    return " to ".join(" ".join(f"{each:.10g}" for each in corner) for corner in (low, high))


def read_points(cloud: Cloud, first: int, last: int) -> NDArray[np.float64]:
    """Return `(n, 3)` x, y, z of the points of the octree's levels from `first` to `last`.

    Raises:
        LakeError: Their bytes are damaged, or the octree claims more of them than memory should be asked for.
    """
    place = f"points of levels {first} to {last}"
    claimed = sum(node.points for node in cloud.nodes if first <= node.level <= last)
    if claimed > MOST_POINTS:
        rule = f"are {claimed:,}, and no first levels of an octree hold more than {MOST_POINTS:,}; write the file anew"
        raise fault(cloud.shown, place, rule)
    try:
        with CopcReader.open(cloud.path) as reader:
            points: Any = reader.query(level=range(first, last + 1))
            return np.column_stack((points.x, points.y, points.z))
    except BaseException as error:
        # Rust's panic is no Exception, and its class has no name that could be imported.
        if not isinstance(error, DAMAGE) and type(error).__name__ != "PanicException":
            raise
        rule = f"their bytes are damaged: {_said(error)}; fetch the file again"
        raise fault(cloud.shown, place, rule) from None


def _check_leaks(cloud: Cloud) -> None:
    """Refuse records that say where the file was made: PDAL writes its whole pipeline, with paths."""
    for leak in find_leaks(cloud.shown, cloud.path):
        rule = f"{leak.rule}; write the file without it (pdal: writers.copc without forward and pipeline)"
        raise fault(cloud.shown, leak.place, rule)
