"""What a build leaves behind and a publisher sends out: candidates, assets, manifests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tianlake.lake.facts import (
    Band,
    Column,
    Facts,
    PointCloudFacts,
    RasterFacts,
    Relief,
    Scene,
    TableFacts,
    TileFacts,
    TileLayer,
    TilesetFacts,
)
from tianlake.lake.recipes import ProductCard
from tianlake.lake.words import Bounds, ReleaseId, Text

__all__ = [
    "COG",
    "COPC",
    "GEOJSON",
    "HTML",
    "JSON",
    "PARQUET",
    "PMTILES",
    "PNG",
    "Asset",
    "Band",
    "Candidate",
    "Changes",
    "Column",
    "Facts",
    "FileEntry",
    "Manifest",
    "MediaType",
    "PointCloudFacts",
    "Quality",
    "RasterFacts",
    "Relief",
    "Role",
    "Scene",
    "SourceRecord",
    "TableFacts",
    "TileFacts",
    "TileLayer",
    "TilesetFacts",
    "data_table",
]

MediaType = Literal[
    "application/vnd.apache.parquet",  # IANA, registered 2024
    "application/vnd.pmtiles",  # IANA, registered 2025-04-17
    "image/tiff; application=geotiff; profile=cloud-optimized",  # STAC best practices, common media types
    "image/png",
    "image/webp",
    "application/json",
    "application/geo+json",
    "application/vnd.mapbox.style+json",  # Portolan formats, "PMTiles": MapLibre styles
    "application/vnd.laszip+copc",  # https://copc.io, "Media type"
    "application/schema+json",
    "application/atom+xml",
    "application/feed+json",  # https://www.jsonfeed.org/version/1.1/
    "application/octet-stream",
    "image/jpeg",
    "model/gltf-binary",
    "text/markdown",
    "text/html",
]

PARQUET: MediaType = "application/vnd.apache.parquet"
PMTILES: MediaType = "application/vnd.pmtiles"
COG: MediaType = "image/tiff; application=geotiff; profile=cloud-optimized"
GEOJSON: MediaType = "application/geo+json"
JSON: MediaType = "application/json"
PNG: MediaType = "image/png"
HTML: MediaType = "text/html"
COPC: MediaType = "application/vnd.laszip+copc"


Role = Literal["data", "visual", "thumbnail", "metadata", "part"]
"""STAC asset roles; `visual` is the Portolan profile's role for PMTiles. A `part` belongs to another asset, as the
tiles of a tileset do, and is listed in the manifest alone."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file of a release."""

    name: str
    """Path within the release, for example `places.parquet`, `tileset/0/1.glb`."""
    role: Role
    media_type: MediaType
    sha256: str
    """Lower-case hex of the file's bytes."""
    size: int
    """Bytes."""
    title: Text
    facts: Facts | None = None


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
class Changes:
    """How the features differ from those of the release that was current when the candidate was built."""

    base: ReleaseId
    """The release compared with."""
    added: int
    geometry: int
    """Features whose geometry changed, with or without attributes."""
    attributes: int
    """Features of which attributes alone changed."""
    removed: int
    unchanged: int
    columns_added: tuple[str, ...] = ()
    """Attributes that the release compared with did not have; these alone change no feature."""
    columns_removed: tuple[str, ...] = ()
    columns_retyped: tuple[str, ...] = ()
    """Attributes of another type than before; a value that converts both ways is the same."""


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
    changes: Changes | None = None
    """None where there was nothing to compare with, or features have no ids."""


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


def data_table(candidate: Candidate) -> Asset | None:
    """Return the Parquet file that holds a product's features or rows, or None where it has none."""
    return next((each for each in candidate.assets if each.media_type == PARQUET and each.role == "data"), None)
