"""A node publishes within its own division, and a tolerance around it (articles 3 and 12 of the Measures)."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from tianlake.build.policy.findings import Finding, finding, question
from tianlake.build.policy.ground import area_km2
from tianlake.build.policy.look import Look
from tianlake.build.policy.table import Table
from tianlake.lake.naming import NATIONAL
from tianlake.lake.policy import Rule
from tianlake.lake.words import Text


def check_features(look: Look, table: Table) -> Iterator[Finding]:
    """Yield how many features lie over the border; boxes are compared first, as most tell at once."""
    for rule, border in _borders(look):
        if border is None or table.geometry is None:
            continue
        west, south, east, north = border.bounds
        query = f"""
        SELECT count(*), min(file_row_number) + 1 FROM (
            SELECT file_row_number, {table.shape} AS shape, {table.box} FROM {table.source}
            WHERE {table.shape} IS NOT NULL AND NOT ST_IsEmpty({table.shape}))
        WHERE xmin < $west OR ymin < $south OR xmax > $east OR ymax > $north
            OR NOT ST_Within(shape, ST_GeomFromWKB($border))
        """
        bound = {"west": west, "south": south, "east": east, "north": north, "border": shapely.to_wkb(border)}
        outside, row = table.one(query, bound)
        if outside:
            far = f"{rule.parameters['tolerance_km']:g}"
            text = Text(
                f"{outside:,} 个要素超出本行政区域 {far} 千米以上，首见于第 {row} 行",
                f"{outside:,} features lie more than {far} km over the division's border, first in row {row}",
            )
            yield finding(rule, table.name, table.geometry, text)


def check_shape(look: Look, name: str, shape: BaseGeometry) -> Iterator[Finding]:
    """Yield by how much the area that a raster or a 3D file covers lies over the border.

    They are rectangles: what fills the box of the division asks a reviewer, and only what leaves it is a violation.
    """
    for rule, border in _borders(look):
        if border is None or shape.within(border):
            continue
        outside, whole = area_km2(shape.difference(border)), area_km2(shape)
        if whole and outside > 0:
            text = Text(
                f"覆盖范围有 {outside:,.1f} 平方千米（{outside / whole:.0%}）超出本行政区域及容差",
                f"{outside:,.1f} km² ({outside / whole:.0%}) of what it covers lie over the division's border",
            )
            fills = shape.within(shapely.box(*border.bounds))
            yield (question if fills else finding)(rule, name, "", text)


def check_known(look: Look) -> Iterator[Finding]:
    """Yield that nobody can tell, where the division's area is published nowhere: a reviewer must look."""
    for rule, border in _borders(look):
        if border is None:
            text = Text(
                "没有节点发布本行政区域的区划面，无法检查数据是否越界",
                "no node publishes the division's area: whether data lies within it cannot be checked",
            )
            yield question(rule, "", "", text)


def _borders(look: Look) -> Iterator[tuple[Rule, BaseGeometry | None]]:
    """Yield each rule and where it lets data be; none for the national node, nor for what has no place."""
    if look.candidate.node == NATIONAL.code or look.candidate.card.product_class == "catalog":
        return
    if look.candidate.card.kind == "table":
        return
    for rule in look.policy.of("jurisdiction"):
        yield rule, look.border(rule.parameters["tolerance_km"])
