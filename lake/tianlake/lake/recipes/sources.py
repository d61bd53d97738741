"""What a product is built from, and the steps from source to product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.recipes.scenes import SceneOptions
from tianlake.lake.recipes.tiles import Zoom
from tianlake.lake.records import STRICT


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
    """Lowest zoom of its tile layer; the product's where absent."""
    max_zoom: Zoom | None = None
    """Highest zoom of its tile layer; the product's where absent."""
    tile_fields: tuple[str, ...] | None = None
    """Attributes of this source kept in tiles; those of `[tiles] fields` where absent."""
    options: tuple[str, ...] = ()
    """tippecanoe options for this source alone, after those of `[tiles]`. It is then cut by itself: borders that it
    has in common with other sources are no longer simplified together."""
    scene: SceneOptions | None = None
    """Of pictures: how they were taken."""

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
