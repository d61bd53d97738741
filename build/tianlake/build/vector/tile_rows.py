"""The features as tiles take them: one row per piece of geometry, its id in the tiles, and its line of GeoJSON."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Final

import duckdb

from tianlake.build.job import Job, recipe_file
from tianlake.build.vector.features import TABLE, Features
from tianlake.build.vector.tile_options import Geometry
from tianlake.build.vector.tile_plan import HIGHEST_CHOSEN
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Recipe

ROWS: Final = "tile_rows"
"""A view: `TABLE` with `__row`, `__tile_id`, `__piece` (geometry), `__points` (whether its layer has only points)."""

EXACT: Final = 2**53
"""Readers of tiles in JavaScript hold whole numbers exactly below this (IEEE 754 binary64)."""

WHOLE_NUMBERS: Final = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"} | {
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
}

KINDS: Final = {0: "point", 1: "line", 2: "polygon"}

TEXT_SHARE, FEATURE_BYTES, VERTEX_BYTES = 0.25, 8, 2
"""What a feature adds to a stored tile, roughly: a share of its attributes' text, then its own, then its vertices'
bytes. Measured on places of OpenStreetMap and on divisions; a guess that is checked after the cut."""

PIECES: Final = (
    "CASE WHEN ST_GeometryType(geometry) = 'GEOMETRYCOLLECTION' "
    "THEN list_transform(ST_Dump(geometry), lambda piece: piece.geom) ELSE [geometry] END"
)
"""SQL for the list of pieces that tippecanoe takes of a feature."""

SURVEY: Final = f"""
WITH rows AS (
    SELECT __points AS points, ST_Dimension(__piece) AS dimension, ST_NPoints(__piece) AS vertices,
        ST_Length(__piece) + ST_Perimeter(__piece) AS edge, $text AS text,
        ST_X(ST_Centroid(ST_Envelope(__piece))) AS x, ST_Y(ST_Centroid(ST_Envelope(__piece))) AS y
    FROM {ROWS}
), spots AS (
    SELECT points, column_of(x, {HIGHEST_CHOSEN}) AS x, row_of(y, {HIGHEST_CHOSEN}) AS y, count(*) AS features,
        sum(text * {TEXT_SHARE} + {FEATURE_BYTES} + vertices * {VERTEX_BYTES}) AS weight
    FROM rows GROUP BY ALL
), tiles AS (
    SELECT points, zoom, sum(features) AS features, sum(weight) AS weight
    FROM spots, range({HIGHEST_CHOSEN} + 1) zooms(zoom)
    GROUP BY points, zoom, x >> ({HIGHEST_CHOSEN} - zoom), y >> ({HIGHEST_CHOSEN} - zoom)
), fullest AS (
    SELECT points, zoom, max(features)::BIGINT AS features, max(weight)::BIGINT AS weight FROM tiles GROUP BY ALL
), densities AS (
    SELECT points, list(features ORDER BY zoom) AS fullest, list(weight ORDER BY zoom) AS heaviest
    FROM fullest GROUP BY ALL
), totals AS (
    SELECT points, list(DISTINCT dimension) AS dimensions, count(*) AS features,
        sum(edge) FILTER (dimension > 0) / sum(vertices) FILTER (dimension > 0) AS segment
    FROM rows GROUP BY ALL
)
SELECT points, dimensions, features, segment, fullest, heaviest FROM totals JOIN densities USING (points)
"""

MACROS: Final = """
CREATE OR REPLACE MACRO column_of(lon, zoom) AS
    least(greatest(floor((lon + 180) / 360 * (1 << zoom)), 0), (1 << zoom) - 1)::BIGINT;
CREATE OR REPLACE MACRO down(lat) AS 0.5 - asinh(tan(radians(least(greatest(lat, -85.06), 85.06)))) / (2 * pi());
CREATE OR REPLACE MACRO lat_of(y) AS degrees(atan(sinh(pi() * (1 - 2 * y))));
CREATE OR REPLACE MACRO row_of(lat, zoom) AS
    least(greatest(floor(down(lat) * (1 << zoom)), 0), (1 << zoom) - 1)::BIGINT;
"""
"""Column and row of the WebMercatorQuad tile in which a place (degrees) lies (OGC 17-083r4, annex D.1); how far down
the square world a latitude is, from 0 to 1, and back."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of the view `ROWS`."""

    numbers: dict[int, int]
    """Source number → rows."""
    layers: dict[str, str]
    """Layer → `point`, `line`, `polygon` or `mixed`."""
    properties: str
    """SQL for the attributes of a row as JSON."""
    directions: str
    """SQL for tippecanoe's extension of GeoJSON: which layer, which zooms."""
    tile_id: str
    """SQL for a feature's id in the tiles."""

    def line(self, geometry: str) -> str:
        """Return SQL for the line of GeoJSON of a row, with this geometry."""
        members = (
            "'type', 'Feature'",
            "'id', __tile_id",
            f"'tippecanoe', {self.directions}",
            f"'properties', {self.properties}",
            f"'geometry', ST_AsGeoJSON(ST_Force2D({geometry}))",
        )
        return f"json_object({', '.join(members)})"


def prepare_rows(connection: duckdb.DuckDBPyConnection, features: Features, job: Job) -> Rows:
    """Make the view `ROWS`.

    A collection becomes a row for each of its parts under the same id, since tippecanoe takes one part of
    a collection only.

    Raises:
        LakeError: The recipe names a column that does not exist.
    """
    recipe, file = job.recipe, recipe_file(job)
    number = _tile_id(connection, features, recipe, file)
    connection.execute(MACROS)
    rows = f"SELECT *, rowid AS __row, {number} AS __tile_id, unnest({PIECES}) AS __piece FROM {TABLE}"
    found = connection.sql(
        f"SELECT __source, ST_Dimension(__piece), count(*) FROM ({rows}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    kinds: dict[str, set[str]] = {}
    numbers: Counter[int] = Counter()
    for source, dimension, count in found:
        kinds.setdefault(features.layers[source], set()).add(KINDS[dimension])
        numbers[source] += count
    points = [source for source in numbers if kinds[features.layers[source]] == {"point"}]
    chosen = ", ".join(map(str, points)) or "NULL"
    connection.execute(
        f"CREATE OR REPLACE VIEW {ROWS} AS SELECT *, coalesce(__source IN ({chosen}), false) AS __points FROM ({rows})"
    )
    return Rows(
        dict(numbers),
        {layer: names.pop() if len(names) == 1 else "mixed" for layer, names in kinds.items()},
        _all_properties(connection, features, recipe, file),
        _directions(features, recipe),
        number,
    )


def survey(connection: duckdb.DuckDBPyConnection, rows: Rows) -> dict[bool, Geometry]:
    """Return what layers of points are (True) and what all others are (False), where there are any."""
    query = SURVEY.replace("$text", f"strlen({rows.properties}::VARCHAR)")
    return {
        points: Geometry(frozenset(dimensions), features, segment, tuple(fullest), tuple(heaviest))
        for points, dimensions, features, segment, fullest, heaviest in connection.sql(query).fetchall()
    }


def both_families(found: dict[bool, Geometry]) -> Geometry:
    """Return what all features are together; their fullest tiles are added as if they were the same."""
    parts = list(found.values())
    lines = found.get(False)
    return Geometry(
        frozenset().union(*(part.dimensions for part in parts)),
        sum(part.features for part in parts),
        lines.mean_segment_deg if lines else None,
        tuple(map(sum, zip(*(part.fullest for part in parts), strict=True))),
        tuple(map(sum, zip(*(part.heaviest for part in parts), strict=True))),
    )


def _tile_id(connection: duckdb.DuckDBPyConnection, features: Features, recipe: Recipe, file: str) -> str:
    """Return SQL for a feature's id in the tiles.

    A whole number is taken as it is. Of any other id it is the first 52 bits of its MD5, so that it stays the
    same from release to release; without an id it is the row in the GeoParquet file, counted from 1.
    """
    name = recipe.features.id
    if name is None:
        return "rowid + 1"
    if name not in features.attributes:
        raise fault(file, "features.id", f"there is no column {name!r}; columns: {', '.join(features.attributes)}")
    column = identifier(name)
    if _types(connection)[name] in WHOLE_NUMBERS:
        [(fits,)] = connection.sql(f"SELECT min({column}) >= 0 AND max({column}) < {EXACT} FROM {TABLE}").fetchall()
        if fits:
            return f"{column}::UBIGINT"
    return f"('0x' || left(md5({column}::VARCHAR), 13))::UBIGINT"


def _types(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {name: str(kind) for name, kind, *_ in connection.sql(f"DESCRIBE FROM {TABLE}").fetchall()}


def _directions(features: Features, recipe: Recipe) -> str:
    cases = []
    for number, (layer, source) in enumerate(zip(features.layers, recipe.sources, strict=True)):
        zooms = {"minzoom": source.min_zoom, "maxzoom": source.max_zoom}
        said = {"layer": layer} | {name: zoom for name, zoom in zooms.items() if zoom is not None}
        cases.append(f"WHEN {number} THEN {literal(json.dumps(said, ensure_ascii=False))}::JSON")
    return f"CASE __source {' '.join(cases)} END"


def _all_properties(connection: duckdb.DuckDBPyConnection, features: Features, recipe: Recipe, file: str) -> str:
    """Return SQL for the attributes kept in tiles, by source where sources differ."""
    types = _types(connection)
    chosen = [recipe.tiles.fields if source.tile_fields is None else source.tile_fields for source in recipe.sources]
    for number, source in enumerate(recipe.sources):
        place = "tiles.fields" if source.tile_fields is None else f"sources.{number}.tile_fields"
        for name in chosen[number] or ():
            if name not in features.attributes:
                rule = f"there is no column {name!r}; columns: {', '.join(features.attributes)}"
                raise fault(file, place, rule)
    every = tuple(name for name in features.attributes if not (features.several_layers and name == "layer"))
    found = [_properties(every if names is None else names, types) for names in chosen]
    if len(set(found)) == 1:
        return found[0]
    cases = " ".join(f"WHEN {number} THEN {members}" for number, members in enumerate(found))
    return f"CASE __source {cases} END"


def _properties(names: tuple[str, ...], types: dict[str, str]) -> str:
    """Return SQL for some attributes as JSON: no bytes, which JSON lacks, and no infinite numbers."""
    members = []
    for name in names:
        column, kind = identifier(name), types[name]
        if kind in {"FLOAT", "DOUBLE"}:
            column = f"CASE WHEN isfinite({column}) THEN {column} END"
        if kind not in {"BLOB", "BIT"} and not kind.startswith("GEOMETRY"):
            members.append(f"{literal(name)}, {column}")
    return f"json_object({', '.join(members)})"
