"""What an archive says of itself: nothing of the machine it was cut on. Pure."""

from __future__ import annotations

from typing import Any, Final

from tianlake.build.vector.tile_cut import Losses
from tianlake.build.vector.tile_plan import Zooms, source_zooms
from tianlake.lake.recipes import Recipe

MATRIX_SET: Final = "WebMercatorQuad"
"""OGC TMS id of the tiles."""

KEPT: Final = ("generator", "tilestats", "antimeridian_adjusted_bounds")
"""What is taken over as the tools wrote it."""


def describe_archive(
    metadata: dict[str, Any], recipe: Recipe, zooms: Zooms, kinds: dict[str, str], losses: Losses
) -> dict[str, Any]:
    """Return an archive's metadata without the command line and paths that tippecanoe writes into it.

    Args:
        metadata: As the tools wrote it.
        recipe: For the product's title and the zooms of its layers: tippecanoe gives every layer the zooms of
            the whole archive.
        zooms: Of the archive.
        kinds: Layer → kind of geometry: `tilestats` tells of the most frequent one only.
        losses: Written as `strategies`, as tippecanoe does.
    """
    card = recipe.card
    described = {
        "name": card.title.zh,
        "description": card.description.zh,
        "attribution": card.attribution,
        "type": "overlay",
        "format": "pbf",
        "tile_matrix_set": MATRIX_SET,
        "vector_layers": [
            _describe_layer(layer["id"], layer["fields"], recipe, zooms) | {"geometry_type": kinds[layer["id"]]}
            for layer in metadata["vector_layers"]
        ],
        "strategies": [losses.get(zoom, {}) for zoom in range(zooms.highest + 1)],
    }
    return described | {name: metadata[name] for name in KEPT if name in metadata}


def _describe_layer(layer: str, fields: dict[str, str], recipe: Recipe, zooms: Zooms) -> dict[str, Any]:
    ranges = [source_zooms(source, zooms) for source in recipe.sources if (source.name or recipe.card.id) == layer]
    return {
        "id": layer,
        "fields": fields,
        "minzoom": min(start for start, _ in ranges),
        "maxzoom": max(end for _, end in ranges),
    }
