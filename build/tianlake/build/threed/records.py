"""Foreign JSON of 3D Tiles as values: OGC 22-025r4, "3D Tiles Specification" 1.1, which includes 1.0.

Members that are not listed here are the business of clients, and are copied unread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Twelve = Annotated[tuple[Number, ...], Field(min_length=12, max_length=12)]
Sixteen = Annotated[tuple[Number, ...], Field(min_length=16, max_length=16)]
Six = tuple[Number, Number, Number, Number, Number, Number]
Four = tuple[Number, Number, Number, Number]
GeometricError = Annotated[float, Field(ge=0, allow_inf_nan=False, validation_alias="geometricError")]


@dataclass(frozen=True, slots=True)
class VolumeRecord:
    """A bounding volume; one of the three is given."""

    region: Six | None = None
    """West, south, east, north in radians of WGS 84, lowest and highest height above its ellipsoid in metres."""
    box: Twelve | None = None
    """Centre and the three half axes, each x y z in metres."""
    sphere: Four | None = None
    """Centre x y z and radius, metres."""


BoundingVolume = Annotated[VolumeRecord, Field(validation_alias="boundingVolume")]


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """What a tile shows."""

    uri: str = ""
    url: str = ""
    """The name that drafts before 1.0 had for `uri`; many writers still use it."""


@dataclass(frozen=True, slots=True)
class SubtreesRecord:
    """Where the subtrees of an implicit tiling are."""

    uri: str


@dataclass(frozen=True, slots=True)
class ImplicitRecord:
    """Tiles that are not listed but computed."""

    scheme: Annotated[Literal["QUADTREE", "OCTREE"], Field(validation_alias="subdivisionScheme")]
    subtree_levels: Annotated[int, Field(ge=1, le=20, validation_alias="subtreeLevels")]
    available_levels: Annotated[int, Field(ge=1, le=64, validation_alias="availableLevels")]
    subtrees: SubtreesRecord


@dataclass(frozen=True, slots=True)
class TileRecord:
    """One tile, without its children."""

    volume: BoundingVolume
    geometric_error: GeometricError
    refine: Literal["ADD", "REPLACE"] | None = None
    transform: Sixteen | None = None
    """Column-major, from the tile's to its parent's coordinates."""
    content: ContentRecord | None = None
    contents: tuple[ContentRecord, ...] = ()
    implicit: Annotated[ImplicitRecord | None, Field(validation_alias="implicitTiling")] = None
    children: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """What version of the specification a tileset follows."""

    version: Literal["1.0", "1.1"]


@dataclass(frozen=True, slots=True)
class TilesetRecord:
    """A `tileset.json` without its tiles."""

    asset: AssetRecord
    geometric_error: GeometricError
    root: dict[str, Any]
    extensions_required: Annotated[tuple[str, ...], Field(validation_alias="extensionsRequired")] = ()
    schema_uri: Annotated[str | None, Field(validation_alias="schemaUri")] = None


@dataclass(frozen=True, slots=True)
class AvailabilityRecord:
    """Which elements of a subtree exist: all, none, or those whose bit is set."""

    bitstream: Annotated[int | None, Field(ge=0)] = None
    """Number of the buffer view that holds one bit for each element, the lowest bit of a byte first."""
    constant: Literal[0, 1] | None = None


@dataclass(frozen=True, slots=True)
class BufferRecord:
    """Bytes of a subtree: those behind its JSON where it has no `uri`."""

    length: Annotated[int, Field(ge=0, validation_alias="byteLength")]
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """A part of a buffer."""

    buffer: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0, validation_alias="byteOffset")]
    length: Annotated[int, Field(ge=0, validation_alias="byteLength")]


@dataclass(frozen=True, slots=True)
class SubtreeRecord:
    """The JSON of a subtree."""

    tiles: Annotated[AvailabilityRecord, Field(validation_alias="tileAvailability")]
    children: Annotated[AvailabilityRecord, Field(validation_alias="childSubtreeAvailability")]
    contents: Annotated[tuple[AvailabilityRecord, ...], Field(validation_alias="contentAvailability")] = ()
    buffers: tuple[BufferRecord, ...] = ()
    views: Annotated[tuple[ViewRecord, ...], Field(validation_alias="bufferViews")] = ()
