"""Where divisions are, from what the nodes publish: seats, else a point within the area; boxes and boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.today.published import columns
from tianlake.functions.web.today.units import Unit, within
from tianlake.lake.areas import AREA_CLASSES, area_tables
from tianlake.lake.current import CurrentRelease
from tianlake.lake.search.wanted import Ask

_SEATS: Final = """
SELECT code, std_name, lon, lat FROM read_parquet(?)
WHERE code IN (SELECT unnest(?::VARCHAR[])) AND lon IS NOT NULL AND lat IS NOT NULL"""

_AREAS: Final = """
FROM read_parquet(?)
WHERE code IN (SELECT unnest(?::VARCHAR[])) AND starts_with(class_code, ?) AND ST_Dimension(geometry) = 2
QUALIFY row_number() OVER (PARTITION BY code ORDER BY ST_Area(geometry) DESC, entity_id) = 1"""
"""One area for each code: some lists have a unit once as a county and once as a city."""

_INSIDE: Final = "SELECT code, ST_X(ST_PointOnSurface(geometry)), ST_Y(ST_PointOnSurface(geometry))"
_BOX: Final = "SELECT code, bbox.xmin::DOUBLE, bbox.ymin::DOUBLE, bbox.xmax::DOUBLE, bbox.ymax::DOUBLE"
_OUTLINE: Final = "SELECT code, ST_AsText(ST_Multi(geometry))"


@dataclass(frozen=True, slots=True)
class Places:
    """Looks up where divisions are, in the nodes' own releases first."""

    releases: tuple[CurrentRelease, ...]
    ask: Ask

    def centres(self, wanted: Sequence[Unit]) -> dict[str, tuple[float, float]]:
        """Return longitude and latitude, degrees, by code: of the seat of government, else of a point within the area.

        A seat is a place whose column `code` holds the division's code and whose name is the division's.
        """
        names = {each.code: each.name for each in wanted}
        found: dict[str, tuple[float, float]] = {}
        for release in self.releases:
            if release.card.product_class != "place" or "code" not in columns(release):
                continue
            rows = self._rows(_SEATS, release, [code for code in names if code not in found])
            found |= {code: (lon, lat) for code, name, lon, lat in rows if name == names[code]}
        missing = [code for code in names if code not in found]
        return found | {code: (lon, lat) for code, lon, lat in self._areas(_INSIDE, missing)}

    def box(self, code: str) -> tuple[float, float, float, float] | None:
        """Return west, south, east and north of a division's area in degrees, or None where no node publishes it."""
        return next(((west, south, east, north) for _, west, south, east, north in self._areas(_BOX, [code])), None)

    def outline(self, code: str) -> str | None:
        """Return a division's area as the WKT of a MULTIPOLYGON, longitude first; None where no node publishes it."""
        text = next((text for _, text in self._areas(_OUTLINE, [code])), None)
        return None if text is None else text.replace(", ", ",").replace("MULTIPOLYGON (", "MULTIPOLYGON(")

    def _areas(self, what: str, codes: list[str]) -> list[tuple]:  # type: ignore[type-arg]
        """Return a row for each code, of the first node that has its area."""
        rows: list[tuple] = []  # type: ignore[type-arg]
        for release in area_tables(self.releases):
            seen = {row[0] for row in rows}
            rows += self._rows(what + _AREAS, release, [each for each in codes if each not in seen], AREA_CLASSES)
        return rows

    def _rows(self, sql: str, release: CurrentRelease, codes: list[str], *more: str) -> list[tuple]:  # type: ignore[type-arg]
        own = [each for each in codes if within(each, release.code)]
        if not own or release.table is None:
            return []
        return self.ask(sql, [release.url(release.table.name), own, *more]).rows
