"""Cuts vector tiles: DuckDB writes GeoJSON lines into tippecanoe, whose archive is then described anew."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.build.job import Advance, Job, recipe_file
from tianlake.build.tiles.facts import read_metadata, rewrite_metadata
from tianlake.build.tools import Feed, Tool, run_fed
from tianlake.build.vector.features import TABLE, Features
from tianlake.build.vector.tile_plan import Geometry, choose_zooms, tippecanoe_command
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import Recipe

log = logging.getLogger(__name__)

MATRIX_SET: Final = "WebMercatorQuad"
"""OGC TMS id of the tiles."""

KINDS: Final = {0: "point", 1: "line", 2: "polygon"}

WHOLE: Final = 100.0
"""tippecanoe tells its progress in percent."""

LOSSES: Final = ("dropped", "coalesced", "truncated")
"""Beginnings of what tippecanoe calls the ways in which features are lost at a zoom (metadata `strategies`)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Everything that is settled before tippecanoe starts."""

    recipe: Recipe
    command: list[str]
    raw: Path
    """Where tippecanoe writes."""
    query: str
    """Gives one GeoJSON feature a row."""
    features: int
    kinds: dict[str, str]
    """Layer → `point`, `line`, `polygon` or `mixed`."""
    threads: int


def plan_cut(connection: duckdb.DuckDBPyConnection, features: Features, job: Job) -> Cut:
    """Return how the table of features is cut into tiles.

    Raises:
        LakeError: `tiles` of the recipe is wrong.
    """
    recipe, file, raw = job.recipe, recipe_file(job), job.scratch / "tiles.pmtiles"
    geometry = _survey(connection)
    zooms = choose_zooms(recipe, geometry)
    return Cut(
        recipe=recipe,
        command=tippecanoe_command(recipe, geometry, zooms, raw, job.scratch),
        raw=raw,
        query=feature_lines(connection, features, recipe, file),
        features=features.rows,
        kinds=_layer_kinds(connection, features),
        threads=job.jobs,
    )


def write_tiles(connection: duckdb.DuckDBPyConnection, cut: Cut, target: Path, advance: Advance) -> None:
    """Cut the table of features into an archive.

    A feature's id in the tiles is its row in the GeoParquet file, counted from 1.

    Args:
        connection: Where the table is.
        cut: How it is cut.
        target: The archive.
        advance: Told percent.

    Raises:
        LakeError: tippecanoe or DuckDB failed.
    """
    environment = {"TIPPECANOE_MAX_THREADS": str(cut.threads)}
    run_fed(Tool(cut.command, environment, _follow(advance)), Feed(connection, cut.query))
    described = read_metadata(cut.raw)
    _check_complete(described, cut.features)
    _tell_losses(described, cut.recipe)
    rewrite_metadata(cut.raw, target, describe_archive(described, cut.recipe, cut.kinds))
    cut.raw.unlink()


def _survey(connection: duckdb.DuckDBPyConnection) -> Geometry:
    found = connection.sql(
        "SELECT ST_Dimension(geometry), count(*), sum(ST_Length(geometry) + ST_Perimeter(geometry)), "
        f"sum(ST_NPoints(geometry)) FROM {TABLE} GROUP BY 1"
    ).fetchall()
    numbers = {dimension: number for dimension, number, *_ in found}
    edges = [(length, points) for dimension, _, length, points in found if dimension > 0]
    mean = sum(length for length, _ in edges) / sum(points for _, points in edges) if edges else None
    return Geometry(frozenset(numbers), numbers.get(2, 0), mean)


def feature_lines(connection: duckdb.DuckDBPyConnection, features: Features, recipe: Recipe, file: str) -> str:
    """Return the query that gives one GeoJSON feature a row, with tippecanoe's extension for layer and zooms.

    A collection becomes a feature for each of its parts under the same id, since tippecanoe takes one part of
    a collection only.

    Raises:
        LakeError: `tiles.fields` names a column that does not exist.
    """
    for name in recipe.tiles.fields or ():
        if name not in features.attributes:
            rule = f"there is no column {name!r}; columns: {', '.join(features.attributes)}"
            raise fault(file, "tiles.fields", rule)
    members = (
        "'type', 'Feature'",
        "'id', id",
        f"'tippecanoe', {_directions(features, recipe)}",
        f"'properties', {_properties(connection, features, recipe)}",
        "'geometry', ST_AsGeoJSON(ST_Force2D(part))",
    )
    parts = (
        "CASE WHEN ST_GeometryType(geometry) = 'GEOMETRYCOLLECTION' "
        "THEN list_transform(ST_Dump(geometry), lambda piece: piece.geom) ELSE [geometry] END"
    )
    rows = f"SELECT *, rowid + 1 AS id, unnest({parts}) AS part FROM {TABLE}"
    return f"SELECT json_object({', '.join(members)}) FROM ({rows})"


def _directions(features: Features, recipe: Recipe) -> str:
    """Return SQL for tippecanoe's extension of GeoJSON: which layer, which zooms."""
    cases = []
    for number, (layer, source) in enumerate(zip(features.layers, recipe.sources, strict=True)):
        zooms = {"minzoom": source.min_zoom, "maxzoom": source.max_zoom}
        said = {"layer": layer} | {name: zoom for name, zoom in zooms.items() if zoom is not None}
        cases.append(f"WHEN {number} THEN {literal(json.dumps(said, ensure_ascii=False))}::JSON")
    return f"CASE __source {' '.join(cases)} END"


def _properties(connection: duckdb.DuckDBPyConnection, features: Features, recipe: Recipe) -> str:
    """Return SQL for the attributes kept in tiles: no bytes, which JSON lacks, and no infinite numbers."""
    types = {name: str(kind) for name, kind, *_ in connection.sql(f"DESCRIBE FROM {TABLE}").fetchall()}
    wanted = recipe.tiles.fields
    if wanted is None:
        wanted = tuple(name for name in features.attributes if not (features.several_layers and name == "layer"))
    members = []
    for name in wanted:
        column, kind = identifier(name), types[name]
        if kind in {"FLOAT", "DOUBLE"}:
            column = f"CASE WHEN isfinite({column}) THEN {column} END"
        if kind not in {"BLOB", "BIT"} and not kind.startswith("GEOMETRY"):
            members.append(f"{literal(name)}: {column}")
    return f"{{{', '.join(members)}}}" if members else "'{}'::JSON"


def _follow(advance: Advance) -> Callable[[str], bool]:
    """Return what reads tippecanoe's `{"progress":12.3}`; a retry goes back, the bar does not."""
    done = 0.0

    def on_line(line: str) -> bool:
        nonlocal done
        if not line.startswith('{"progress":'):
            log.debug("tippecanoe: %s", line.strip())
            return False
        percent = float(json.loads(line)["progress"])
        if percent > done:
            advance(percent - done)
            done = percent
        return True

    return on_line


def _check_complete(metadata: dict[str, Any], features: int) -> None:
    """Compare what tippecanoe read with what it was given: it skips what it cannot parse and still succeeds."""
    taken = sum(layer["count"] for layer in metadata["tilestats"]["layers"])
    if taken < features:
        raise LakeError(f"tippecanoe: took {taken} of {features} features")


def _tell_losses(metadata: dict[str, Any], recipe: Recipe) -> None:
    last = (metadata.get("strategies") or [{}])[-1]
    lost = {name: number for name, number in last.items() if name.startswith(LOSSES)}
    if lost:
        log.warning(
            "%s: the highest zoom does not hold every feature (%s); raise tiles.max_zoom",
            recipe.card.id,
            ", ".join(f"{name} {number}" for name, number in lost.items()),
        )


def _layer_kinds(connection: duckdb.DuckDBPyConnection, features: Features) -> dict[str, str]:
    """Return layer → `point`, `line`, `polygon` or `mixed`."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    found = connection.sql(
        f"SELECT DISTINCT __source, ST_GeometryType(geometry)::VARCHAR, ST_Dimension(geometry) FROM {TABLE}"
    )
    for source, kind, dimension in found.fetchall():
        kinds[features.layers[source]].add("mixed" if kind == "GEOMETRYCOLLECTION" else KINDS[dimension])
    return {layer: found.pop() if len(found) == 1 else "mixed" for layer, found in kinds.items()}


def describe_archive(metadata: dict[str, Any], recipe: Recipe, kinds: dict[str, str]) -> dict[str, Any]:
    """Return an archive's metadata without the command line and paths that tippecanoe writes into it.

    Args:
        metadata: As tippecanoe wrote it.
        recipe: For the product's title and the zooms of its layers: tippecanoe gives every layer the zooms of
            the whole archive.
        kinds: Layer → kind of geometry: `tilestats` tells of the most frequent one only.
    """
    card = recipe.card
    described = {
        "name": card.title.zh,
        "description": card.description.zh,
        "attribution": card.attribution,
        "type": "overlay",
        "format": "pbf",
        "tile_matrix_set": MATRIX_SET,
        "vector_layers": [_describe_layer(layer, recipe, kinds) for layer in metadata["vector_layers"]],
    }
    kept = ("generator", "strategies", "tilestats", "antimeridian_adjusted_bounds")
    return described | {name: metadata[name] for name in kept if name in metadata}


def _describe_layer(layer: dict[str, Any], recipe: Recipe, kinds: dict[str, str]) -> dict[str, Any]:
    lowest, highest = layer["minzoom"], layer["maxzoom"]
    sources = [each for each in recipe.sources if (each.name or recipe.card.id) == layer["id"]]
    starts = [lowest if each.min_zoom is None else each.min_zoom for each in sources]
    ends = [highest if each.max_zoom is None else each.max_zoom for each in sources]
    return {
        "id": layer["id"],
        "geometry_type": kinds[layer["id"]],
        "fields": layer["fields"],
        "minzoom": max(lowest, min(starts)),
        "maxzoom": min(highest, max(ends)),
    }
