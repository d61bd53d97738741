"""Single tiles out of the archive of a release."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

from pmtiles.tile import Compression, TileType
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.archives import Archive
from tianlake.functions.gateway.archives import Archives
from tianlake.functions.gateway.conditions import Validators
from tianlake.functions.gateway.node import Node, Released
from tianlake.functions.gateway.places import Tile
from tianlake.functions.gateway.problems import EMPTY_TILE, problem_response
from tianlake.functions.gateway.representations import IMMUTABLE, SHORT, Representation, made
from tianlake.lake.errors import NotFoundError, fault
from tianlake.lake.layers import TileArchive
from tianlake.lake.matrix_sets import BY_ID, WEB_MERCATOR
from tianlake.lake.store.protocol import Span

_KINDS: Final[dict[TileType, tuple[str, frozenset[str]]]] = {
    TileType.MVT: ("application/vnd.mapbox-vector-tile", frozenset({"mvt", "pbf"})),
    TileType.PNG: ("image/png", frozenset({"png"})),
    TileType.JPEG: ("image/jpeg", frozenset({"jpg", "jpeg"})),
    TileType.WEBP: ("image/webp", frozenset({"webp"})),
}
"""Media type and file extensions of each kind of tile."""

_VARY: Final = ("vary", "accept-encoding")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a tile lies: in which archive, and where there."""

    release: Released
    archive: TileArchive
    z: int
    x: int
    y: int
    cache: str
    """`Cache-Control` of the tile, and of the answer that there is none."""
    extension: str = ""
    """Which the address ends in; empty where an address says nothing of formats."""


async def tile(
    request: Request, archives: Archives, node: Node, wanted: Tile, *, fresh: bool
) -> Representation | Response:
    """Return a tile by its address; what is said of `tile_at` is true of it.

    Raises:
        NotFoundError: No such product, release or variant; what `tile_at` raises it for.
        ConflictError: The release changed meanwhile; nothing was sent.
    """
    if wanted.release:
        release, cache = await node.release(wanted.product, wanted.release, fresh=fresh), IMMUTABLE
    else:
        release, cache = await node.current(wanted.product, fresh=fresh), SHORT
    archive = release.tiles(wanted.variant)
    spot = Spot(release, archive, wanted.z, wanted.x, wanted.y, cache, wanted.extension)
    return await tile_at(request, archives, node, spot, fresh=fresh)


async def tile_at(
    request: Request, archives: Archives, node: Node, spot: Spot, *, fresh: bool
) -> Representation | Response:
    """Return a tile, or 204 for one that lies within the archive's levels but holds nothing.

    204 and not 404: to a map the tile is empty, not missing, and browsers report each 404 as an error. A node may say
    otherwise (`[tiles] uncovered`). Never an invented tile with 200: a client could not tell "no data" from data.

    Raises:
        NotFoundError: Another format, outside the archive's levels or the matrix.
        ConflictError: The release changed meanwhile; nothing was sent.
    """
    info = await node.asset(spot.release, spot.archive[0].name, fresh=fresh)
    archive = await archives.open(node, info)
    media_type = _media_type(archive, spot)
    span = await archives.find(node, archive, (spot.z, spot.x, spot.y))
    if span is None:
        if (await node.published(fresh=fresh)).uncovered == EMPTY_TILE.status:
            return problem_response(EMPTY_TILE, {"cache-control": spot.cache})
        return Response(status_code=204, headers={"cache-control": spot.cache})
    etag = f"{info.etag}-{span.start:x}-{span.length:x}"
    thing = replace(_part_of(node, archive, span, Validators(etag, info.modified), media_type), cache=spot.cache)
    match archive.header["tile_compression"]:
        case Compression.NONE | Compression.UNKNOWN:
            return thing
        case Compression.GZIP if accepts_gzip(request.headers.get("accept-encoding")):
            return replace(thing, more=(("content-encoding", "gzip"), _VARY))
        case Compression.GZIP:
            plain = gzip.decompress(await node.read(info, span))
            return replace(made(plain, media_type, info.modified, f"{etag}-plain"), cache=spot.cache, more=(_VARY,))
        case other:
            raise fault(info.key, "header", f"tiles compressed with {other.name.lower()} are not served")


def _media_type(archive: Archive, spot: Spot) -> str:
    """Return the media type of a tile that the archive could hold."""
    header, facts = archive.header, spot.archive[1]
    media_type, extensions = _KINDS.get(header["tile_type"], ("", frozenset()))
    columns, rows = BY_ID.get(facts.matrix_set, WEB_MERCATOR).size(spot.z)
    within = header["min_zoom"] <= spot.z <= header["max_zoom"] and spot.x < columns and spot.y < rows
    if not within or (spot.extension or next(iter(extensions), "")) not in extensions:
        raise NotFoundError(f"archive {archive.info.key!r} has no tile {spot.z}/{spot.x}/{spot.y}.{spot.extension}")
    return media_type


def _part_of(node: Node, archive: Archive, within: Span, validators: Validators, media_type: str) -> Representation:
    async def read(span: Span) -> AsyncIterator[bytes]:
        return await node.stream(archive.info, Span(within.start + span.start, span.length))

    return Representation(validators, media_type, within.length, SHORT, read)


def accepts_gzip(header: str | None) -> bool:
    """Say whether an `Accept-Encoding` (RFC 9110 §12.5.3) names gzip, or everything, with a weight above zero.

    A client that sends none is taken to decode nothing: the RFC would allow gzip, the clients would not.
    """
    weights: dict[str, float] = {}
    for part in (header or "").split(","):
        coding, _semicolon, parameter = part.partition(";")
        name, _equals, weight = parameter.partition("=")
        try:
            quality = float(weight) if name.strip().lower() == "q" else 1.0
        except ValueError:
            quality = 0.0
        weights[coding.strip().lower()] = quality
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
