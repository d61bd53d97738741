"""Recipes: the declaration of how a product is built (`nodes/<code>/products/<id>.toml`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from tianlake.lake.records import STRICT
from tianlake.lake.words import Bounds, ProductId, Text

ProductClass = Literal["catalog", "entity", "place", "imagery", "terrain", "3d", "theme"]
"""The five classes of data sets of article 8(1), and `theme` for its "other publishable data"."""

Access = Literal["open", "key", "professional", "internal"]

Zoom = Annotated[int, Field(ge=0, le=22)]
"""A zoom level of the WebMercatorQuad matrix set."""


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
    kind: Literal["vector", "raster"]
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


@dataclass(frozen=True, slots=True)
class Source:
    """One file that a product is built from."""

    path: str
    """Relative to the workspace; `/` between parts on every system."""
    layer: str | None = None
    """The layer inside the file (GeoPackage, KML); the first one where absent."""
    name: str | None = None
    """Tile layer, and value of the column `layer`, in the product. The product's id where absent."""
    crs: str | None = None
    """Declared CRS such as `EPSG:4326`, where the file has none or a wrong one."""
    x: str | None = None
    """Column of a table that holds longitude (degrees east) or easting."""
    y: str | None = None
    """Column of a table that holds latitude (degrees north) or northing."""
    encoding: str | None = None
    """Text encoding of a CSV or Shapefile, where it is not UTF-8."""
    where: str | None = None
    """An SQL condition on the source's own columns; rows that fail it are left out on purpose."""
    min_zoom: Zoom | None = None
    max_zoom: Zoom | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class FieldsStep:
    """Choose and make the attributes: new name → SQL expression over the source's columns."""

    op: Literal["fields"]
    fields: dict[str, str]

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class ClipStep:
    """Keep the features whose representative point lies in the polygons of another file."""

    op: Literal["clip"]
    path: str
    where: str | None = None
    crs: str | None = None

    __pydantic_config__ = STRICT


Step = Annotated[FieldsStep | ClipStep, Field(discriminator="op")]


@dataclass(frozen=True, slots=True)
class Tiles:
    """How tiles are cut. Zooms are WebMercatorQuad levels."""

    min_zoom: Zoom = 0
    max_zoom: Zoom | None = None
    """Chosen from the data where absent."""
    fields: tuple[str, ...] | None = None
    """Attributes kept in the tiles; all where absent."""
    options: tuple[str, ...] = ()
    """More tippecanoe options, passed as they are."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class RasterClass:
    """One value of a categorical raster."""

    value: int
    title: Text
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Raster:
    """How a raster product is cut and drawn."""

    bounds: Bounds | None = None
    """The part of the source that is kept; all of it where absent."""
    nodata: float | None = None
    """Declared nodata value, where the file has none or a wrong one."""
    categorical: bool = False
    """Values are classes: nearest neighbour everywhere, never averaged."""
    classes: tuple[RasterClass, ...] = ()

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one product of one node is built."""

    card: ProductCard
    sources: tuple[Source, ...]
    steps: tuple[Step, ...] = ()
    tiles: Tiles = field(default_factory=Tiles)
    raster: Raster | None = None
