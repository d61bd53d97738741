"""TileJSON 3.0 documents."""

from __future__ import annotations

from typing import Final

from tianlake.lake import keys
from tianlake.lake.matrix_sets import BY_ID, WEB_MERCATOR, MatrixSet
from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import Manifest, TableFacts, TileFacts
from tianlake.lake.words import Bounds

EXTENSIONS: Final = {"mvt": "mvt", "png": "png", "webp": "webp", "jpeg": "jpg"}
"""What the addresses of tiles end in."""

TILING_SCHEME: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
"""Link relation to the document of a tile matrix set (OGC API - Tiles, 20-057 §8)."""

_NUMBERS: Final = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL", "HUGE", "BIGNUM")
"""Parts of DuckDB's names of numeric types (`UBIGINT`, `DECIMAL(18,3)`)."""


def tile_json(manifest: Manifest, tiles: TileFacts, base: str) -> dict[str, object]:
    """Return the TileJSON (3.0.0) of a release's tiles.

    Its tiles are addressed by the release, so that caches may keep them for good: the document itself is asked for anew
    each time, and leads to the tiles of a new release at once.

    Args:
        manifest: Of the release.
        tiles: Facts of the archive the tiles are in.
        base: Absolute URL of the node's root, with a final `/`.
    """
    card = manifest.candidate.card
    box = unwrapped(tiles.bounds)
    place = f"{card.id}/{manifest.release}" + (f"/{tiles.variant}" if tiles.variant else "")
    url = f"{base}tiles/{place}/{{z}}/{{x}}/{{y}}.{EXTENSIONS[tiles.tile_type]}"
    document: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": card.title.zh,
        "description": _description(card),
        "attribution": card.attribution,
        "scheme": "xyz",
        "tiles": [url],
        "minzoom": tiles.min_zoom,
        "maxzoom": tiles.max_zoom,
        "bounds": box,
        "center": [round((box[0] + box[2]) / 2, 6), round((box[1] + box[3]) / 2, 6), tiles.min_zoom],
    }
    if tiles.matrix_set != WEB_MERCATOR.id:
        document |= _elsewhere(BY_ID[tiles.matrix_set], base)
    if tiles.encoding:
        document["encoding"] = tiles.encoding
    if tiles.tile_type == "mvt":
        types = _field_types(manifest)
        document["vector_layers"] = [
            {
                "id": layer.id,
                "fields": {name: types.get(name, "String") for name in layer.fields},
                "minzoom": layer.min_zoom,
                "maxzoom": layer.max_zoom,
            }
            for layer in tiles.layers
        ]
    return document


def _elsewhere(matrix_set: MatrixSet, base: str) -> dict[str, object]:
    """Return members of our own that say where tiles lie: TileJSON 3.0 itself takes all for web mercator (§3)."""
    href = f"{base}{keys.matrix_set(matrix_set.id)}"
    return {
        "crs": f"http://www.opengis.net/def/crs/EPSG/0/{matrix_set.epsg}",
        "tile_matrix_set": matrix_set.id,
        "links": [{"rel": TILING_SCHEME, "type": "application/json", "href": href}],
    }


def unwrapped(box: Bounds) -> list[float]:
    """Return `[west, south, east, north]` with west below east, as TileJSON and styles need it.

    A box over the antimeridian becomes the whole belt of its latitudes.
    """
    return [-180.0, box.south, 180.0, box.north] if box.west > box.east else box.as_list()


def _description(card: ProductCard) -> str:
    return f"{card.description.zh}\n{card.description.en}"


def _field_types(manifest: Manifest) -> dict[str, str]:
    """Return TileJSON's usual words for the types of the product's columns."""
    tables = [each.facts for each in manifest.candidate.assets if isinstance(each.facts, TableFacts)]
    return {column.name: _word(column.type) for table in tables for column in table.columns}


def _word(column_type: str) -> str:
    if column_type == "BOOLEAN":
        return "Boolean"
    return "Number" if any(part in column_type for part in _NUMBERS) else "String"
