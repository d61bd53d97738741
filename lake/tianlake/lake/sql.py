"""`lake.sql`: one SQL view per product over its current release, for anybody's DuckDB. Pure text, no DuckDB here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import History
from tianlake.lake.feed import CHANGES_FILE
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import PARQUET, Asset, Manifest
from tianlake.lake.words import collection_id, view_name

HEAD: Final = Template("""\
-- $name ($short) · $code
-- One view per product over its current release. Geometry: CGCS2000 (EPSG:4490), longitude first.
-- 每个产品一个视图，指向其当前发布版本。几何为 CGCS2000（EPSG:4490），经度在前。
-- DuckDB 1.5 or newer with its extensions spatial (geometry) and httpfs (reading over http).
-- Another copy of the lake: SET VARIABLE $variable = 'https://host/path/' before this file.
SET VARIABLE $variable = coalesce(getvariable('$variable'), $base);
""")

TABLE_VIEW: Final = Template("""
-- $title
-- $attribution · $license
CREATE OR REPLACE VIEW $view AS SELECT * FROM read_parquet(getvariable('$variable') || $href);
""")

SCENES_VIEW: Final = Template("""
-- $title: its scenes 影像清单
-- $attribution · $license
CREATE OR REPLACE VIEW $view AS
SELECT * FROM read_parquet(getvariable('$variable') || $href) WHERE collection = $collection;
""")


def lake_variable(code: str) -> str:
    """Return the SQL variable that holds a node's base URL with a final `/`: `n156130000`."""
    return f"n{code}"


def lake_sql(node: NodeCard, current: Sequence[History]) -> str:
    """Return the SQL text that makes every view of a node.

    Args:
        node: Whose lake it is; its public URL is where the views read from unless the variable says otherwise.
        current: Histories of the products whose pointer is set.
    """
    base = f"{node.settings.url}/" if node.settings.url else ""
    head = HEAD.substitute(
        name=node.identity.name,
        short=node.identity.short_name,
        code=node.code,
        variable=lake_variable(node.code),
        base=_literal(base),
    )
    return head + "".join(_views(node, current))


def _views(node: NodeCard, current: Sequence[History]) -> Iterator[str]:
    for history in current:
        published = history.find(history.current or "")
        if published is not None:
            yield _view(node.code, published.manifest)


def _view(code: str, manifest: Manifest) -> str:
    card = manifest.candidate.card
    table = _table(manifest.candidate.assets)
    href = keys.ITEMS if table is None else keys.release_file(card.id, manifest.release, table.name)
    template = SCENES_VIEW if table is None else TABLE_VIEW
    return template.substitute(
        title=_comment(f"{card.title.zh} · {card.title.en}"),
        attribution=_comment(card.attribution),
        license=_comment(card.license),
        view=view_name(code, card.id),
        variable=lake_variable(code),
        href=_literal(href),
        collection=_literal(collection_id(code, card.id)),
    )


def _table(assets: Sequence[Asset]) -> Asset | None:
    """Return the table that is the product, or else one of what it holds: nodes of a tileset, contours of a relief."""
    found = [asset for asset in assets if asset.media_type == PARQUET and asset.name != CHANGES_FILE]
    return min(found, key=lambda asset: asset.role != "data", default=None)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _comment(text: str) -> str:
    """Return a text on one line: a line break would end the comment and start a statement."""
    return " ".join(text.split())
