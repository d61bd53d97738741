"""AGENTS.md of catalogs and collections: short facts for agents, with SQL that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tianlake.lake import keys
from tianlake.lake.credits import credit
from tianlake.lake.describe import History
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Candidate, Manifest, RasterFacts
from tianlake.lake.words import both, collection_id, view_name
from tianlake.stac.amounts import coordinates
from tianlake.stac.assets import archives, listed, scenes, tables
from tianlake.stac.collection import current
from tianlake.stac.items import SEVERAL
from tianlake.stac.markdown import cell, code, document, table
from tianlake.stac.readme import LISTED, lake_shell
from tianlake.stac.texts import catalog_title, instants, marked
from tianlake.stac.usage import table_sql
from tianlake.stac.where import Where

_CRS = (
    "- 坐标 · Coordinates of tables, rasters and extents: CGCS2000 (EPSG:4490) degrees, longitude first. "
    "未加偏移，不是 GCJ-02/BD-09 · No offset is applied: this is neither GCJ-02 nor BD-09; do not shift it.\n"
    "- 长度与面积 · Lengths and areas: degrees are no metres. DuckDB 1.5 or newer: "
    "`SET geometry_always_xy = true;` and then `ST_Area_Spheroid(geometry)` (m²), `ST_Length_Spheroid(geometry)` (m)."
)

_RULES = (
    "- 要 · Do: read by ranges (`read_parquet`, `/vsicurl/`, pmtiles) and filter on `bbox`; do not download whole "
    "files for a small area.\n"
    "- 要 · Do: quote the attribution; pin a release by its id where results must be repeatable.\n"
    "- 要 · Do: read `collections/<product>/collection.json` for what is current (`version`, `updated`); files under "
    "`releases/` never change and may be cached for a year.\n"
    "- 不要 · Don't: guess addresses of the next release, list the bucket, or send writes.\n"
    "- 不要 · Don't: take boundaries here as legal evidence. 公开使用地图须依法送审 · A map made from this needs map "
    "review (地图管理条例) before it is made public in China."
)


def catalog_agents(node: NodeCard, histories: Sequence[History], *, indexed: bool) -> bytes:
    """Return the AGENTS.md of a node."""
    rows = [_product(node, history) for history in histories]
    index = (
        f"- `{keys.ITEMS}`: stac-geoparquet of every raster scene; hrefs in it are relative to that file.\n"
        if indexed
        else ""
    )
    return document(
        f"# {catalog_title(node)}",
        f"- STAC 1.1 catalog `n{node.code}`, Portolan profile 0.2.0. One Collection per product, relative links.\n"
        f"- `{keys.LAKE_SQL}`: DuckDB views of every product, and macros for boxes, divisions and releases; "
        f"`{keys.LAKE_DUCKDB}`: the same to ATTACH. `{keys.NODE}`: who this node is.\n"
        f"{index}{_CRS}",
        _notice(node),
        "## 产品 · Products",
        table(["id", "title", "SQL view", "geometry", "current data"], rows) if rows else "None is published.",
        "## DuckDB",
        code("sh", lake_shell(node)),
        "## 规则 · Rules",
        _RULES,
    )


def _notice(node: NodeCard) -> str | None:
    mark = node.settings.notice
    return f"**{mark}**: 数据仅供演示，不作他用 · for demonstration only, not for use." if mark else None


def _product(node: NodeCard, history: History) -> list[str]:
    manifest = current(history).manifest
    candidate = manifest.candidate
    where = Where(node, manifest)
    data = [asset for asset in candidate.assets if asset.role == "data"]
    files = [f"`{where.key(asset)}`" for asset in data]
    return [
        f"[{collection_id(node.code, history.product)}](./{keys.product_document(history.product, 'AGENTS.md')})",
        both(candidate.card.title),
        f"`{view_name(node.code, history.product)}`",
        _holds(candidate),
        " ".join(files) if len(files) < SEVERAL else f"{len(files):,} scenes, in `{keys.ITEMS}`",
    ]


def _holds(candidate: Candidate) -> str:
    """Return what kind of thing a product's first table or other data holds."""
    for _, facts in tables(candidate.assets)[:1]:
        return "/".join(facts.geometry_types) or "no geometry"
    return candidate.card.kind


def collection_agents(node: NodeCard, history: History) -> bytes:
    """Return the AGENTS.md of a product."""
    manifest = current(history).manifest
    candidate = manifest.candidate
    card = candidate.card
    start, end = instants(card)
    owed = credit(card, history.approval, node.settings.notice)
    period = f"\n- 时间 · Period: {start or '…'} / {end or '…'}" if start or end else ""
    return document(
        f"# {cell(marked(node, both(card.title)))}",
        f"- id `{collection_id(node.code, card.id)}`, SQL view `{view_name(node.code, card.id)}`\n"
        f"- {cell(card.description.zh)} · {cell(card.description.en)}\n"
        f"- release `{manifest.release}`, built {candidate.built}, updated at least every {card.update_cycle}{period}\n"
        f"- license {card.license}; attribution: {owed}; access: {card.access}\n"
        f"- 数据坐标 · Data: {coordinates(candidate)}\n"
        f"{_CRS}",
        _notice(node),
        f"{card.terms.zh} · {card.terms.en}" if card.terms else None,
        "## 文件 · Files",
        "地址相对于 catalog.json 所在的目录 · Addresses relative to the folder of catalog.json:",
        "\n".join(_files(manifest)),
        *_schema(candidate),
        *_sql(node, manifest),
        "## 规则 · Rules",
        _RULES,
    )


def _files(manifest: Manifest) -> Iterator[str]:
    prefix = keys.release_prefix(manifest.candidate.card.id, manifest.release)
    for asset in listed(manifest.candidate)[:LISTED]:
        yield f"- `{prefix}{asset.name}` ({asset.role}, {asset.media_type}, {asset.size:,} B)"
    for asset, tiles in archives(manifest.candidate.assets):
        layers = ", ".join(f"`{layer.id}` z{layer.min_zoom}–{layer.max_zoom}" for layer in tiles.layers)
        shown = f"layers {layers}" if layers else f"{tiles.tile_type} images, z{tiles.min_zoom}–{tiles.max_zoom}"
        style = "" if tiles.variant else f"; MapLibre style: `{prefix}{keys.STYLE}`"  # it draws the first archive
        yield f"- tiles in `{asset.name}`: {tiles.matrix_set}, {shown}{style}"
    yield f"- `{prefix}{keys.MANIFEST}`: sha256 and size of all {len(manifest.files):,} files"


def _schema(candidate: Candidate) -> list[str]:
    for _, facts in tables(candidate.assets)[:1]:
        rows = [
            (f"`{each.name}`", each.type, cell(both(each.description)) if each.description else "")
            for each in facts.columns
        ]
        columns = table(["column", "type", ""], rows)
        head = f"{facts.rows:,} rows, {facts.row_groups} row group(s)"
        if facts.geometry_column is not None:
            head += f"; geometry `{facts.geometry_column}` ({'/'.join(facts.geometry_types)}, WKB)"
        return ["## 字段 · Schema", f"{head}.", columns]
    found = "\n".join(_raster(candidate))
    return ["## 栅格 · Raster", found] if found else []


def _raster(candidate: Candidate) -> Iterator[str]:
    for asset in scenes(candidate)[:LISTED]:
        if isinstance(asset.facts, RasterFacts):
            facts = asset.facts
            bands = ", ".join(f"{band.data_type} nodata={band.nodata}" for band in facts.bands)
            yield f"- `{asset.name}`: {facts.width}×{facts.height} px, {bands}, about {facts.gsd_m:.0f} m"
            for each in facts.classes:
                yield f"  - {each.value} = {cell(both(each.title))}"


def _sql(node: NodeCard, manifest: Manifest) -> list[str]:
    where = Where(node, manifest)
    for asset, facts in tables(manifest.candidate.assets)[:1]:
        return ["## SQL (DuckDB)", code("sql", table_sql(where, asset, facts))]
    return []
