"""What a product is built from, and the steps from source to product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.recipes.scenes import SceneOptions
from tianlake.lake.recipes.tiles import Zoom
from tianlake.lake.records import STRICT

DATABASE_SCHEMES: Final = ("postgresql://", "postgres://")
"""https://www.postgresql.org/docs/15/libpq-connect.html, "Connection URIs"."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that a product is built from."""

    path: str
    """Relative to the workspace; `/` between parts on every system. Or a PostGIS database: `postgresql://host/db`,
    without a password, which libpq finds in PGPASSWORD, ~/.pgpass or a service file."""
    layer: str | None = None
    """The layer inside the file (GeoPackage, KML), the first one where absent; the `schema.table` of a database."""
    query: str | None = None
    """`SELECT …` whose rows are read from a database, in place of a layer."""
    name: str | None = None
    """Tile layer, and value of the column `layer`, in the product. The product's id where absent."""
    crs: str | None = None
    """Declared CRS such as `EPSG:4326`, where the file has none or a wrong one; or `GCJ-02`, `BD-09`."""
    x: str | None = None
    """Column of a table that holds longitude (degrees east), easting, or geocentric X. Without x and y, well-known
    names such as 经度 and 纬度 are looked for."""
    y: str | None = None
    """Column of a table that holds latitude (degrees north), northing, or geocentric Y."""
    z: str | None = None
    """Column of a table that holds height in metres, or geocentric Z."""
    angles: Literal["degrees", "packed"] = "degrees"
    """How x and y are written: decimal degrees or 39°54′26″; or packed, 395426.5 for 39°54′26.5″."""
    swap: bool = False
    """Turn round the coordinates that lie in China only when longitude and latitude are exchanged. Otherwise such
    features are dropped and counted."""
    address: str | None = None
    """Column of a table without coordinates that holds addresses, to be found in the gazetteer."""
    gazetteer: str | None = None
    """File of divisions or places with names (and codes), which addresses are looked up in."""
    gazetteer_crs: str | None = None
    """Declared CRS of the gazetteer, where its file has none."""
    encoding: str | None = None
    """Text encoding of a CSV, Shapefile or MapInfo file, where it is not UTF-8 and the file does not tell."""
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

    @property
    def database(self) -> bool:
        """Whether it is read from PostgreSQL."""
        return self.path.startswith(DATABASE_SCHEMES)

    @property
    def public_path(self) -> str:
        """What reports and provenance call the source: nothing of a database's host, user or name."""
        return f"postgresql:{self.layer or 'query'}" if self.database else self.path


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
