"""Media types by the ending of a key: one table for the stores, the catalogs and the gateway."""

from __future__ import annotations

from posixpath import splitext
from typing import Final

from tianlake.lake import keys
from tianlake.lake.releases import COG, GEOJSON, JSON, PARQUET, PMTILES, PNG

DEFAULT: Final = "application/octet-stream"

_CHARSET: Final = "; charset=utf-8"

_BY_ENDING: Final[dict[str, str]] = {
    # STAC collections and catalogs are plain JSON (STAC best practices, "common media types").
    ".json": JSON,
    ".geojson": GEOJSON,
    ".parquet": PARQUET,
    ".pmtiles": PMTILES,
    ".tif": COG,
    ".tiff": COG,
    ".png": PNG,
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".ico": "image/vnd.microsoft.icon",  # IANA, registered 2003
    ".html": "text/html",
    ".css": "text/css",
    # RFC 9239; browsers refuse a module script of any other type.
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".map": JSON,  # ECMA-426, source maps
    ".md": "text/markdown",  # RFC 7763
    ".txt": "text/plain",
    ".csv": "text/csv",  # RFC 7111
    ".toml": "application/toml",  # IANA, registered 2024
    ".sql": "application/sql",  # RFC 6922
    ".woff2": "font/woff2",  # RFC 8081
    ".pbf": "application/x-protobuf",
    ".atom": "application/atom+xml",  # RFC 4287
    ".jsonld": "application/ld+json",
    ".pdf": "application/pdf",  # RFC 8118
    ".xml": "application/xml",  # RFC 7303
    ".mvt": "application/vnd.mapbox-vector-tile",  # IANA, registered 2016
}

_BY_KEY: Final[dict[str, str]] = {keys.FEED_JSON: "application/feed+json"}  # JSON Feed 1.1, whose ending is `.json`


def media_type_of(key: str) -> str:
    """Return the media type that `key` or its ending stands for, without a charset."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    return _BY_ENDING.get(splitext(key)[1].lower(), DEFAULT)


def content_type(media_type: str) -> str:
    """Return the `Content-Type` header for a media type.

    Text carries its charset: without one, browsers show the Chinese of a README in a local encoding.
    """
    textual = media_type.startswith("text/") and "charset" not in media_type
    return media_type + _CHARSET if textual else media_type


def without_charset(header: str) -> str:
    """Return the media type of a `Content-Type` header: the inverse of `content_type`."""
    return header.removesuffix(_CHARSET)
