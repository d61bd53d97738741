"""Links to the services of a node that show a product, for clients that read a link apart from its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tianlake.lake.layers import archive_in, tile_archives
from tianlake.lake.matrix_sets import WEB_MERCATOR
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import layer_source
from tianlake.lake.releases import PMTILES, PNG, Candidate
from tianlake.lake.words import both
from tianlake.stac.assets import map_archives
from tianlake.stac.file_links import layers_of
from tianlake.stac.profile import Json, link

_WMTS_TITLE: Final = "天地图接口（WMTS） · WMTS, as today's Tianditu"


def service_links(node: NodeCard, candidate: Candidate) -> list[Json]:
    """Return web-map-links to what the node serves of a product's current release; none where it has no address.

    They are absolute, because map clients (OpenLayers' ol-stac in STAC Browser 4) take the address of a link as it
    stands. They lead to the stable addresses (docs/layout.md, section 7), and stand before the links to the
    release's files: a client that draws one link takes the first.

    There is no `tilejson`: these clients take one for a picture, and prefer it to PMTiles.
    """
    url = node.settings.url
    return [*_archives(url, candidate), *_wmts(url, node, candidate)] if url else []


def _archives(url: str, candidate: Candidate) -> Iterator[Json]:
    product = candidate.card.id
    for asset, facts in map_archives(candidate.assets):
        name = f"{product}/{facts.variant}" if facts.variant else product
        href = f"{url}/tiles/{name}.pmtiles"
        yield link("pmtiles", href, PMTILES, both(asset.title), **{"pmtiles:layers": layers_of(asset, facts)})


def _wmts(url: str, node: NodeCard, candidate: Candidate) -> Iterator[Json]:
    archives = tile_archives(candidate)
    for layer, value in node.settings.layers.items():
        source = layer_source(value)
        if source is None or source.product != candidate.card.id:
            continue
        if archive_in(archives, source.variant, WEB_MERCATOR) is not None:
            named = {"wmts:layer": [layer], "wmts:encoding": "kvp"}
            yield link("wmts", f"{url}/{layer}_w/wmts", PNG, f"{_WMTS_TITLE}: {layer}", **named)
