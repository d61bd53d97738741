"""What an asset holds, read back from the file that was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tianlake.lake.recipes import RasterClass
from tianlake.lake.words import Bounds, Text


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name and its Arrow/Parquet type as DuckDB prints it (`VARCHAR`)."""

    name: str
    type: str
    description: Text | None = None
    """What it holds, for people; None where its name says it all."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a GeoParquet asset holds; of plain Parquet, geometry, bounds and CRS are None."""

    rows: int
    columns: tuple[Column, ...]
    geometry_column: str | None
    geometry_types: tuple[str, ...]
    """GeoParquet names: `Point`, `MultiPolygon`, … sorted."""
    bounds: Bounds | None
    crs: str | None
    """Authority code of the file's CRS: `EPSG:4490`."""
    row_groups: int
    id_column: str | None = None
    """The column that names a feature for good, where the recipe says so: releases are compared by it."""
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a raster."""

    data_type: str
    """STAC raster data type: `uint8`, `int16`, `float32`, …"""
    nodata: float | None
    minimum: float | None
    """Over valid pixels of the whole band."""
    maximum: float | None
    unit: str | None = None
    """Unit of the values, such as `m`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How one picture was taken."""

    acquired_start: str
    """RFC 3339 date-time, UTC."""
    acquired_end: str
    """The same, for one shot."""
    sensor: str | None = None
    cloud_cover: float | None = None
    """Percent."""
    processing_level: str | None = None
    accuracy_m: float | None = None
    """Planimetric accuracy, metres."""
    native_gsd_m: float | None = None
    """Ground sample distance of the sensor's own grid, metres; `gsd_m` of the facts is that of the file."""


@dataclass(frozen=True, slots=True)
class Relief:
    """What the values of an elevation model are. Its reviewers ask for spacing and interval."""

    vertical_crs: str
    """Authority code of the CRS that heights, in metres, are counted in: `EPSG:5737`."""
    grid_spacing_m: float
    """Ground sample distance of the source's own grid, metres; `gsd_m` of the facts is that of the file."""
    contour_interval_m: float
    """Metres between the contours of the product."""


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """What a COG asset holds."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    bands: tuple[Band, ...]
    transform: tuple[float, float, float, float, float, float]
    """GDAL/rasterio affine `a, b, c, d, e, f` from (column, row) to (x, y) of the CRS."""
    bounds: Bounds
    crs: str
    gsd_m: float
    """Ground sample distance at the centre, metres."""
    footprint: tuple[tuple[float, float], ...]
    """Closed outer ring lon, lat around the pixels that hold data (a simplified hull)."""
    outline: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ()
    """The same with bays, holes and parts: coordinates of a GeoJSON MultiPolygon, degrees."""
    classes: tuple[RasterClass, ...] = ()
    scene: Scene | None = None
    """How the picture was taken, where the recipe says so."""
    relief: Relief | None = None
    """What the heights are, where the raster is an elevation model."""
    kind: Literal["raster"] = "raster"


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One layer of a vector tile set."""

    id: str
    geometry: Literal["point", "line", "polygon", "mixed"]
    fields: tuple[str, ...]
    min_zoom: int
    max_zoom: int


@dataclass(frozen=True, slots=True)
class TileFacts:
    """What a PMTiles archive holds, from its header and metadata."""

    tile_type: Literal["mvt", "png", "webp", "jpeg"]
    matrix_set: str
    """OGC TMS id: `WebMercatorQuad`, or `CGCS2000Quad` of docs/rasters.md."""
    min_zoom: int
    max_zoom: int
    bounds: Bounds
    tiles: int
    """Addressed tiles."""
    layers: tuple[TileLayer, ...] = ()
    tile_size: int = 512
    """Pixels a client draws a tile at (MVT: 512)."""
    variant: str = ""
    """What parts this archive from the product's first one: `c`, `hillshade`, …; its file is
    `<id>-<variant>.pmtiles`."""
    encoding: Literal["mapbox"] | None = None
    """How colours say heights (MapLibre's word): terrain-RGB of Mapbox, which MapTiler uses too."""
    kind: Literal["tiles"] = "tiles"


@dataclass(frozen=True, slots=True)
class TilesetFacts:
    """What a 3D Tiles tileset holds."""

    version: str
    """Of its `asset`: `1.0` or `1.1`."""
    bounds: Bounds
    heights: tuple[float, float] | None
    """Lowest and highest height above the ellipsoid, metres; None where no bounding volume tells."""
    geometric_error: float
    """Metres, of the whole tileset."""
    tiles: int
    contents: int
    """Files that hold content."""
    content_types: tuple[str, ...]
    """`glb`, `b3dm`, `pnts`, … sorted."""
    kind: Literal["tileset"] = "tileset"


@dataclass(frozen=True, slots=True)
class PointCloudFacts:
    """What a COPC file holds."""

    points: int
    point_format: int
    """LAS 1.4 point data record format: 6, 7 or 8."""
    bounds: Bounds
    heights: tuple[float, float]
    """Lowest and highest z, in the unit of the file's CRS."""
    crs: str
    """Authority code of the file's own CRS."""
    spacing: float
    """Of the root node of its octree, in the unit of the CRS."""
    dimensions: tuple[Column, ...]
    """Names of LAS dimensions and their numpy types."""
    kind: Literal["pointcloud"] = "pointcloud"


Facts = TableFacts | RasterFacts | TileFacts | TilesetFacts | PointCloudFacts
