"""`lake.sql`: a node's views and macros over its releases, for anybody's DuckDB. Pure text, no DuckDB here."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Final

from tianlake.lake.describe import History
from tianlake.lake.nodes import NodeCard
from tianlake.lake.views import literal, statements

HEAD: Final = Template("""\
-- $name ($short) · $code
-- 每个产品一个视图，指向其当前发布版本。几何为 CGCS2000（EPSG:4490），经度在前。
-- One view per product over its current release. Geometry: CGCS2000 (EPSG:4490), longitude first.
--   n${code}_PRODUCT                            产品 · the product
--   n${code}_PRODUCT(xmin, ymin, xmax, ymax)    与矩形相交者 · what touches a box, degrees; xmin > xmax crosses 180°
--   n${code}_PRODUCT_in('156130000')            某行政区内者 · what lies in a division
--   n${code}_PRODUCT_at('RELEASE')              某一版本 · another release, one of n${code}_PRODUCT_releases
--   n${code}_PRODUCT_changes                    与上一版本之差 · how the current release differs from the one before
-- DuckDB 1.5 or newer with its extensions spatial (geometry) and httpfs (reading over http).
-- Another copy of the lake: SET VARIABLE $variable = 'https://host/path/' before this file.
SET VARIABLE $variable = coalesce(getvariable('$variable'), $base);
""")


def lake_variable(code: str) -> str:
    """Return the SQL variable that holds a node's base URL with a final `/`: `n156130000`."""
    return f"n{code}"


def lake_base(node: NodeCard) -> str:
    """Return where a node's objects are read from: its public URL with a final `/`, or "" for the current folder."""
    return f"{node.settings.url}/" if node.settings.url else ""


def lake_sql(node: NodeCard, current: Sequence[History]) -> str:
    """Return the SQL text that makes every view and macro of a node.

    Args:
        node: Whose lake it is; its public URL is where the views read from unless the variable says otherwise.
        current: Histories of the products whose pointer is set.
    """
    variable = lake_variable(node.code)
    head = HEAD.substitute(
        name=node.identity.name,
        short=node.identity.short_name,
        code=node.code,
        variable=variable,
        base=literal(lake_base(node)),
    )
    return head + "".join(each.sql for each in statements(node.code, current, f"getvariable('{variable}')"))
