"""What a product says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, Field

from tianlake.lake.recipes.style import MapStyle
from tianlake.lake.records import STRICT
from tianlake.lake.words import Access, Bounds, ProductId, Text

ProductClass = Literal["catalog", "entity", "place", "imagery", "terrain", "3d", "theme"]
"""The five classes of data sets of article 8(1), and `theme` for its "other publishable data"."""

Kind = Literal["vector", "raster", "terrain", "table", "tiles3d", "pointcloud", "catalog"]
"""How a product is built: what its sources are and which assets come out."""

KINDS: Final[dict[ProductClass, tuple[Kind, ...]]] = {
    "catalog": ("catalog",),
    "entity": ("vector",),
    "place": ("vector",),
    "imagery": ("raster",),
    "terrain": ("terrain",),
    "3d": ("tiles3d", "pointcloud"),
    "theme": ("vector", "raster", "table"),
}
"""The kinds that a product of each class may have."""


@dataclass(frozen=True, slots=True)
class Producer:
    """An organisation that made the data; becomes a STAC provider."""

    name: str
    url: str | None = None
    roles: tuple[Literal["producer", "licensor", "processor"], ...] = ("producer",)

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Period:
    """The time the data speaks of: RFC 3339 dates or date-times, both ends included."""

    start: str
    end: str | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class ProductCard:
    """What a product says of itself: the part of a recipe that is published."""

    id: ProductId
    kind: Kind
    product_class: Annotated[ProductClass, Field(validation_alias=AliasChoices("class", "product_class"))]
    """`class` in a recipe, which is no name a field may have in Python."""
    title: Text
    description: Text
    license: str
    """An SPDX identifier, or `other` with `license_url`."""
    attribution: str
    access: Access = "open"
    license_url: str | None = None
    keywords: tuple[str, ...] = ()
    producers: tuple[Producer, ...] = ()
    period: Period | None = None
    update_cycle: Annotated[str, Field(pattern=r"^P(\d+[YMWD])+$")] = "P1Y"
    """ISO 8601 duration; article 12 asks for at least one update a year."""
    source_url: str | None = None
    """Where the sources come from; becomes the link `via`."""
    terms: Text | None = None
    """A note a user must see, for example that this is demo data."""
    extent: Bounds | None = None
    """Where the data speaks of; needed where no file says so, as with a plain table."""
    style: MapStyle = field(default_factory=MapStyle)
    """How its tiles are drawn by default."""
