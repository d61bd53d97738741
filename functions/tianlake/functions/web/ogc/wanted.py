"""What a call to the items of a feature collection asks for. Pure but for geometries, which DuckDB places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.ogc.cql2_sql import Compiler
from tianlake.functions.web.ogc.cql2_tree import LANGUAGES, read
from tianlake.functions.web.ogc.crs import LON_LAT, Crs, crs_of
from tianlake.functions.web.ogc.shapes import Ask, box_shape, compared, corners, placed
from tianlake.functions.web.ogc.sqltext import TRUE, Sql, both, joined
from tianlake.functions.web.ogc.tables import FeatureTable, Field
from tianlake.functions.web.ogc.times import during, span
from tianlake.functions.web.ogc.values import read as read_value
from tianlake.functions.web.questions import wrong
from tianlake.lake.duck import identifier

LIMIT: Final = 10
MOST: Final = 10_000
"""Features in an answer: by default, and at most."""
_FURTHEST: Final = 10**9

_ANSWER: Final = 64 * 2**20
"""Bytes that an answer has at most, or nearly: of large polygons there are fewer on a page."""
_SWELLS: Final = 16
"""How many bytes of GeoJSON a byte of the table becomes, at most, or nearly."""

OWN: Final = (
    *("limit", "offset", "bbox", "bbox-crs", "crs", "datetime"),
    *("filter", "filter-lang", "filter-crs", "sortby", "properties"),
)
"""Parameters of every collection; a column of one of these names has no parameter of its own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which features, in which order, and what of them."""

    where: Sql
    """`TRUE` for all."""
    order: tuple[tuple[Field, bool], ...] = ()
    """Fields, and whether the highest value comes first."""
    fields: tuple[Field, ...] = ()
    crs: Crs = LON_LAT
    limit: int = LIMIT
    offset: int = 0


def parameters_of(table: FeatureTable) -> tuple[Field, ...]:
    """Return the attributes that are parameters, too (19-079r2 §7, `/req/queryables-query-parameters/parameters`)."""
    return tuple(each for each in table.queryables if each.name not in {*OWN, "f", "tk", "sk"})


def allowed(table: FeatureTable) -> frozenset[str]:
    """Return all parameters of a collection's items."""
    return frozenset(OWN) | {each.name for each in parameters_of(table)}


def wanted_of(table: FeatureTable, given: Mapping[str, str], ask: Ask) -> Wanted:
    """Return what parameters ask for.

    Args:
        table: The collection.
        given: Parameters, all of them `allowed`.
        ask: Places geometries.

    Raises:
        CallError: 400, a parameter is wrong.
    """
    return Wanted(
        both(
            _filtered(table, given, ask),
            _equal(table, given),
            during(table, span(given["datetime"])) if "datetime" in given else TRUE,
            _boxed(table, given, ask),
        ),
        _order(table, given),
        _fields(table, given),
        crs_of("crs", given.get("crs")),
        limit_of(given, most_of(table)),
        whole("offset", given.get("offset", "0"), 0, _FURTHEST),
    )


def most_of(table: FeatureTable) -> int:
    """Return how many features of a table are on a page at most: `MOST`, or as many as an answer can hold."""
    each = _SWELLS * table.asset.size / max(table.facts.rows, 1)
    return max(1, min(MOST, int(_ANSWER / max(each, 1))))


def limit_of(given: Mapping[str, str], most: int) -> int:
    """Return how many items are wanted, at most `most`: a greater number is none that is wrong (17-069r4 §7.15.2)."""
    return min(whole("limit", given.get("limit", str(LIMIT)), 1, _FURTHEST), most)


def whole(name: str, text: str, low: int, high: int) -> int:
    """Return the whole number from `low` to `high` that a text is; 400 where it is none."""
    # Without its zeros: of a longer number the first digits say that it is too large, and no more of it is read.
    digits = text.lstrip("0")[:11] or "0"
    if not (text.isascii() and text.isdecimal()) or not low <= int(digits) <= high:
        raise wrong(name, f"应为 {low} 至 {high} 的整数", f"is a whole number from {low} to {high}")
    return int(digits)


def numbers(name: str, text: str) -> list[float]:
    """Return the numbers that a text lists, parted by commas; 400 where it is none."""
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        raise wrong(name, "应为以逗号分隔的数字", "is numbers, parted by commas") from None


def _boxed(table: FeatureTable, given: Mapping[str, str], ask: Ask) -> Sql:
    crs = crs_of("bbox-crs", given.get("bbox-crs"))
    if "bbox" not in given:
        return TRUE
    boxes = corners("bbox", numbers("bbox", given["bbox"]), crs)
    shapes = [placed("bbox", box_shape(each), crs, ask) for each in boxes]
    return joined("OR", [compared(table, "ST_Intersects", each) for each in shapes])


def _filtered(table: FeatureTable, given: Mapping[str, str], ask: Ask) -> Sql:
    language = next((each for each in LANGUAGES if each == given.get("filter-lang", LANGUAGES[0])), None)
    if language is None:
        raise wrong("filter-lang", f"可用：{'、'.join(LANGUAGES)}", f"is one of {', '.join(LANGUAGES)}")
    crs = crs_of("filter-crs", given.get("filter-crs"))
    if "filter" not in given:
        return TRUE
    return Compiler(table, crs, ask).condition(read(given["filter"], language))


def _equal(table: FeatureTable, given: Mapping[str, str]) -> Sql:
    return both(
        *(
            Sql(f"lake.{identifier(each.name)} = ?", (read_value(each.name, each, given[each.name]),))
            for each in parameters_of(table)
            if each.name in given
        )
    )


def _order(table: FeatureTable, given: Mapping[str, str]) -> tuple[tuple[Field, bool], ...]:
    if not given.get("sortby"):
        return ()
    return tuple(_key(table, each) for each in given["sortby"].split(","))


def _key(table: FeatureTable, text: str) -> tuple[Field, bool]:
    # `+` stands for a space in a query, unless it is written %2B.
    name = text.strip().removeprefix("+").removeprefix("-")
    return _field(table, "sortby", name), text.strip().startswith("-")


def _fields(table: FeatureTable, given: Mapping[str, str]) -> tuple[Field, ...]:
    if "properties" not in given:
        return table.fields
    names = [each.strip() for each in given["properties"].split(",") if each.strip()]
    wanted = {name: _field(table, "properties", name) for name in names}
    return tuple(wanted.values())


def _field(table: FeatureTable, parameter: str, name: str) -> Field:
    pool = table.fields if parameter == "properties" else table.queryables
    found = next((each for each in pool if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in pool)
        raise wrong(parameter, f"没有属性 {name[:100]}；可用：{known}", f"has no {name[:100]}; it has {known}")
    return found
