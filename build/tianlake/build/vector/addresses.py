"""Finds addresses in a file of divisions or places: the smallest unit whose chain of names an address spells out.

Codes of GB/T 2260 tell which unit lies in which: 13, 1310, 131022, then 9 and 12 digits of townships and villages
(GB/T 10114); Tianditu's `gb` is 156 and six digits.
"""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.vector.reading import Reading
from tianlake.lake.duck import identifier

NAMES: Final = ("name", "名称", "标准名称", "地名", "name_zh", "标准地名")
CODES: Final = ("code", "gb", "adcode", "代码", "行政区划代码", "区划代码", "adminCode".lower())
"""Columns of a gazetteer, in lower case; the first that is there."""

LEVELS: Final = {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}
"""Digits of a code that say something → what `PRECISION` then says. A place without a code is a `place`."""

PRECISION: Final = "address_precision"
"""The column that says how exact a position is."""

SHORT: Final = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "盟")
"""Endings that people leave out of names of provinces and cities."""

STREETS: Final = "路街巷道里"
"""After these a short name is no division: 南京路."""

NO_NAMES: Final = frozenset({"市辖区", "县", "城区", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Entries of the list of codes that name no unit."""

COUNTRY: Final = "156"


@dataclass(frozen=True, slots=True)
class Unit:
    """One division or place of the gazetteer."""

    name: str
    code: str
    """Its significant digits, empty for a place."""
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit whose name stands in an address."""

    unit: Unit
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Located:
    """What was found of an address."""

    unit: Unit | None
    detail: str

    @property
    def precision(self) -> str | None:
        """How exact the position is."""
        return None if self.unit is None else LEVELS.get(len(self.unit.code), "place")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names → units."""

    units: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    short: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))

    def add(self, unit: Unit) -> None:
        """Take a unit in under its name, and a province or city under its short one too."""
        if not unit.code:
            self.places[unit.name].append(unit)
            return
        self.units[unit.name].append(unit)
        ending = next((each for each in SHORT if unit.name.endswith(each)), "")
        name = unit.name.removesuffix(ending)
        if ending and len(unit.code) <= 4 and len(name) > 1:  # noqa: PLR2004 - provinces and cities
            self.short[name].append(unit)

    def locate(self, address: str) -> Located:
        """Return the smallest unit that the longest chain of names in an address leads to."""
        text = "".join(address.split())
        chains = [self._chain(hit, hits) for hits in [self._hits(text)] for hit in hits]
        exact = self.places.get(text, []) or (self.places.get(_rest(text, chains), []) if chains else [])
        if len(exact) == 1:
            return Located(exact[0], "")
        if not chains:
            return Located(None, "it names no division" if not exact else f"{len(exact)} places have this name")
        best = max(map(_rank, chains))
        first = [chain for chain in chains if _rank(chain) == best]
        if len({chain[-1].unit for chain in first}) == 1:
            return Located(first[0][-1].unit, "")
        shared = [hit.unit for hit in first[0] if all(hit in chain for chain in first)]
        fitting = ", ".join(sorted({chain[-1].unit.code for chain in first}))
        return Located(shared[-1] if shared else None, f"several divisions fit: {fitting}")

    def _hits(self, text: str) -> list[Hit]:
        """Return the units whose names stand in a text; at each place the longest name counts."""
        found: list[Hit] = []
        longest = max(map(len, [*self.units, *self.short]), default=0)
        for start in range(len(text)):
            for end in range(min(len(text), start + longest), start + 1, -1):
                units = self.units.get(text[start:end], [])
                if not units and text[end : end + 1] not in (*STREETS,):
                    units = self.short.get(text[start:end], [])
                found += [Hit(unit, start, end) for unit in units]
                if units:
                    break
        return found

    @staticmethod
    def _chain(hit: Hit, hits: list[Hit]) -> list[Hit]:
        """Return the hits that lead to one: units that hold it, named before it, largest first."""
        above = [each for each in hits if each.end <= hit.start and _holds(each.unit, hit.unit)]
        first = {each.unit.code: each for each in reversed(above)}
        return [*sorted(first.values(), key=lambda each: len(each.unit.code)), hit]


def _rank(chain: list[Hit]) -> tuple[int, int, int]:
    """More names go first, then an earlier beginning, then the smaller unit."""
    return len(chain), -chain[0].start, len(chain[-1].unit.code)


def _rest(text: str, chains: list[list[Hit]]) -> str:
    """Return what stands after the best chain of names."""
    return text[max(chains, key=_rank)[-1].end :]


def _holds(large: Unit, small: Unit) -> bool:
    return small.code != large.code and small.code.startswith(large.code)


def significant(code: str) -> str:
    """Return the digits of a code that say something: `13` of 130000, 156130000 and 130000000000."""
    digits = code.strip().split(".", maxsplit=1)[0]
    if len(digits) == 9 and digits.startswith(COUNTRY):  # noqa: PLR2004 - no prefecture of Inner Mongolia is 156x
        digits = digits[3:]
    if not digits.isdigit():
        return ""
    return next(digits[:size] for size in (*LEVELS, len(digits)) if not digits[size:].strip("0"))


def read_gazetteer(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str) -> Gazetteer:
    """Return the names of a table that was placed.

    Raises:
        LakeError: It has no column of names.
    """
    columns = {name.lower(): name for name in connection.sql(f"FROM {table} LIMIT 0").columns}
    name = next((columns[each] for each in NAMES if each in columns), None)
    code = next((columns[each] for each in CODES if each in columns), None)
    if name is None:
        rule = f"{reading.source.gazetteer} has no column of names; call one of them name"
        raise reading.misdeclared("gazetteer", rule)
    rows = connection.sql(
        f"SELECT CAST({identifier(name)} AS VARCHAR), {f'CAST({identifier(code)} AS VARCHAR)' if code else 'NULL'}, "
        "ST_X(spot), ST_Y(spot) FROM (SELECT *, ST_PointOnSurface(geometry) AS spot "
        f"FROM {table} WHERE __fate IN ('kept', 'repaired')) ORDER BY __row"
    ).fetchall()
    gazetteer = Gazetteer()
    for called, number, lon, lat in rows:
        if called and called not in NO_NAMES and len(called) > 1:
            gazetteer.add(Unit(called, significant(number or ""), lon, lat))
    return gazetteer


def locate(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str, gazetteer_table: str) -> None:
    """Give the rows of a table the positions of their addresses, and the column `PRECISION`.

    Raises:
        LakeError: The table has that column already, or the gazetteer has no names.
    """
    if PRECISION in (name.lower() for name in connection.sql(f"FROM {table} LIMIT 0").columns):
        raise reading.misdeclared("address", f"column {PRECISION!r} is Tianlake's own; leave it out of the source")
    gazetteer = read_gazetteer(connection, reading, gazetteer_table)
    addresses = [text for (text,) in connection.sql(f"SELECT DISTINCT __told FROM {table}").fetchall() if text]
    found = [gazetteer.locate(text) for text in addresses]
    units = [each.unit for each in found]
    located = pa.table(
        {
            "told": pa.array(addresses, pa.string()),
            "lon": pa.array([unit and unit.lon for unit in units], pa.float64()),
            "lat": pa.array([unit and unit.lat for unit in units], pa.float64()),
            PRECISION: pa.array([each.precision for each in found], pa.string()),
            "detail": pa.array([each.detail for each in found], pa.string()),
        }
    )
    connection.register("located", located)
    connection.execute(
        f"CREATE TABLE {table}_located AS SELECT row.* REPLACE ("
        "CASE WHEN lon IS NOT NULL THEN ST_Point(lon, lat) END::GEOMETRY AS geometry, "
        f"concat_ws(': ', row.__told, nullif(located.detail, '')) AS __told), located.{PRECISION} "
        f"FROM {table} row LEFT JOIN located ON row.__told = located.told ORDER BY row.__row"
    )
    connection.unregister("located")
    connection.execute(f"DROP TABLE {table}; ALTER TABLE {table}_located RENAME TO {table}")
