"""Names of the Portolan STAC profile 0.2.0: the extensions it pins, its roles, media types and JSON forms.

Source: https://github.com/portolan-sdi/portolan-spec, `specs/portolan/core.md`, `formats.md` and `stac/README.md`
(the normative registry of extensions); `rashid` checks it.
"""

from __future__ import annotations

from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.releases import JSON, MediaType

Json = dict[str, Any]
"""A JSON object."""

STAC_VERSION: Final = "1.1.0"

_STAC = "https://stac-extensions.github.io"
EO: Final = f"{_STAC}/eo/v2.0.0/schema.json"
POINTCLOUD: Final = f"{_STAC}/pointcloud/v2.0.0/schema.json"
PROCESSING: Final = f"{_STAC}/processing/v1.2.0/schema.json"
AUTHENTICATION: Final = f"{_STAC}/authentication/v1.1.0/schema.json"
"""These four are no part of the profile: `rashid` notes them (PTL-EXT-002) without a fault."""
PORTOLAN: Final = "https://schemas.portolan-sdi.org/portolan/v0.2.0/schema.json"
ATTRIBUTION: Final = f"{_STAC}/attribution/v0.1.0/schema.json"
CONTACTS: Final = f"{_STAC}/contacts/v0.1.1/schema.json"
FILE: Final = f"{_STAC}/file/v2.1.0/schema.json"
LANGUAGE: Final = f"{_STAC}/language/v1.0.0/schema.json"
PROJECTION: Final = f"{_STAC}/projection/v2.0.0/schema.json"
RASTER: Final = f"{_STAC}/raster/v2.0.0/schema.json"
RENDER: Final = f"{_STAC}/render/v2.0.0/schema.json"
TABLE: Final = f"{_STAC}/table/v1.2.0/schema.json"
THEMES: Final = f"{_STAC}/themes/v1.0.0/schema.json"
VECTOR: Final = f"{_STAC}/vector/v0.1.0/schema.json"
VERSION: Final = f"{_STAC}/version/v1.2.0/schema.json"
WEB_MAP_LINKS: Final = f"{_STAC}/web-map-links/v1.3.0/schema.json"

STYLE: Final[MediaType] = "application/vnd.mapbox.style+json"
MARKDOWN: Final[MediaType] = "text/markdown"

MIRROR_FILE: Final = "items.parquet"
RELEASE_FILE: Final = keys.RELEASE
"""The STAC Collection of one release, immutable like the rest of it: what `predecessor-version` points to.

It is not called `collection.json`: a validator takes every file of that name for a part of the catalog's tree.
"""

RESERVED: Final = frozenset({keys.STYLE, MIRROR_FILE, RELEASE_FILE})
"""Files that describing adds to a release; no built file may be called so."""

LANGUAGES: Final[Json] = {
    # Core, "Alternate-Language Trees", knows one tree per language; here every text holds both languages.
    "language": {"code": "zh", "name": "中文", "alternate": "Chinese"},
    "languages": [{"code": "en", "name": "English"}],
}


def link(rel: str, href: str, media_type: str = JSON, title: str | None = None, **more: Any) -> Json:  # noqa: ANN401
    """Return a STAC link."""
    titled = {"title": title} if title else {}
    return {"rel": rel, "href": href, "type": media_type, **titled, **more}


def checksum(sha256: str) -> str:
    """Return a `file:checksum`: the multihash (0x12 sha2-256, 0x20 bytes) of a hex digest."""
    return f"1220{sha256}"
