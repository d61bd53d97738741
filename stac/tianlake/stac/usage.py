"""How a product is used: examples for MapLibre, DuckDB, GDAL and QGIS, with addresses that work."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Asset, Manifest, RasterFacts, TableFacts, TileFacts
from tianlake.lake.words import Bounds
from tianlake.stac.assets import archives, scenes, tables
from tianlake.stac.markdown import code

BASE_NOTE = (
    "地址相对于 catalog.json 所在的目录；`BASE` 是该目录的网址，以 `/` 结尾。\n\n"
    "Addresses are relative to the folder of catalog.json; `BASE` is the URL of that folder, with a final `/`."
)


COUNT_SQL: Final = Template("""\
SELECT count(*) FROM read_parquet($source);
""")

WINDOW_SQL: Final = Template("""\
-- 先按 bbox 列筛选，只读需要的部分 · filter on bbox first: only what is needed is read
SELECT * EXCLUDE (bbox) FROM read_parquet($source)
WHERE bbox.xmin <= $east AND bbox.xmax >= $west
  AND bbox.ymin <= $north AND bbox.ymax >= $south
LIMIT 10;
""")


@dataclass(frozen=True, slots=True)
class Where:
    """Where examples find the files of a release."""

    node: NodeCard
    manifest: Manifest

    @property
    def base(self) -> str:
        """The URL that examples in JavaScript and shell start with: the node's own, or a place to fill in."""
        return f"{self.node.settings.url}/" if self.node.settings.url else "https://<host>/<path>/"

    def key(self, asset: Asset) -> str:
        """Return an asset's address relative to the folder of catalog.json."""
        return keys.release_file(self.manifest.candidate.card.id, self.manifest.release, asset.name)

    def sql(self, asset: Asset) -> str:
        """Return an asset's address as SQL reads it: the URL, or without one the path from that folder."""
        return f"{self.node.settings.url}/{self.key(asset)}" if self.node.settings.url else self.key(asset)


def examples(where: Where) -> str:
    """Return every example that fits what the release holds."""
    candidate = where.manifest.candidate
    parts = [BASE_NOTE]
    for asset, facts in tables(candidate.assets)[:1]:
        parts += ["### DuckDB", code("sql", table_sql(where, asset, facts))]
        parts += ["### GDAL, GeoPandas", code("sh", _vector_shell(where, asset))]
    for asset in scenes(candidate)[:1]:
        if isinstance(asset.facts, RasterFacts):
            parts += ["### GDAL, rasterio", code("sh", _raster_shell(where, asset, asset.facts))]
    for asset, tiles in archives(candidate.assets)[:1]:
        parts += ["### MapLibre GL JS", code("js", _maplibre(where, asset, tiles))]
    return "\n\n".join([*parts, *_qgis(where), *_aliases(where)])


def _aliases(where: Where) -> list[str]:
    """Return the addresses that stay while releases change; only a node that is served has them."""
    if not where.node.settings.url:
        return []
    product = where.manifest.candidate.card.id
    data = [asset for asset in where.manifest.candidate.assets if asset.role == "data"]
    names = [f"- `{where.base}data/{product}/{asset.name}`" for asset in data]
    names += [f"- `{where.base}tiles/{product}.pmtiles`" for _ in archives(where.manifest.candidate.assets)[:1]]
    head = "稳定地址，总指向当前版本 · Stable addresses of what is current, for applications that last:"
    return [head, "\n".join(names)]


def table_sql(where: Where, asset: Asset, facts: TableFacts) -> str:
    """Return SQL that runs as it is in the folder of catalog.json (or anywhere, where the node has a URL)."""
    literal = "'" + where.sql(asset).replace("'", "''") + "'"
    text = COUNT_SQL.substitute(source=literal)
    if facts.bounds is not None and any(column.name == "bbox" for column in facts.columns):
        box = _middle(facts.bounds)
        edges = {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
        text += WINDOW_SQL.substitute(edges, source=literal)
    return text


def _middle(bounds: Bounds) -> Bounds:
    """Return the middle ninth of a box, a window that examples look through."""
    width, height = (bounds.east - bounds.west) / 3, (bounds.north - bounds.south) / 3
    edges = (bounds.west + width, bounds.south + height, bounds.east - width, bounds.north - height)
    return Bounds(*(round(edge, 4) for edge in edges))


def _vector_shell(where: Where, asset: Asset) -> str:
    return (
        f"BASE='{where.base}'\n"
        "# GDAL 须带 Parquet 驱动 · GDAL with its Parquet driver\n"
        f'ogrinfo -so -al "/vsicurl/${{BASE}}{where.key(asset)}"\n'
        "# pip install geopandas pyarrow fsspec aiohttp requests\n"
        f"python -c \"import geopandas; print(geopandas.read_parquet('${{BASE}}{where.key(asset)}'))\""
    )


def _raster_shell(where: Where, asset: Asset, facts: RasterFacts) -> str:
    box = _middle(facts.bounds)
    return (
        f"BASE='{where.base}'\n"
        f'gdalinfo "/vsicurl/${{BASE}}{where.key(asset)}"\n'
        f"gdal_translate -projwin {box.west} {box.north} {box.east} {box.south} \\\n"
        f'  "/vsicurl/${{BASE}}{where.key(asset)}" window.tif'
    )


def _maplibre(where: Where, asset: Asset, tiles: TileFacts) -> str:
    kind = "vector" if tiles.tile_type == "mvt" else "raster"
    size = "" if kind == "vector" else f", tileSize: {tiles.tile_size}"
    layers = ", ".join(layer.id for layer in tiles.layers)
    note = f"\n// 图层 · source layers: {layers}" if layers else ""
    return (
        'import maplibregl from "maplibre-gl";\n'
        'import { Protocol } from "pmtiles";\n'
        f'const BASE = "{where.base}";\n'
        'maplibregl.addProtocol("pmtiles", new Protocol().tile);\n'
        f'map.addSource("{where.manifest.candidate.card.id}", {{\n'
        f'  type: "{kind}", url: `pmtiles://${{BASE}}{where.key(asset)}`{size},\n'
        f"}});{note}"
    )


def _qgis(where: Where) -> list[str]:
    data = [*(asset for asset, _ in tables(where.manifest.candidate.assets)), *scenes(where.manifest.candidate)]
    if not data:
        return []
    kind = "栅格图层 · Add Raster Layer" if scenes(where.manifest.candidate) else "矢量图层 · Add Vector Layer"
    return [
        "### QGIS",
        f"图层 · Layer → {kind} → 协议 · Protocol: HTTP(S) → `{where.base}{where.key(data[0])}`",
    ]
