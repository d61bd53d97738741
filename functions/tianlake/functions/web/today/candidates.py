"""Places and entities straight from the published tables: within a circle, a polygon or a division, or counted.

Searches by name alone go by the index (`lake.search`); these go by where things are. Every statement begins with what
row groups are skipped by: boxes and codes of divisions. Names of columns are constants of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any, Final

from tianlake.functions.web.today.further import COLUMNS, further_columns
from tianlake.functions.web.today.published import columns, depth, touching
from tianlake.functions.web.today.units import Unit
from tianlake.functions.web.today.wishes import Point
from tianlake.lake.current import CurrentRelease
from tianlake.lake.naming import CORPS
from tianlake.lake.search.areas_in_text import prefix_of
from tianlake.lake.search.wanted import Ask, Hit
from tianlake.lake.words import Bounds

SAME_M: Final = 30
"""Places of one name that are nearer than this, metres, are one place that two nodes publish."""

_PLACE: Final = {
    "id": "place_id",
    "name": "std_name",
    "alias": "alias",
    "pinyin": "pinyin",
    "type": "type",
    "type_code": "type_code",
    "address": "full_address",
    "division": "coalesce(county_code, city_code, province_code)",
    "town": "town_code",
    "road": "road",
    "number": "number",
    "source": "source",
    "x": "lon",
    "y": "lat",
}
_ENTITY: Final = {
    "id": "entity_id",
    "name": "name",
    "alias": "aliases",
    "pinyin": "NULL",
    "type": "NULL",
    "type_code": "class_code",
    "address": "NULL",
    "division": "admin_code",
    "town": "NULL",
    "road": "NULL",
    "number": "NULL",
    "source": "source",
    "x": "ST_X(ST_PointOnSurface(geometry))",
    "y": "ST_Y(ST_PointOnSurface(geometry))",
}
_ONE: Final = Template("""
SELECT $depth AS depth, '$code' AS node, '$product' AS product, $columns
FROM read_parquet(?) WHERE $where""")

_ALL: Final = Template("""
WITH matched AS MATERIALIZED ($tables),
measured AS (
  SELECT *, CASE WHEN $measured THEN ST_Distance_Spheroid(ST_Point2D(x, y), ST_Point2D(?::DOUBLE, ?::DOUBLE)) END
    AS distance_m
  FROM matched
),
single AS (
  SELECT * FROM measured AS upper WHERE $exact AND NOT EXISTS (
    FROM matched AS lower
    WHERE lower.name = upper.name AND lower.depth > upper.depth
      AND abs(lower.y - upper.y) < 0.0005 AND abs(lower.x - upper.x) < 0.005
      AND ST_Distance_Spheroid(ST_Point2D(lower.x, lower.y), ST_Point2D(upper.x, upper.y)) < $same)
)
""")

_PAGE: Final = """
SELECT *, count(*) OVER () AS total FROM single
ORDER BY distance_m NULLS FIRST, lower(name) = ? DESC, starts_with(lower(name), ?) DESC, length(name), name, id
LIMIT ? OFFSET ?"""

_COUNTS: Final = "SELECT coalesce(division, ''), count(*) FROM single GROUP BY ALL"


@dataclass(frozen=True, slots=True)
class Sought:
    """What rows are looked for: all that is set must hold."""

    words: tuple[str, ...] = ()
    """Each is part of a name or another name, or is a type."""
    types: tuple[str, ...] = ()
    """Types of which a row has one: names, or beginnings of codes."""
    box: Bounds | None = None
    """Degrees of CGCS2000, as everything here; not beyond the antimeridian."""
    division: Unit | None = None
    circle: tuple[Point, float] | None = None
    """Centre, and radius in metres on the ellipsoid; within `box`."""
    ring: tuple[Point, ...] = ()
    """A polygon, closed; within `box`."""


@dataclass(slots=True)
class _Statement:
    """A statement as it grows, with its parameters in their order."""

    parameters: list[object] = field(default_factory=list)

    def bind(self, *parameters: object) -> None:
        self.parameters += parameters

    def where(self, condition: str, *parameters: object) -> str:
        """Return a condition and bind what it holds."""
        self.bind(*parameters)
        return condition


def page(
    sought: Sought, releases: tuple[CurrentRelease, ...], ask: Ask, start: int, count: int
) -> tuple[list[Hit], int]:
    """Return hits, nearest or best first, and how many there are in all."""
    found = _statement(sought, releases)
    if found is None:
        return [], 0
    sql, parameters = found
    text = " ".join(sought.words).lower()
    rows = ask(sql + _PAGE, [*parameters, text, text, count, start]).records()
    if not rows and start:  # beyond the last one, where no row tells how many there are
        return [], page(sought, releases, ask, 0, 1)[1]
    return [_hit(row) for row in rows], rows[0]["total"] if rows else 0


def counts(sought: Sought, releases: tuple[CurrentRelease, ...], ask: Ask) -> dict[str, int]:
    """Return how many there are by the code of their smallest division; empty text where it is not known."""
    found = _statement(sought, releases)
    if found is None:
        return {}
    sql, parameters = found
    return dict(ask(sql + _COUNTS, parameters).rows)


def _statement(sought: Sought, releases: tuple[CurrentRelease, ...]) -> tuple[str, list[object]] | None:
    division = sought.division.code if sought.division else None
    statement = _Statement()
    tables = [_table(each, sought, statement) for each in touching(releases, box=sought.box, division=division)]
    if not tables:
        return None
    (lon, lat), radius_m = sought.circle or ((0.0, 0.0), 0.0)
    statement.bind(lon, lat)
    exact = ["true"]
    if sought.circle:
        exact.append(statement.where("distance_m <= ?::DOUBLE", radius_m))
    elif sought.ring:
        exact.append(statement.where("ST_Intersects(ST_Point(x, y), ST_MakeValid(ST_GeomFromText(?)))", _wkt(sought)))
    elif (box := sought.box) is not None:  # that of a row is a little larger than its point
        exact.append(
            statement.where("x BETWEEN ? AND ? AND y BETWEEN ? AND ?", box.west, box.east, box.south, box.north)
        )
    sql = _ALL.substitute(
        tables="\nUNION ALL".join(tables),
        measured=str(sought.circle is not None).lower(),
        exact=" AND ".join(exact),
        same=SAME_M,
    )
    return sql, statement.parameters


def _table(release: CurrentRelease, sought: Sought, statement: _Statement) -> str:
    """Return the statement for what one table holds of what is sought, its columns under names of ours."""
    assert release.table is not None  # noqa: S101 - `published.with_names` lets no other through
    has = columns(release)
    own = _PLACE if release.card.product_class == "place" else _ENTITY
    names = {name: _known(sql, has) for name, sql in own.items()} | further_columns(has)
    statement.bind(release.url(release.table.name))
    where = [*_box(sought, has, statement), *_in_division(sought, has, statement)]
    if own is _ENTITY:  # 境界与政区 are what places lie in
        where.append("NOT starts_with(coalesce(class_code, ''), '6')")
    for word in sought.words:
        plain = word.lower()
        condition = "(contains(lower({name}), ?) OR contains(lower({alias}), ?) OR lower({type}) = ?)"
        where.append(statement.where(condition.format(**names), plain, plain, plain))
    if sought.types:
        condition = "len(list_filter(?::VARCHAR[], lambda t: {type} = t OR starts_with({type_code}, t))) > 0"
        where.append(statement.where(condition.format(**names), list(sought.types)))
    typed = (f"{sql}::{'DOUBLE' if name in {'x', 'y'} else 'VARCHAR'} AS {name}" for name, sql in names.items())
    return _ONE.substitute(
        depth=depth(release.code),
        code=release.code,
        product=release.product,
        columns=", ".join(typed),
        where=" AND ".join(where) or "true",
    )


def _known(sql: str, has: frozenset[str]) -> str:
    """Return a column or an expression of columns, or NULL where a table lacks it."""
    return sql if not sql.isidentifier() or sql in has else "NULL"


def _box(sought: Sought, has: frozenset[str], statement: _Statement) -> list[str]:
    if sought.box is None or "bbox" not in has:
        return []
    box = sought.box
    # As numbers of the column's own type: a cast of the column would keep row groups from being skipped.
    return [
        statement.where("bbox.xmin <= ?::FLOAT AND bbox.xmax >= ?::FLOAT", box.east, box.west),
        statement.where("bbox.ymin <= ?::FLOAT AND bbox.ymax >= ?::FLOAT", box.north, box.south),
    ]


def _in_division(sought: Sought, has: frozenset[str], statement: _Statement) -> list[str]:
    unit = sought.division
    if unit is None or unit.level == 5:  # noqa: PLR2004 - the nation
        return []
    if unit.level == 1:
        return [statement.where("town_code = ?", unit.code)] if "town_code" in has else ["false"]
    start = prefix_of(unit.code)
    column = "admin_code"
    if "county_code" in has:
        by_level = {4: "province_code", 3: "city_code", 2: "county_code"}
        column = "county_code" if unit.code == CORPS.code else by_level[unit.level]
    return [statement.where(f"{column} >= ? AND {column} < ?", start, f"{start}:")]  # `:` follows `9` in ASCII


def _wkt(sought: Sought) -> str:
    return f"POLYGON(({', '.join(f'{lon!r} {lat!r}' for lon, lat in sought.ring)}))"


_KNOWN: Final = ("node", "product", "id", "name", "address", "division", "town", "type_code", "type", "road", "number")
_MORE: Final = ("pinyin", "alias", "source", *COLUMNS)


def _hit(row: dict[str, Any]) -> Hit:
    texts = {name: row[name] or "" for name in _KNOWN}
    more = {name: row[name] for name in _MORE if row[name]}
    return Hit(**texts, lon=row["x"], lat=row["y"], score=100, match="part", distance_m=row["distance_m"], more=more)


def box_of(ring: Sequence[Point]) -> Bounds:
    """Return the box around a ring."""
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    return Bounds(min(lons), min(lats), max(lons), max(lats))
