"""README.md of catalogs and collections, for people: what it is, who answers for it, how fresh, how to use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tianlake.lake import keys
from tianlake.lake.credits import credit
from tianlake.lake.describe import History
from tianlake.lake.nodes import NodeCard, Organisation
from tianlake.lake.releases import Candidate, Column, Manifest, RasterFacts, TableFacts
from tianlake.lake.words import both, collection_id, view_name
from tianlake.stac.amounts import amount, coordinates
from tianlake.stac.assets import scenes, tables
from tianlake.stac.catalog import catalog_description
from tianlake.stac.collection import current
from tianlake.stac.markdown import cell, code, document, table
from tianlake.stac.profile import Json
from tianlake.stac.providers import origin, providers
from tianlake.stac.texts import CLASSES, catalog_title, description, duration, instants, marked
from tianlake.stac.usage import examples
from tianlake.stac.where import Where

REPORT: Final = "quality.html"
"""The quality report as people read it."""

LISTED: Final = 50
"""Files that a README lists; a release of ten thousand scenes has a manifest for that."""


def catalog_readme(node: NodeCard, histories: Sequence[History]) -> bytes:
    """Return the README of a node."""
    settings = node.settings
    return document(
        f"# {catalog_title(node)}",
        catalog_description(node),
        "机器与智能体请读 [AGENTS.md](AGENTS.md) · Agents read [AGENTS.md](AGENTS.md).",
        "## 产品 · Products",
        _products(node, histories),
        "## 责任 · Who answers for it",
        f"- 运行维护单位 · Operator: {_reach(settings.operator)}\n- 主管部门 · Authority: {_reach(settings.authority)}",
        "## 许可与来源 · Licence, sources and provenance",
        "每个产品有自己的许可（license）、署名和数据来源（source），见各产品的 README。\n\n"
        "Each product has its own licence, attribution and sources; see its README.",
        "## 使用 · Use",
        "每个产品一个 SQL 视图，一行打开（DuckDB） · One SQL view per product, opened with one line in DuckDB:",
        code("sh", lake_shell(node)),
        _tree(node),
    )


def lake_shell(node: NodeCard) -> str:
    """Return the line that opens DuckDB with every view of a node."""
    if node.settings.url:
        return f'duckdb -cmd "$(curl -s {node.settings.url}/{keys.LAKE_SQL})"'
    return f"duckdb -init {keys.LAKE_SQL}  # 在 catalog.json 所在的目录 · in the folder of catalog.json"


def _products(node: NodeCard, histories: Sequence[History]) -> str:
    if not histories:
        return "尚无发布的产品。 · Nothing is published yet."
    rows = []
    for history in histories:
        candidate = current(history).manifest.candidate
        card = candidate.card
        rows.append(
            [
                f"[{marked(node, both(card.title))}](./{keys.product_document(card.id, 'README.md')})",
                both(CLASSES[card.product_class]),
                amount(candidate),
                _day(history.updated or candidate.built),
                card.license,
                f"`{view_name(node.code, card.id)}`",
            ]
        )
    head = ["产品 · Product", "类别 · Class", "数量 · Amount", "更新 · Updated", "许可 · Licence", "SQL"]
    return table(head, rows)


def _tree(node: NodeCard) -> str | None:
    links = [("上级 · Above", node.parent)] if node.parent else []
    lines = [f"- {label}: [{each.short_name}]({each.href})" for label, each in links]
    lines += [f"- 下级 · Below: [{each.short_name}]({each.href})" for each in node.children]
    return "\n".join(["## 上下级节点 · Nodes above and below", "", *lines]) if lines else None


def _reach(who: Organisation) -> str:
    ways = [f"<{who.url}>" if who.url else None, f"<{who.email}>" if who.email else None, who.phone]
    return " ".join([who.name, *(way for way in ways if way)])


def _day(instant: str) -> str:
    return instant[:10]


def collection_readme(node: NodeCard, history: History) -> bytes:
    """Return the README of a product."""
    manifest = current(history).manifest
    candidate = manifest.candidate
    card = candidate.card
    return document(
        f"# {cell(marked(node, both(card.title)))}",
        description(node, card),
        "机器与智能体请读 [AGENTS.md](AGENTS.md) · Agents read [AGENTS.md](AGENTS.md).",
        f"![{card.title.zh}]({_thumbnail(candidate, manifest)})",
        "## 概况 · At a glance",
        _facts(node, history),
        "## 许可 · Licence",
        _licence(candidate, credit(candidate.card, history.approval, node.settings.notice)),
        "## 使用 · Use",
        examples(Where(node, manifest)),
        _fields(candidate),
        "## 文件 · Files",
        _files(manifest),
        "## 质量 · Quality",
        _quality(candidate),
        _report(manifest),
        _changes(manifest),
        "## 来源与加工 · Provenance: sources and processing",
        _provenance(node, candidate),
        "发布历史与校验和 · Release history and checksums: [versions.json](versions.json)",
    )


def _thumbnail(candidate: Candidate, manifest: Manifest) -> str:
    name = next(asset.name for asset in candidate.assets if asset.role == "thumbnail")
    return f"../../{keys.release_file(candidate.card.id, manifest.release, name)}"


def _facts(node: NodeCard, history: History) -> str:
    manifest = current(history).manifest
    candidate = manifest.candidate
    card = candidate.card
    start, end = instants(card)
    cycle = duration(card.update_cycle)
    rows: list[tuple[str, str]] = [
        ("标识 · Id", f"`{collection_id(node.code, card.id)}`"),
        ("类别 · Class", both(CLASSES[card.product_class])),
        ("数量 · Amount", amount(candidate)),
        ("范围 · Extent", ", ".join(f"{edge:.4f}" for edge in candidate.bounds.as_list())),
        ("坐标系 · Coordinates", coordinates(candidate)),
        ("时间 · Period", f"{_day(start or '…')} – {_day(end or '…')}" if start or end else "未注明 · not stated"),
        ("发布版本 · Release", f"`{manifest.release}`"),
        ("构建 · Built", candidate.built),
        ("发布 · Published", history.updated or "–"),
        *_approved(history),
        ("更新周期 · Update cycle", f"每 {cycle.zh}至少一次 · at least every {cycle.en} (`{card.update_cycle}`)"),
        ("开放方式 · Access", card.access),
        *((f"{_roles(each)}", _provider(each)) for each in providers(node, card)),
    ]
    return table(["", ""], rows)


def _approved(history: History) -> list[tuple[str, str]]:
    """Return who let the release out, and the numbers of its map."""
    approval = history.approval
    if approval is None:
        return []
    kind = "演示，未经审核 · a demonstration, not reviewed" if approval.demo else approval.policy
    rows = [("审核 · Review", kind)]
    if approval.map is not None and approval.map.numbers:
        until = f"，有效期至 · until {approval.map.until}" if approval.map.until else ""
        rows.append(("审图号 · Map approval", f"{'/'.join(approval.map.numbers)}{until}"))
    return rows


_ROLE_NAMES = {
    "producer": "生产 · Producer",
    "licensor": "授权 · Licensor",
    "processor": "加工 · Processor",
    "host": "发布 · Host",
}


def _roles(provider: Json) -> str:
    return ", ".join(_ROLE_NAMES[role] for role in provider["roles"])


def _provider(provider: Json) -> str:
    ways = [f"<{provider[way]}>" for way in ("url", "email") if way in provider]
    return " ".join([provider["name"], *ways])


def _licence(candidate: Candidate, attribution: str) -> str:
    card = candidate.card
    text = f"[{card.license}]({card.license_url})" if card.license_url else card.license
    return f"- 许可 · License: {text}\n- 署名 · Attribution: {attribution}"


def _fields(candidate: Candidate) -> str | None:
    for _, facts in tables(candidate.assets)[:1]:
        rows = [(f"`{each.name}`", each.type, cell(_meaning(each, facts))) for each in facts.columns]
        return f"## 字段 · Fields\n\n{table(['字段 · Field', '类型 · Type', ''], rows)}"
    for asset in scenes(candidate)[:1]:
        if isinstance(asset.facts, RasterFacts) and asset.facts.classes:
            rows = [(f"`{each.value}`", each.color, both(each.title)) for each in asset.facts.classes]
            return f"## 类别值 · Classes\n\n{table(['值 · Value', '颜色 · Colour', '含义 · Meaning'], rows)}"
    return None


def _meaning(column: Column, facts: TableFacts) -> str:
    if column.name == facts.geometry_column:
        return "几何 · geometry"
    return both(column.description) if column.description else ""


def _files(manifest: Manifest) -> str:
    prefix = f"../../{keys.release_prefix(manifest.candidate.card.id, manifest.release)}"
    first = manifest.files[:LISTED]
    rows = [(f"[{each.path}]({prefix}{each.path})", f"{each.size:,}", f"`{each.sha256}`") for each in first]
    listed = table(["文件 · File", "字节 · Bytes", "sha256"], rows)
    more = len(manifest.files) - len(first)
    note = f"还有 {more:,} 个文件，见 · {more:,} more, in [manifest.json]({prefix}{keys.MANIFEST})"
    return f"{listed}\n\n{note}" if more else listed


def _quality(candidate: Candidate) -> str:
    counts = candidate.quality
    if counts.read == 0:
        return "本产品没有要素计数。 · No features to count in this product."
    rows = [
        ("读入 · Read", counts.read),
        ("按配方不取 · Left out on purpose", counts.left_out),
        ("无几何或无法修复而舍弃 · Dropped: no geometry, or one beyond repair", counts.dropped),
        ("修复几何 · Geometry repaired", counts.repaired),
        ("写出 · Written", counts.written),
    ]
    return table(["", "要素 · Features"], [(label, f"{count:,}") for label, count in rows])


def _report(manifest: Manifest) -> str | None:
    """Return the link to the page that tells where every feature and pixel went."""
    if not any(asset.name == REPORT for asset in manifest.candidate.assets):
        return None
    prefix = f"../../{keys.release_prefix(manifest.candidate.card.id, manifest.release)}"
    return f"[质量报告：逐源清点，附地图与图表 · Quality report, with maps and plots]({prefix}{REPORT})"


def _changes(manifest: Manifest) -> str | None:
    """Return how this release differs from the one it was compared with."""
    changes = manifest.candidate.changes
    if changes is None:
        return None
    rows = [
        ("新增 · Added", changes.added),
        ("几何变化 · Geometry changed", changes.geometry),
        ("仅属性变化 · Attributes changed", changes.attributes),
        ("删除 · Removed", changes.removed),
        ("未变 · Unchanged", changes.unchanged),
    ]
    counted = table(["", "要素 · Features"], [(label, f"{count:,}") for label, count in rows])
    return f"与版本 `{changes.base}` 比较 · Compared with release `{changes.base}`:\n\n{counted}"


def _provenance(node: NodeCard, candidate: Candidate) -> str:
    card = candidate.card
    page = origin(node, card) or card.source_url
    lines = [f"数据来源 · Source: <{page}>" if page else "数据来源：本单位 · Source: the producer named above"]
    rows = [(f"`{each.path}`", f"{each.size:,}", f"`{each.sha256}`") for each in candidate.sources]
    lines.append(table(["源文件 · Source file", "字节 · Bytes", "sha256"], rows))
    tools = ", ".join(f"{name} {version}" for name, version in sorted(candidate.tools.items()))
    lines.append(f"加工工具 · Produced with: {tools}")
    return "\n\n".join(lines)
