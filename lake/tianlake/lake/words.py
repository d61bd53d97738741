"""Small values that everything else is made of: texts in two languages, boxes, ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tianlake.lake.plain import PRODUCT_ID, RELEASE_ID, Access, Text
from tianlake.lake.records import STRICT

__all__ = [
    "CGCS2000",
    "PRODUCT_ID",
    "RELEASE_ID",
    "Access",
    "Bounds",
    "Instant",
    "ProductId",
    "PublicKey",
    "ReleaseId",
    "Sha256",
    "Text",
    "collection_id",
    "instant",
    "union",
    "view_name",
]

CGCS2000: Final = "EPSG:4490"
"""The CRS of every published table, raster and box; longitude first wherever Tianlake writes."""


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PublicKey = Annotated[str, Field(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$")]
"""An Ed25519 public key (RFC 8032), 32 bytes, in base64."""
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
"""UTC, RFC 3339, whole seconds. Compares as text."""


def instant(seconds: float) -> str:
    """Return a time, seconds since the epoch, as an `Instant`: `2026-11-27T08:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def both(text: Text) -> str:
    """Return a text in both languages on one line: `河北省地名地址 · Places of Hebei`."""
    return f"{text.zh} · {text.en}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A lon/lat box in CGCS2000 (EPSG:4490) degrees, longitude first.

    West may exceed east: the box then crosses the antimeridian (RFC 7946 §5.2).
    """

    west: float
    """Degrees east, -180 to 180."""

    south: float
    """Degrees north, -90 to 90."""

    east: float
    """Degrees east, -180 to 180."""

    north: float
    """Degrees north, -90 to 90."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse a box that no point could lie in."""
        if not (-180 <= self.west <= 180 and -180 <= self.east <= 180):  # noqa: PLR2004
            msg = f"west {self.west} and east {self.east} must lie in -180..180"
            raise ValueError(msg)
        if not -90 <= self.south <= self.north <= 90:  # noqa: PLR2004
            msg = f"south {self.south} and north {self.north} must lie in -90..90, south first"
            raise ValueError(msg)

    def as_list(self) -> list[float]:
        """Return `[west, south, east, north]`, the order of GeoJSON and STAC."""
        return [self.west, self.south, self.east, self.north]


def union(boxes: list[Bounds]) -> Bounds:
    """Return the smallest box around `boxes` (at least one; none of them crossing the antimeridian)."""
    return Bounds(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _product_id(value: str) -> str:
    if not PRODUCT_ID.fullmatch(value):
        msg = "a product id is 2 to 63 of a-z, 0-9 and '-', starts with a letter and ends without '-'"
        raise ValueError(msg)
    return value


def _release_id(value: str) -> str:
    if not RELEASE_ID.fullmatch(value):
        msg = "a release id looks like 20261123T080000Z-1a2b3c4d"
        raise ValueError(msg)
    return value


ProductId = Annotated[str, AfterValidator(_product_id)]
"""A product's id within its node, for example `places`."""

ReleaseId = Annotated[str, AfterValidator(_release_id)]
"""A release's id: UTC build time and the first 8 hex digits of the hash of its assets. Sorts by time."""


def collection_id(code: str, product: str) -> str:
    """Return the id of a product in catalogs, unique over the tree: `n156130000-places`."""
    return f"n{code}-{product}"


def view_name(code: str, product: str) -> str:
    """Return the name of a product's SQL view: `n156130000_places`."""
    return f"n{code}_{product.replace('-', '_')}"
