"""What the quality report says of sources: where they lie, where their features went, and why."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Final

import duckdb
import shapely

from tianlake.build.quality.report import Finding, Sample, SourceReport
from tianlake.build.vector.counts import Counts
from tianlake.build.vector.placing import USABLE, Placed
from tianlake.build.vector.rules import CHANGED, DROPPED, DUPLICATE, LEFT_OUT, WHOLE, Rules
from tianlake.lake.duck import identifier, literal
from tianlake.lake.recipes import Recipe, Source
from tianlake.lake.words import Bounds

SAMPLES: Final = 20

LABELS: Final = ("id", "name", "名称", "标准名称", "地名", "code", "代码", "gb")
"""Columns that tell a feature to people, in lower case, after the recipe's own id; the first that is there."""

WRITTEN: Final = "placed.__row - 1 IN (SELECT __ordinal FROM merged WHERE __source = {number})"


@dataclass(frozen=True, slots=True)
class _Look:
    """One source, while its findings are gathered; the tables of placed and of merged features are still there."""

    connection: duckdb.DuckDBPyConnection
    number: int
    source: Source
    placed: Placed
    label: str
    """SQL text that tells a feature."""

    def samples(self, condition: str) -> tuple[Sample, ...]:
        """Return the first features that a condition holds for, in the order of the source."""
        rows = self.connection.sql(
            f"SELECT __row, {self.label}, ST_X(spot), ST_Y(spot), __told, __before FROM (SELECT *, "
            f"CASE WHEN NOT ST_IsEmpty(geometry) THEN TRY(ST_PointOnSurface(geometry)) END AS spot "
            f"FROM (SELECT * FROM {self.placed.table} placed WHERE {condition} ORDER BY __row LIMIT {SAMPLES})) "
            "ORDER BY __row"
        ).fetchall()
        return tuple(_sample(*row) for row in rows)

    def finding(self, rules: Rules, rule: str, count: int, condition: str | None) -> Finding:
        """Return one finding; a condition picks its samples."""
        fate, reason = rules[rule]
        samples = () if condition is None else self.samples(condition)
        return Finding(rule, fate, count, reason, self.source.public_path, samples)


def report_sources(
    connection: duckdb.DuckDBPyConnection, recipe: Recipe, placed: list[Placed], counts: tuple[Counts, ...]
) -> tuple[tuple[SourceReport, ...], tuple[Finding, ...]]:
    """Return what is to say of each source, and of what happened to its features; `merged` is still there."""
    boxes = {
        number: Bounds(*(float(side) for side in box))
        for number, *box in connection.sql(
            "SELECT __source, greatest(-180, min(ST_XMin(geometry))), greatest(-90, min(ST_YMin(geometry))), "
            "least(180, max(ST_XMax(geometry))), least(90, max(ST_YMax(geometry))) FROM merged GROUP BY ALL"
        ).fetchall()
    }
    reports: list[SourceReport] = []
    findings: list[Finding] = []
    for number, (source, each, count) in enumerate(zip(recipe.sources, placed, counts, strict=True)):
        reports.append(_report(source, each, count, boxes.get(number)))
        look = _Look(connection, number, source, each, _label(connection, recipe, each))
        findings += _findings(look, count)
    return tuple(reports), (*findings, *_duplicates(connection, recipe))


def _report(source: Source, placed: Placed, count: Counts, bounds: Bounds | None) -> SourceReport:
    frame = placed.frame
    return SourceReport(
        path=source.public_path,
        layer=count.layer,
        crs=frame.crs,
        crs_from=frame.crs_from,
        operation=frame.operation,
        accuracy_m=frame.accuracy_m,
        quality=count.quality,
        bounds=bounds,
    )


def _label(connection: duckdb.DuckDBPyConnection, recipe: Recipe, placed: Placed) -> str:
    columns = {name.lower(): name for name in connection.sql(f"FROM {placed.table} LIMIT 0").columns}
    wanted = ([recipe.features.id.lower()] if recipe.features.id else []) + list(LABELS)
    name = next((columns[each] for each in wanted if each in columns), None)
    return f"CAST({identifier(name)} AS VARCHAR)" if name else "NULL"


def _findings(look: _Look, count: Counts) -> Iterator[Finding]:
    written = WRITTEN.format(number=look.number)
    if count.left_out_by_where:
        yield look.finding(LEFT_OUT, "step.where", count.left_out_by_where, None)
    if count.left_out_by_clip:
        usable = ", ".join(map(literal, USABLE))
        condition = f"__fate IN ({usable}) AND NOT {written}"
        yield look.finding(LEFT_OUT, "step.clip", count.left_out_by_clip, condition)
    for rule in DROPPED:
        if number := look.placed.fates.get(rule, 0):
            yield look.finding(DROPPED, rule, number, f"__fate = {literal(rule)}")
    rules = f"SELECT unnest(__changes) AS rule FROM {look.placed.table} placed WHERE {written}"
    changed = dict(look.connection.sql(f"SELECT rule, count(*) FROM ({rules}) GROUP BY 1").fetchall())
    for rule in CHANGED:
        if rule in changed:
            condition = f"list_contains(__changes, {literal(rule)}) AND {written}"
            yield look.finding(CHANGED, rule, changed[rule], condition)
    for rule in look.placed.notes:
        if count.written:
            yield look.finding(WHOLE, rule, count.written, None)


def _duplicates(connection: duckdb.DuckDBPyConnection, recipe: Recipe) -> Iterator[Finding]:
    """Count the features that say what another one said before, in geometry and every attribute."""
    columns = connection.sql("FROM merged LIMIT 0").columns
    same = [identifier(name) for name in columns if name != "geometry" and not name.startswith("__")]
    same.append("md5(ST_AsWKB(geometry))")
    order = "PARTITION BY " + ", ".join(same) + " ORDER BY __source, __ordinal"
    rows = connection.sql(
        "SELECT __source, __ordinal + 1, ST_X(ST_PointOnSurface(geometry)), ST_Y(ST_PointOnSurface(geometry)), first, "
        "number FROM (SELECT *, count(*) OVER (PARTITION BY __source) AS number FROM ("
        f"SELECT __source, __ordinal, geometry, row_number() OVER ({order}) AS nth, "
        f"first_value(__ordinal + 1) OVER ({order}) AS first FROM merged) WHERE nth > 1 "
        f"QUALIFY row_number() OVER (PARTITION BY __source ORDER BY __ordinal) <= {SAMPLES}) ORDER BY 1, 2"
    ).fetchall()
    rule, fate, reason = DUPLICATE
    for number in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == number]
        samples = tuple(Sample(row, None, lon, lat, f"as row {first}") for _, row, lon, lat, first, _ in mine)
        yield Finding(rule, fate, mine[0][-1], reason, recipe.sources[number].public_path, samples)


def _sample(*found: object) -> Sample:
    row, label, lon, lat, told, before = found
    placed = isinstance(lon, float) and isinstance(lat, float) and isfinite(lon) and isfinite(lat)
    detail = str(told or "")
    if isinstance(before, bytes | bytearray):
        detail = shapely.is_valid_reason(shapely.from_wkb(bytes(before)))
    return Sample(
        row=int(str(row)),
        id=None if label is None else str(label),
        lon=float(str(lon)) if placed else None,
        lat=float(str(lat)) if placed else None,
        detail=detail,
    )
