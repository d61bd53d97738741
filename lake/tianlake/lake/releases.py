"""What a build leaves behind and a publisher sends out: candidates, assets, manifests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tianlake.lake.recipes import ProductCard, RasterClass
from tianlake.lake.words import Bounds, ReleaseId, Text

MediaType = Literal[
    "application/vnd.apache.parquet",  # IANA, registered 2024
    "application/vnd.pmtiles",  # IANA, registered 2025-04-17
    "image/tiff; application=geotiff; profile=cloud-optimized",  # STAC best practices, common media types
    "image/png",
    "image/webp",
    "application/json",
    "application/geo+json",
    "application/vnd.mapbox.style+json",  # Portolan formats, "PMTiles": MapLibre styles
    "text/markdown",
    "text/html",
]

PARQUET: MediaType = "application/vnd.apache.parquet"
PMTILES: MediaType = "application/vnd.pmtiles"
COG: MediaType = "image/tiff; application=geotiff; profile=cloud-optimized"
GEOJSON: MediaType = "application/geo+json"
JSON: MediaType = "application/json"
PNG: MediaType = "image/png"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name and its Arrow/Parquet type as DuckDB prints it (`VARCHAR`)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a GeoParquet asset holds, read back from the file that was written."""

    rows: int
    columns: tuple[Column, ...]
    geometry_column: str
    geometry_types: tuple[str, ...]
    """GeoParquet names: `Point`, `MultiPolygon`, … sorted."""
    bounds: Bounds
    crs: str
    """Authority code of the file's CRS: `EPSG:4490`."""
    row_groups: int
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


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """What a COG asset holds, read back from the file that was written."""

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
    classes: tuple[RasterClass, ...] = ()
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
    """What a PMTiles archive holds, read back from its header and metadata."""

    tile_type: Literal["mvt", "png", "webp", "jpeg"]
    matrix_set: str
    """OGC TMS id: `WebMercatorQuad`."""
    min_zoom: int
    max_zoom: int
    bounds: Bounds
    tiles: int
    """Addressed tiles."""
    layers: tuple[TileLayer, ...] = ()
    tile_size: int = 512
    """Pixels a client draws a tile at (MVT: 512)."""
    kind: Literal["tiles"] = "tiles"


Role = Literal["data", "visual", "thumbnail", "metadata"]
"""STAC asset roles; `visual` is the Portolan profile's role for PMTiles."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file of a release."""

    name: str
    """File name within the release, for example `places.parquet`."""
    role: Role
    media_type: MediaType
    sha256: str
    """Lower-case hex of the file's bytes."""
    size: int
    """Bytes."""
    title: Text
    facts: TableFacts | RasterFacts | TileFacts | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A file that went into a release."""

    path: str
    """Relative to the workspace."""
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Where the features went. `read - left_out - dropped == written`, always."""

    read: int = 0
    """Features in the sources."""
    left_out: int = 0
    """Left out on purpose: `where` and `clip`."""
    dropped: int = 0
    """Without geometry, or with one that could not be repaired."""
    repaired: int = 0
    """Invalid geometry made valid."""
    written: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What `build` made and nobody has published yet: a folder of files and this record of them."""

    node: str
    """Node code."""
    card: ProductCard
    built: str
    """UTC, RFC 3339, whole seconds."""
    fingerprint: str
    """sha256 over recipe, sources and tool versions: equal fingerprints need no new build."""
    bounds: Bounds
    assets: tuple[Asset, ...]
    sources: tuple[SourceRecord, ...]
    tools: dict[str, str]
    """Tool → version."""
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a release as its manifest lists it."""

    path: str
    """Relative to the release, `/` between parts."""
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The immutable record of a release: every file, its hash and what was built how."""

    release: ReleaseId
    candidate: Candidate
    files: tuple[FileEntry, ...]
    """Every file of the release but the manifest itself, sorted by path."""
    layout: int = 1
    """Version of docs/layout.md that this release follows."""
