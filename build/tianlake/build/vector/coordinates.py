"""Where the geometry of a source comes from: its own, columns of coordinates, or a column of addresses."""

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.build.vector.reading import Found, Opened, Origin, Points, Reading
from tianlake.lake.duck import identifier, literal

PAIRS: Final = (
    ("经度", "纬度"),
    ("东经", "北纬"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("x", "y"),
    ("x坐标", "y坐标"),
    ("x_coord", "y_coord"),
    ("point_x", "point_y"),
)
"""Names of columns that offices give to longitude and latitude, or easting and northing, in lower case."""

NUMERIC: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "UINTEGER")

HEMISPHERE: Final = "[NSEWnsew东西南北]?[经纬]?"

SEXAGESIMAL: Final = (
    rf"^({HEMISPHERE})\s*([+-]?)(\d{{1,3}}(?:\.\d+)?)\s*"
    r"(?:[°º˚度dD:：\-\s]\s*(?:(\d{1,2}(?:\.\d+)?)\s*"
    r"(?:['′’‘`分mM:：\-\s]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”“秒sS]|''|′′|’’)?)?)?)?)?"
    rf"\s*({HEMISPHERE})$"
)
"""39°54′26″N, 北纬39度54分26秒, 39-54-26, 39 54.5, N39.9: hemisphere, sign, degrees, minutes, seconds, hemisphere."""

NEGATIVE: Final = "[SWsw西南]"


def choose_geometry(connection: duckdb.DuckDBPyConnection, reading: Reading, found: Found) -> Opened:
    """Return the source with its geometry: of the columns that the recipe names, the file's own, or well-known ones.

    Raises:
        LakeError: There is none of them, several pairs of columns fit, or a column that the recipe names is not
            there.
    """
    source = reading.source
    described = connection.sql(f"FROM {found.shape}")
    columns = dict(zip(described.columns, map(str, described.types), strict=True))
    own = [name for name in columns if found.geometry and name.lower() == found.geometry.lower()]
    if reading.plain:
        return _opened(found, own, Points("NULL::GEOMETRY", "false", "false", "NULL::VARCHAR"), "geometry")
    if source.address is not None:
        _existing(reading, columns, "address", source.address)
        if source.gazetteer is None:
            raise reading.misdeclared("gazetteer", "an address needs a file of divisions or places to be found in")
        told = f"CAST({identifier(source.address)} AS VARCHAR)"
        return _opened(found, own, Points("NULL::GEOMETRY", "false", "false", told), "address")
    if source.x is None and source.y is None and own:
        geometry = f"{identifier(own[0])}::GEOMETRY"
        return _opened(found, own, Points(geometry, "false", "false", "NULL::VARCHAR"), "geometry")
    x, y = _axes(reading, columns)
    named = {"x": x, "y": y} | ({"z": source.z} if source.z else {})
    for axis, column in named.items():
        _existing(reading, columns, axis, column)
    return _opened(found, own, _points(named, columns, packed=source.angles == "packed"), "coordinates")


def _opened(found: Found, own: list[str], points: Points, origin: Origin) -> Opened:
    return Opened(
        found.relation,
        found.shape,
        tuple(own[:1]),
        points,
        origin,
        found.crs,
        found.count,
        found.notes,
    )


def _axes(reading: Reading, columns: dict[str, str]) -> tuple[str | None, str | None]:
    """Return the names of the columns of coordinates: those declared, or the one well-known pair."""
    source = reading.source
    if source.x is not None or source.y is not None:
        return source.x, source.y
    known = {name.strip().lower(): name for name in reversed(columns)}
    pairs = [(known[x], known[y]) for x, y in PAIRS if x in known and y in known]
    if len(pairs) == 1:
        return pairs[0]
    if not pairs:
        rule = f"{source.public_path} has no geometry: name its columns of longitude and latitude as x and y"
        raise reading.misdeclared("", f"{rule}; it has {', '.join(columns)}")
    several = " or ".join(f"{x}, {y}" for x, y in pairs)
    raise reading.misdeclared(
        "", f"{source.public_path} has several pairs of coordinates: {several}; name one as x and y"
    )


def _existing(reading: Reading, columns: dict[str, str], field: str, column: str | None) -> None:
    if column is None or column.lower() not in (name.lower() for name in columns):
        raise reading.misdeclared(
            field, f"{reading.source.public_path} has no column {column!r}; it has {', '.join(columns)}"
        )


def _points(named: dict[str, str | None], columns: dict[str, str], *, packed: bool) -> Points:
    """Return the SQL of a point; NULL where a coordinate is absent or not a number."""
    types = {name.lower(): kind for name, kind in columns.items()}
    numbers, unreadable, sexagesimal, told = [], [], [], []
    for axis, name in named.items():
        column = identifier(str(name))
        text = f"nullif(trim(CAST({column} AS VARCHAR)), '')"
        plain = f"TRY_CAST({column if types[str(name).lower()].startswith(NUMERIC) else text} AS DOUBLE)"
        number, parts = plain, "NULL"
        if axis != "z":
            parts = _sexagesimal(text)
            number = _unpacked(plain) if packed else f"coalesce({plain}, {parts})"
        numbers.append(f"CASE WHEN isfinite({number}) THEN {number} END")
        unreadable.append(f"({text} IS NOT NULL AND {numbers[-1]} IS NULL)")
        sexagesimal.append(f"({plain} IS NULL AND {parts} IS NOT NULL)")
        told.append(f"{literal(f'{name} = ')} || coalesce({text}, '')")
    function = "ST_Point3D" if "z" in named else "ST_Point"
    return Points(
        geometry=f"{function}({', '.join(numbers)})::GEOMETRY",
        unreadable=" OR ".join(unreadable),
        sexagesimal="true" if packed else " OR ".join(sexagesimal),
        told=f"concat_ws(', ', {', '.join(told)})",
    )


def _sexagesimal(text: str) -> str:
    """Return SQL for the degrees of an angle written in degrees, minutes and seconds; NULL where it is not one."""
    groups = "['before', 'sign', 'd', 'm', 's', 'after']"
    parts = f"regexp_extract({text}, {literal(SEXAGESIMAL)}, {groups})"
    m, s = (f"coalesce(TRY_CAST(p.{part} AS DOUBLE), 0)" for part in "ms")
    sign = f"CASE WHEN p.sign = '-' OR regexp_matches(p.before || p.after, {literal(NEGATIVE)}) THEN -1 ELSE 1 END"
    angle = f"({sign}) * (TRY_CAST(p.d AS DOUBLE) + {m} / 60 + {s} / 3600)"
    # A list of one, because an SQL expression has no other way to use `parts` more than once.
    return f"list_transform([{parts}], lambda p: CASE WHEN {m} < 60 AND {s} < 60 THEN {angle} END)[1]"


def _unpacked(number: str) -> str:
    """Return SQL for the degrees of DDDMMSS.s; NULL where minutes or seconds are 60 or more."""
    size = f"abs({number})"
    d, m, s = f"floor({size} / 10000)", f"floor({size} / 100) % 100", f"{size} % 100"
    return f"CASE WHEN {m} < 60 AND {s} < 60 THEN sign({number}) * ({d} + {m} / 60 + {s} / 3600) END"
