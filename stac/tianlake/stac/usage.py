"""How a product is used: examples for MapLibre, DuckDB, GDAL and QGIS, with addresses that work."""

from __future__ import annotations

from string import Template
from typing import Final

from tianlake.lake.releases import Asset, PointCloudFacts, RasterFacts, TableFacts
from tianlake.lake.words import Access, Bounds
from tianlake.stac.assets import archives, scenes, tables
from tianlake.stac.map_usage import map_examples
from tianlake.stac.markdown import code
from tianlake.stac.where import Where

BASE_NOTE = (
    "地址相对于 catalog.json 所在的目录；`BASE` 是该目录的网址，以 `/` 结尾。\n\n"
    "Addresses are relative to the folder of catalog.json; `BASE` is the URL of that folder, with a final `/`."
)


KEY_NOTE: Final = (
    "在网址后加 `?tk=密钥`，或用请求头 `Authorization: Bearer 密钥`；下例的写法对其后的所有查询有效。\n\n"
    "Append `?tk=KEY` to the address, or send the header `Authorization: Bearer KEY`. What follows does so for every "
    "query after it; GDAL takes `GDAL_HTTP_HEADERS`."
)

KEY_SQL: Final = "CREATE SECRET tianlake (TYPE http, BEARER_TOKEN '密钥 KEY');"

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


def examples(where: Where) -> str:
    """Return every example that fits what the release holds."""
    candidate = where.manifest.candidate
    parts = [BASE_NOTE, *_key_note(candidate.card.access)]
    for asset, facts in tables(candidate.assets)[:1]:
        parts += ["### DuckDB", code("sql", table_sql(where, asset, facts))]
        if facts.geometry_column is not None:
            parts += ["### GDAL, GeoPandas", code("sh", _vector_shell(where, asset))]
    for asset in scenes(candidate)[:1]:
        if isinstance(asset.facts, RasterFacts):
            parts += ["### GDAL, rasterio", code("sh", _raster_shell(where, asset, asset.facts))]
    for title, language, text in map_examples(where):
        parts += [f"### {title}", code(language, text)]
    return "\n\n".join([*parts, *_qgis(where), *_aliases(where)])


def _key_note(access: Access) -> list[str]:
    """Return how a key is sent, where the product asks for one."""
    if access == "open":
        return []
    whose = "专业用户的密钥 · the key of a professional user" if access == "professional" else "密钥 · a key"
    return [f"### 密钥 · Key\n\n数据需要{whose}. {KEY_NOTE}", code("sql", KEY_SQL)]


def _aliases(where: Where) -> list[str]:
    """Return the addresses that stay while releases change; only a node that is served has them."""
    if not where.node.settings.url:
        return []
    product = where.manifest.candidate.card.id
    data = [asset for asset in where.manifest.candidate.assets if asset.role == "data"]
    names = [f"- `{where.base}data/{product}/{asset.name}`" for asset in data]
    variants = [f"/{tiles.variant}" if tiles.variant else "" for _, tiles in archives(where.manifest.candidate.assets)]
    names += [f"- `{where.base}tiles/{product}{variant}.pmtiles`" for variant in variants]
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


def _qgis(where: Where) -> list[str]:
    assets = where.manifest.candidate.assets
    layers = [
        ("矢量图层 · Add Vector Layer", each) for each, facts in tables(assets) if facts.geometry_column is not None
    ]
    layers += [("栅格图层 · Add Raster Layer", each) for each in scenes(where.manifest.candidate)]
    layers += [("点云图层 · Add Point Cloud Layer", each) for each in assets if isinstance(each.facts, PointCloudFacts)]
    return [
        text
        for kind, asset in layers[:1]
        for text in ("### QGIS", f"图层 · Layer → {kind} → 协议 · Protocol: HTTP(S) → `{where.base}{where.key(asset)}`")
    ]
