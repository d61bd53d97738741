"""Which published tables hold administrative divisions with their areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tianlake.lake.current import CurrentRelease
from tianlake.lake.releases import TableFacts

AREA_CLASSES: Final = "6"
"""First digit of GB/T 13923 for boundaries and divisions (境界与政区): what the areas' `class_code` begins with."""

_COLUMNS: Final = frozenset({"code", "name", "class_code"})


def area_tables(releases: Iterable[CurrentRelease]) -> list[CurrentRelease]:
    """Return the releases whose table may hold areas of divisions: class `entity`, polygons, with `code` and `name`.

    Rows are divisions where `code` is `156` and six digits, and `class_code` begins with `AREA_CLASSES`.
    """
    return [each for each in releases if _has_areas(each)]


def _has_areas(release: CurrentRelease) -> bool:
    table = release.table
    if release.card.product_class != "entity" or table is None or not isinstance(table.facts, TableFacts):
        return False
    polygons = {"Polygon", "MultiPolygon"} & set(table.facts.geometry_types)
    return bool(polygons) and {each.name for each in table.facts.columns} >= _COLUMNS
