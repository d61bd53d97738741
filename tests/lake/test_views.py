"""What `lake.sql` and `lake.duckdb` give to anybody's DuckDB: over a published lake, over http, counted in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from counting_kit import Counting, counting, table_release
from lake_kit import NODE, desk

from tianlake.lake.duck import connect
from tianlake.lake.publishing import publish, rollback, withdraw
from tianlake.lake.query import current_histories
from tianlake.lake.sql import lake_sql
from tianlake.lake.store import DirectoryStore

POINTS = """
SELECT i AS id, 'place ' || md5(i::VARCHAR) AS name,
  ST_Point(113 + x, 36 + y)::GEOMETRY('EPSG:4490') AS geometry
FROM (SELECT i, hash(i) % 1000000 / 2e5 AS x, hash(i + 7919) % 1000000 / 2e5 AS y FROM range(200000) t(i))
ORDER BY ST_Hilbert(ST_Point(x, y), {min_x: 0.0, min_y: 0.0, max_x: 5.0, max_y: 5.0}::BOX_2D)
"""

SEA = """
SELECT * FROM (VALUES ('west', ST_Point(179.5, 10)), ('east', ST_Point(-179.5, 10)), ('far', ST_Point(0, 10)),
  ('south', ST_Point(179.5, -40))) t(name, place)
"""
SEA = f"SELECT name, place::GEOMETRY('EPSG:4490') AS geometry FROM ({SEA})"

CODED = """
SELECT * EXCLUDE (x), ST_Point(x, 38)::GEOMETRY('EPSG:4490') AS geometry FROM (VALUES
  ('廊坊', '156130000', '156131000', '156131002', '156131002101', 116),
  ('石家庄', '156130000', '156130100', '156130102', NULL, 114),
  ('东莞', '156440000', '156441900', NULL, '156441900103', 113), ('济源', '156410000', NULL, '156419001', NULL, 112),
  ('海上', NULL, NULL, NULL, NULL, 120)) t(name, province_code, city_code, county_code, town_code, x)
"""

ENTITIES = "SELECT name, coalesce(town_code, county_code, city_code) AS admin_code, geometry FROM"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's lake: places of 200,000 points, some at the antimeridian, and coded places and entities."""
    root = tmp_path_factory.mktemp("views")
    store = DirectoryStore(root / "lake")
    for product, select in {
        "places": POINTS,
        "sea": SEA,
        "addresses": CODED,
        "entities": f"{ENTITIES} ({CODED})",
    }.items():
        publish(desk(store), table_release(root / product, select, product))
    return root / "lake"


@pytest.fixture(scope="module")
def served(lake: Path) -> Iterator[Counting]:
    with counting(lake) as server:
        yield server


@pytest.fixture(params=["lake.sql", "lake.duckdb"])
def visitor(request: pytest.FixtureRequest, served: Counting) -> duckdb.DuckDBPyConnection:
    """A DuckDB that opened the lake over http, either way."""
    connection = connect()
    connection.execute(f"SET VARIABLE n156130000 = '{served.url}/'")
    if request.param == "lake.sql":
        connection.execute((served.root / "lake.sql").read_text("utf-8"))
    else:
        connection.execute(f"ATTACH '{served.url}/lake.duckdb' AS lake; USE lake")
    served.taken()
    return connection


def names(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    return {row[0] for row in connection.sql(f"SELECT name FROM {source}").fetchall()}


def test_a_box_holds_what_a_scan_finds_in_it(visitor: duckdb.DuckDBPyConnection) -> None:
    box = "n156130000_places(114.1, 37.2, 114.6, 37.7)"
    found = set(visitor.sql(f"SELECT id FROM {box}").fetchall())
    inside = "ST_X(geometry) BETWEEN 114.1 AND 114.6 AND ST_Y(geometry) BETWEEN 37.2 AND 37.7"
    exact = set(visitor.sql(f"SELECT id FROM n156130000_places WHERE {inside}").fetchall())
    assert exact <= found
    assert 1800 < len(exact) < 2200, "1 % of the points"
    assert len(found) - len(exact) < 5, "boxes in single precision touch a little more"


def test_a_box_reads_the_row_groups_that_it_touches_and_no_others(
    visitor: duckdb.DuckDBPyConnection, served: Counting
) -> None:
    west, south, east, north = 114.1, 37.2, 114.6, 37.7
    visitor.sql(f"SELECT * FROM n156130000_places({west}, {south}, {east}, {north})").fetchall()
    taken = served.taken()
    [file] = served.root.glob("releases/places/*/places.parquet")
    metadata = pq.read_metadata(file)
    footer = metadata.serialized_size + 20_000
    touched = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
        least = {side: columns[f"bbox.{side}"].statistics.min for side in ("xmin", "ymin")}
        most = {side: columns[f"bbox.{side}"].statistics.max for side in ("xmax", "ymax")}
        if least["xmin"] <= east and most["xmax"] >= west and least["ymin"] <= north and most["ymax"] >= south:
            touched += sum(column.total_compressed_size for column in columns.values())
    assert 0 < taken < 1.1 * touched + footer
    assert taken < 0.35 * file.stat().st_size


def test_a_box_may_cross_the_antimeridian(visitor: duckdb.DuckDBPyConnection) -> None:
    assert names(visitor, "n156130000_sea(179, 0, -179, 20)") == {"west", "east"}
    assert names(visitor, "n156130000_sea(-180, 0, 180, 20)") == {"west", "east", "far"}
    assert names(visitor, "n156130000_sea(179, -90, 180, 90)") == {"west", "south"}


@pytest.mark.parametrize(
    ("division", "wanted"),
    [
        ("156130000", {"廊坊", "石家庄"}),
        ("156131000", {"廊坊"}),
        ("156131002", {"廊坊"}),
        ("156131002101", {"廊坊"}),
        ("156441900", {"东莞"}),
        ("156419001", {"济源"}),
        ("156370000", set()),
    ],
)
def test_a_division_holds_all_below_it(visitor: duckdb.DuckDBPyConnection, division: str, wanted: set[str]) -> None:
    assert names(visitor, f"n156130000_addresses_in('{division}')") == wanted
    assert names(visitor, f"n156130000_entities_in('{division}')") == wanted


def test_what_is_no_division_is_refused(visitor: duckdb.DuckDBPyConnection) -> None:
    for name in ("addresses", "entities"):
        with pytest.raises(duckdb.Error, match="a division is 156 and six digits"):
            visitor.sql(f"FROM n156130000_{name}_in('130000')").fetchall()


def test_a_table_without_codes_has_no_filter_by_division(visitor: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="n156130000_sea_in"):
        visitor.sql("FROM n156130000_sea_in('156130000')")


def test_attaching_reads_no_table(served: Counting) -> None:
    with connect() as connection:
        served.taken()
        connection.execute(f"ATTACH '{served.url}/lake.duckdb' AS lake")
        assert {path for path, _ in served.sent} == {"/lake.duckdb"}
        assert served.taken() < 100_000


@pytest.fixture
def small(tmp_path: Path) -> DirectoryStore:
    """A lake with two releases of one product, the newer one current, and another product."""
    store = DirectoryStore(tmp_path / "lake")
    publish(desk(store), table_release(tmp_path / "one", f"{SEA} LIMIT 1"))
    publish(desk(store), table_release(tmp_path / "two", SEA, built="2026-11-02T00:00:00Z"))
    publish(desk(store), table_release(tmp_path / "three", SEA, "kept"))
    return store


def opened(store: DirectoryStore, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = connect()
    connection.execute(f"SET VARIABLE n156130000 = '{tmp_path}/lake/'")
    connection.execute(store.get("lake.sql")[1].decode())
    return connection


def test_every_release_in_the_lake_can_be_asked(small: DirectoryStore, tmp_path: Path) -> None:
    connection = opened(small, tmp_path)
    rows = "SELECT release, is_current, row_count FROM n156130000_places_releases ORDER BY built_utc"
    [(one, was, few), (two, current, more)] = connection.sql(rows).fetchall()
    assert (was, few, current, more) == (False, 1, True, 4)
    assert len(connection.sql(f"FROM n156130000_places_at('{one}')").fetchall()) == 1
    assert len(connection.sql(f"FROM n156130000_places_at('{two}')").fetchall()) == 4
    with pytest.raises(duckdb.Error, match="no release 2020; see n156130000_places_releases"):
        connection.sql("FROM n156130000_places_at('2020')").fetchall()


@pytest.mark.parametrize("form", ["lake.sql", "lake.duckdb"])
def test_the_changes_of_the_current_release_are_a_view(small: DirectoryStore, tmp_path: Path, form: str) -> None:
    told = f"SELECT 'far' AS id, 'added' AS change, []::VARCHAR[] AS attributes, geometry FROM ({SEA}) LIMIT 1"
    last = table_release(tmp_path / "last", SEA, built="2026-11-03T00:00:00Z", changed=told)
    publish(desk(small), last)
    connection = connect()
    connection.execute(f"SET VARIABLE n156130000 = '{tmp_path}/lake/'")
    if form == "lake.sql":
        connection.execute(small.get("lake.sql")[1].decode())
    else:
        connection.execute(f"ATTACH '{tmp_path}/lake/lake.duckdb' AS lake (READ_ONLY); USE lake")
    assert connection.sql("SELECT id, change FROM n156130000_places_changes").fetchall() == [("far", "added")]
    assert len(connection.sql("FROM n156130000_places").fetchall()) == 4, "the product is its table, not its changes"
    with pytest.raises(duckdb.Error, match="n156130000_kept_changes"):
        connection.sql("FROM n156130000_kept_changes")


def test_what_was_withdrawn_is_gone_and_the_rest_answers(small: DirectoryStore, tmp_path: Path) -> None:
    withdraw(desk(small), "places", "privacy")
    assert b"places" not in small.get("lake.sql")[1]
    for name in ("lake.sql", "lake.duckdb"):
        connection = opened(small, tmp_path)
        if name == "lake.duckdb":
            connection.execute(f"ATTACH '{tmp_path}/lake/lake.duckdb' AS lake (READ_ONLY); USE lake")
        assert connection.sql("SELECT count(*) FROM n156130000_kept(-180, -90, 180, 90)").fetchall() == [(4,)]


def test_a_macro_never_takes_the_name_of_another_product(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "lake")
    for product in ("sea", "sea-at", "sea-releases"):
        publish(desk(store), table_release(tmp_path / product, SEA, product))
    connection = opened(store, tmp_path)
    assert len(connection.sql("FROM n156130000_sea_at(-180, -90, 180, 90)").fetchall()) == 4
    assert len(connection.sql("FROM n156130000_sea_releases").fetchall()) == 4


def test_the_database_is_written_only_when_a_definition_changes(small: DirectoryStore, tmp_path: Path) -> None:
    before = small.head("lake.duckdb").etag
    rollback(desk(small), "places")
    rolled = small.head("lake.duckdb").etag
    assert rolled != before
    node = replace(NODE, settings=replace(NODE.settings, notice="演示"))
    publish(replace(desk(small), node=node), table_release(tmp_path / "again", SEA, "kept"))
    assert small.head("lake.duckdb").etag == rolled


def test_equal_histories_give_equal_text(small: DirectoryStore) -> None:
    histories = current_histories(small)
    assert lake_sql(NODE, histories) == lake_sql(NODE, histories) == small.get("lake.sql")[1].decode()
