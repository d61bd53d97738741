"""How maps and globes draw a product: examples for MapLibre, OpenLayers and Cesium, and for point clouds."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from typing import Final

from tianlake.lake.nodes import basemap_product
from tianlake.lake.releases import Asset, PointCloudFacts, TileFacts, TilesetFacts
from tianlake.stac.assets import archives, map_archives
from tianlake.stac.where import Where

Example = tuple[str, str, str]
"""Heading, language of the code block, code."""

MAPLIBRE: Final = Template("""\
import maplibregl from "maplibre-gl";
import { Protocol } from "pmtiles";
const BASE = "$base";
maplibregl.addProtocol("pmtiles", new Protocol().tile);
map.addSource("$product", {
  type: "$type", url: `pmtiles://$${BASE}$key`$more,
});$note""")

OVER_BASEMAP: Final = Template("""\
const BASE = "$base";
new maplibregl.Map({ container: "map", style: `$${BASE}tiles/$product/over-basemap.json` });""")

TERRAIN: Final = Template("""\
const BASE = "$base";
map.addSource("$product-heights", {
  type: "raster-dem", encoding: "$encoding", url: `pmtiles://$${BASE}$key`, tileSize: $size,
});
map.setTerrain({ source: "$product-heights" });""")

OPENLAYERS: Final = Template("""\
// CGCS2000 经纬度切片：第 z 级即 WorldCRS84Quad 的第 z-1 级 · level z is level z-1 of WorldCRS84Quad
const BASE = "$base";
const tileGrid = new ol.tilegrid.TileGrid({
  origin: [-180, 90], minZoom: $lowest,
  resolutions: Array.from({ length: $levels }, (_, z) => 360 / $size / 2 ** z),
});
new ol.layer.Tile({ source: new ol.source.XYZ({
  projection: "EPSG:4326", tileGrid, url: `$${BASE}tiles/$product/$variant/{z}/{x}/{y}.$extension`,
}) });""")

CESIUM: Final = Template("""\
const BASE = "$base";
viewer.scene.primitives.add(await Cesium.Cesium3DTileset.fromUrl(`$${BASE}$key`));""")

COPC: Final = Template("""\
# pip install "laspy[lazrs]" requests
import laspy

with laspy.CopcReader.open("$base$key") as cloud:
    points = cloud.query(level=0)""")

EXTENSIONS: Final = {"mvt": "mvt", "png": "png", "webp": "webp", "jpeg": "jpg"}


def map_examples(where: Where) -> Iterator[Example]:
    """Yield what fits the release: a map, heights, tiles in degrees, a globe, points."""
    assets = where.manifest.candidate.assets
    for asset, tiles in map_archives(assets)[:1]:
        yield "MapLibre GL JS", "js", _maplibre(where, asset, tiles)
        if where.node.settings.url and basemap_product(where.node.settings.basemap):
            code = OVER_BASEMAP.substitute(base=where.base, product=_product(where))
            yield "MapLibre GL JS, 叠加底图 · over the base map", "js", code
    for asset, tiles in archives(assets):
        if tiles.encoding is not None:
            yield "MapLibre GL JS, 地形 · terrain", "js", _terrain(where, asset, tiles)
    in_degrees = [tiles for _, tiles in archives(assets) if tiles.matrix_set == "CGCS2000Quad"]
    for tiles in in_degrees[:1] if where.node.settings.url else []:
        yield "OpenLayers, CGCS2000", "js", _openlayers(where, tiles)
    for asset in assets:
        if isinstance(asset.facts, TilesetFacts):
            yield "CesiumJS", "js", CESIUM.substitute(base=where.base, key=where.key(asset))
        elif isinstance(asset.facts, PointCloudFacts):
            yield "laspy (COPC)", "python", COPC.substitute(base=where.base, key=where.key(asset))


def _maplibre(where: Where, asset: Asset, tiles: TileFacts) -> str:
    raster = tiles.tile_type != "mvt"
    layers = ", ".join(layer.id for layer in tiles.layers)
    return MAPLIBRE.substitute(
        base=where.base,
        product=_product(where),
        type="raster" if raster else "vector",
        key=where.key(asset),
        more=f", tileSize: {tiles.tile_size}" if raster else "",
        note=f"\n// 图层 · source layers: {layers}" if layers else "",
    )


def _terrain(where: Where, asset: Asset, tiles: TileFacts) -> str:
    return TERRAIN.substitute(
        base=where.base,
        product=_product(where),
        encoding=tiles.encoding,
        key=where.key(asset),
        size=tiles.tile_size,
    )


def _openlayers(where: Where, tiles: TileFacts) -> str:
    return OPENLAYERS.substitute(
        base=where.base,
        product=_product(where),
        variant=tiles.variant,
        lowest=tiles.min_zoom,
        levels=tiles.max_zoom + 1,
        size=tiles.tile_size,
        extension=EXTENSIONS[tiles.tile_type],
    )


def _product(where: Where) -> str:
    return where.manifest.candidate.card.id
