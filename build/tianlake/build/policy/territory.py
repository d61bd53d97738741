"""Maps of the whole nation show all of it (article 9 of the Measures: 正确表示国家版图, nothing left out)."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Final

from tianlake.build.policy.findings import Finding, finding, question
from tianlake.build.policy.ground import KM_PER_DEG
from tianlake.build.policy.look import Look
from tianlake.build.policy.table import Table
from tianlake.lake.areas import AREA_CLASSES
from tianlake.lake.divisions import load_divisions
from tianlake.lake.policy import Rule
from tianlake.lake.words import Bounds, Text

MANY: Final = 17
"""Half of the 34 provincial units: a table that names so many as areas draws the nation, whatever its title says."""

WHOLE: Final = frozenset({"中国", "中华人民共和国", "China", "People's Republic of China"})
"""Names of an area that is the nation itself."""

_UNSURE: Final = Text(
    "全国范围的境界线没有面，无法自动核对版图是否完整，请审核员逐项核对",
    "boundary lines of the whole nation without areas: whether all of it is shown must be looked at by a reviewer",
)


def claims_nation(look: Look, rule: Rule) -> bool:
    """Tell whether a product says that it is of the whole nation: in its titles or keywords."""
    card = look.candidate.card
    said = (card.title.zh, card.title.en, *card.keywords)
    return any(word.casefold() in each.casefold() for word in rule.parameters["claims"] for each in said)


def check_territory(look: Look, table: Table) -> Iterator[Finding]:
    """Yield the places that a table of the nation's divisions has nothing at."""
    rules = look.policy.of("territory")
    if not rules or table.geometry is None:
        return
    areas, lines = _drawn(table)
    for rule in rules:
        if len(areas.divisions) >= MANY:
            yield from _provinces(rule, table, areas)
        if len(areas.divisions) >= MANY or areas.whole or (claims_nation(look, rule) and areas.classed):
            missing = [each for each in rule.parameters["places"] if not _has(table, each)]
            for place in missing:
                where = f"{place['lon']:g}E {place['lat']:g}N"
                text = Text(
                    f"未表示{place['name']}（{where}，{place['within_km']:g} 千米内没有要素）",
                    f"{place['name']} is missing: nothing is drawn within {place['within_km']:g} km of {where}",
                )
                yield finding(rule, table.name, place["name"], text)
        elif claims_nation(look, rule) and lines:
            yield question(rule, table.name, table.geometry, _UNSURE)


def check_extent(look: Look, bounds: Bounds) -> Iterator[Finding]:
    """Yield the sides where the data of a product that claims the nation does not reach far enough."""
    if look.candidate.card.kind in {"table", "catalog"} or look.candidate.card.product_class == "place":
        return  # neither draws the nation
    for rule in look.policy.of("extent"):
        if not claims_nation(look, rule):
            continue
        wanted = rule.parameters
        short = [
            (Text("西", "west"), bounds.west, wanted["extent_west"], bounds.west > wanted["extent_west"]),
            (Text("南", "south"), bounds.south, wanted["extent_south"], bounds.south > wanted["extent_south"]),
            (Text("东", "east"), bounds.east, wanted["extent_east"], bounds.east < wanted["extent_east"]),
            (Text("北", "north"), bounds.north, wanted["extent_north"], bounds.north < wanted["extent_north"]),
        ]
        for side, has, least, is_short in short:
            if is_short and bounds.west <= bounds.east:
                text = Text(
                    f"全国数据的{side}边只到 {has:.2f}°，应到 {least:g}°",
                    f"data of the whole nation ends in the {side.en} at {has:.2f}°, not at {least:g}°",
                )
                yield finding(rule, "", side.en, text)


@dataclass(frozen=True, slots=True)
class _Areas:
    """What the areas of a table are."""

    divisions: frozenset[str]
    """Provincial units that have one."""
    whole: bool
    """Whether one is the nation."""
    classed: bool
    """Whether any is a division by its class."""


def _provinces(rule: Rule, table: Table, areas: _Areas) -> Iterator[Finding]:
    """Yield the provincial units that are missing: a map that has most of the 34 has all, 台湾省 among them."""
    for name in sorted(set(_province_names()) - areas.divisions):
        text = Text(f"省级行政区中没有{name}", f"{name} is missing among the provincial divisions")
        yield finding(rule, table.name, name, text)


def _drawn(table: Table) -> tuple[_Areas, bool]:
    """Return what areas a table draws, and whether it draws boundary lines."""
    named = [each for each in ("name", "std_name", "名称", "NAME") if each in table.columns]
    name = f'"{named[0]}"::VARCHAR' if named else "NULL"
    code = "class_code::VARCHAR" if "class_code" in table.columns else "''"
    query = f"""
    SELECT list(DISTINCT {name}) FILTER (WHERE dim = 2 AND {name} IN $provinces),
           count(*) FILTER (WHERE dim = 2 AND {name} IN $nation),
           count(*) FILTER (WHERE dim = 2 AND starts_with({code}, $classes)),
           count(*) FILTER (WHERE dim = 1 AND starts_with({code}, $classes))
    FROM (SELECT *, ST_Dimension({table.shape}) AS dim FROM {table.source})
    """
    bound: dict[str, Any] = {"provinces": _province_names(), "nation": sorted(WHOLE), "classes": AREA_CLASSES}
    divisions, whole, classed, lines = table.one(query, bound)
    return _Areas(frozenset(divisions or ()), bool(whole), bool(classed)), bool(lines)


def _province_names() -> list[str]:
    return [each.name for each in load_divisions().children(None)]


def _has(table: Table, place: dict[str, Any]) -> bool:
    """Tell whether anything is drawn near a place."""
    lon, lat, reach = place["lon"], place["lat"], place["within_km"] / KM_PER_DEG
    narrow = cos(radians(lat))
    query = f"""
    SELECT count(*) FROM (SELECT {table.shape} AS shape, {table.box} FROM {table.source})
    WHERE xmin <= $lon + $wide AND xmax >= $lon - $wide AND ymin <= $lat + $high AND ymax >= $lat - $high
        AND ST_DWithin(ST_Scale(shape, $narrow, 1), ST_Point($lon * $narrow, $lat), $high)
    """
    bound = {"lon": lon, "lat": lat, "wide": reach / narrow, "high": reach, "narrow": narrow}
    (near,) = table.one(query, bound)
    return bool(near)
