"""Builds a point cloud product: COPC files checked, copied as they are, indexed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from laspy.point.dims import DimensionInfo, DimensionKind
from numpy.typing import NDArray
from pyproj import Transformer

from tianlake.build.duck import open_database
from tianlake.build.earth import world_box
from tianlake.build.job import Advance, Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.picture import SIDE, MapPicture
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.style import Picture, RampStyle
from tianlake.build.threed.copc import Cloud, read_cloud, read_points
from tianlake.build.vector.features import Features
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.build.vector.made import add_rows, finish_rows
from tianlake.build.vector.sql_errors import sql_faults
from tianlake.build.vector.thumbnail import Canvas, make_canvas
from tianlake.lake.duck import interruptible
from tianlake.lake.errors import fault
from tianlake.lake.releases import COPC, PARQUET, PNG, Asset, Column, PointCloudFacts, Quality
from tianlake.lake.words import CGCS2000, Bounds, Text, union

FOLDER: Final = "points"
"""Folder of a release that several files are copied to."""

ENOUGH: Final = 60_000
"""Points that a thumbnail is drawn from, at least, where a file has so many."""


NODES: Final = pa.schema(
    [
        ("file", pa.string()),
        ("level", pa.int32()),
        ("x", pa.int32()),
        ("y", pa.int32()),
        ("z", pa.int32()),
        ("points", pa.int64()),
        ("offset", pa.int64()),
        ("bytes", pa.int64()),
        ("z_min", pa.float64()),
        ("z_max", pa.float64()),
        ("__source", pa.int32()),
        ("geometry", pa.binary()),
    ]
)
"""Columns of the index: the octree's nodes, their bytes in the file, heights in the unit of the file's CRS."""


def build_pointcloud(job: Job, progress: Progress = silent) -> Built:
    """Build a point cloud's assets into `job.out`.

    They are `<id>.copc.laz`, or `points/…` where there are several files, `index.parquet`, `thumbnail.png` and the
    quality report.

    Raises:
        LakeError: A file is no COPC or contradicts itself; one line that names it.
        OSError: A file could not be written.
    """
    names = _names(job)
    with progress(Text("检查点云", "Check the point cloud"), len(names)) as advance:
        clouds = [_read(job, number, advance) for number in range(len(names))]
    with progress(Text("复制点云", "Copy the point cloud"), len(names)) as advance:
        data = [_copy(cloud, name, job, advance) for cloud, name in zip(clouds, names, strict=True)]
    step = progress(Text("写出索引", "Write the index"))
    with step, sql_faults(job.recipe.card.id), open_database(job) as connection:
        index = interruptible(connection, partial(_write_index, connection, clouds, names, job))
    picture = job.out / "thumbnail.png"
    with progress(Text("缩略图", "Thumbnail")):
        shown = write_picture(clouds, picture)
    bounds = union([lonlat_bounds(cloud) for cloud in clouds])
    points = sum(cloud.header.point_count for cloud in clouds)
    quality = Quality(read=points, written=points)
    report = Report(quality=quality, bounds=bounds)
    drawn = describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail"))
    return Built((*data, index, drawn, *write_report(report, job, shown)), bounds, quality)


def _names(job: Job) -> list[str]:
    """Return the names in the release of all sources."""
    sources, file = job.recipe.sources, recipe_file(job)
    for number, source in enumerate(sources):
        if not source.path.lower().endswith((".laz", ".las")):
            raise fault(file, f"sources.{number}.path", f"names a .copc.laz file; got {source.path!r}")
    if len(sources) == 1:
        return [f"{job.recipe.card.id}.copc.laz"]
    names = [f"{FOLDER}/{PurePosixPath(source.path).name}" for source in sources]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise fault(file, f"sources.{number}.path", f"another source has the same file name {name!r}; rename one")
    return names


def _read(job: Job, number: int, advance: Advance) -> Cloud:
    source = job.recipe.sources[number]
    path = job.root / source.path
    if not path.is_file():
        raise fault(source.path, "", "there is no such file in the workspace")
    cloud = read_cloud(path, source.path, source.crs)
    advance(1)
    return cloud


def _copy(cloud: Cloud, name: str, job: Job, advance: Advance) -> Asset:
    target = job.out / name
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(cloud.path, target)
    asset = describe_file(target, "data", COPC, Text("点云(COPC)", "Point cloud (COPC)"), read_cloud_facts(cloud))
    advance(1)
    return replace(asset, name=name)


def read_cloud_facts(cloud: Cloud) -> PointCloudFacts:
    """Return what a checked file says of itself."""
    return PointCloudFacts(
        points=cloud.header.point_count,
        point_format=cloud.header.point_format.id,
        bounds=lonlat_bounds(cloud),
        heights=(float(cloud.low[2]), float(cloud.high[2])),
        crs=cloud.code,
        spacing=cloud.spacing,
        dimensions=tuple(Column(each.name, _type(each)) for each in cloud.header.point_format.dimensions),
    )


def _type(dimension: DimensionInfo) -> str:
    """Return a dimension's numpy type without byte order; a part of a byte is read as a byte of its own."""
    if dimension.kind is DimensionKind.BitField:
        return "u1"
    return str(np.dtype(dimension.dtype).base.str[1:])


def lonlat_bounds(cloud: Cloud) -> Bounds:
    """Return the box of a file's header in CGCS2000, its sides followed point by point."""
    turned = Transformer.from_crs(cloud.crs, CGCS2000, always_xy=True)
    found = turned.transform_bounds(*cloud.low[:2], *cloud.high[:2])
    if not np.isfinite(found).all():
        raise fault(cloud.shown, "crs", f"the header's bounds have no place in {cloud.code}; declare the true CRS")
    west, south, east, north = (round(float(each), 9) for each in found)
    return world_box(west, south, east, north)


def _write_index(connection: duckdb.DuckDBPyConnection, clouds: list[Cloud], names: list[str], job: Job) -> Asset:
    table = job.out / "index.parquet"
    features = index_nodes(connection, clouds, names, job.recipe.card.id)
    write_geoparquet(connection, features, table)
    facts = read_table_facts(connection, table)
    title = Text("八叉树索引(GeoParquet)", "Index of the octree (GeoParquet)")
    return describe_file(table, "metadata", PARQUET, title, facts)


def index_nodes(connection: duckdb.DuckDBPyConnection, clouds: list[Cloud], names: list[str], layer: str) -> Features:
    """Put the octree nodes of all files into the table of features."""
    for cloud, name in zip(clouds, names, strict=True):
        add_rows(connection, pa.Table.from_pylist(list(_rows(cloud, name)), NODES))
    return finish_rows(connection, (layer,))


def _rows(cloud: Cloud, name: str) -> Iterator[dict[str, Any]]:
    turned = Transformer.from_crs(cloud.crs, CGCS2000, always_xy=True)
    for node in cloud.nodes:
        low, high = cloud.box(node)
        x = np.array([low[0], high[0], high[0], low[0], low[0]])
        y = np.array([low[1], low[1], high[1], high[1], low[1]])
        ring = np.column_stack(turned.transform(x, y))
        yield {
            "file": name,
            "level": node.level,
            "x": node.x,
            "y": node.y,
            "z": node.z,
            "points": node.points,
            "offset": node.offset,
            "bytes": node.size,
            "z_min": float(low[2]),
            "z_max": float(high[2]),
            "__source": 0,
            "geometry": shapely.to_wkb(shapely.polygons(ring)),
        }


def write_picture(clouds: list[Cloud], target: Path) -> MapPicture:
    """Draw the coarsest levels of all files from above, from the lowest point (dark) to the highest (bright)."""
    points = np.vstack([_some(cloud) for cloud in clouds])
    png = thumbnail(partial(_draw, points))
    target.write_bytes(png)
    canvas = _canvas(points, SIDE)
    return MapPicture(png, canvas.width, canvas.height, canvas.west, canvas.south, canvas.east, canvas.north)


def _canvas(points: NDArray[np.float64], side: int) -> Canvas:
    lon, lat, _ = points.T
    return make_canvas((lon.min(), lat.min(), lon.max(), lat.max()), side)


def _some(cloud: Cloud) -> NDArray[np.float64]:
    """Return longitude, latitude and height of the points of the first levels."""
    last, count = 0, 0
    for level in range(max(node.level for node in cloud.nodes) + 1):
        last = level
        count += sum(node.points for node in cloud.nodes if node.level == level)
        if count >= ENOUGH:
            break
    x, y, z = read_points(cloud, 0, last).T
    turned = Transformer.from_crs(cloud.crs, CGCS2000, always_xy=True)
    return np.column_stack((*turned.transform(x, y), z))


def _draw(points: NDArray[np.float64], side: int) -> Picture:
    """Return a picture of points, the highest of each pixel, on a canvas as coarse as the points are dense."""
    lon, lat, height = points.T
    side = int(np.clip(2 * np.sqrt(len(points)), 16, side))
    canvas = _canvas(points, side)
    rows, columns = canvas.shape
    col = np.clip((lon - canvas.west) / canvas.step_x, 0, columns - 1).astype(int)
    row = np.clip((canvas.north - lat) / canvas.step_y, 0, rows - 1).astype(int)
    fine = rows // canvas.height
    top = np.full((canvas.height, canvas.width), -np.inf)
    np.maximum.at(top, (row // fine, col // fine), height)
    low, high = (float(each) for each in np.percentile(height, (2, 98)))
    style = RampStyle(low, max(high, low + 1e-6))
    mask = np.where(np.isfinite(top), 255, 0).astype(np.uint8)
    return style.paint(np.where(np.isfinite(top), top, low)[np.newaxis], mask)
