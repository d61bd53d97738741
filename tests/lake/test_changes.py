"""Two releases compared: tables written by pyarrow, what is expected worked out in Python."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.lake.changes import CHANGED, Sides, check_ids, check_older, find_changes, has_geometry
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Changes

BASE = "20261101T000000Z-0a1b2c3d"

PLACES = [shapely.Point(1, 2), shapely.Point(1, 2.5), shapely.LineString([(0, 0), (1, 1)])]
PLACES.append(PLACES[2].reverse())  # another direction: another line
NUMBERS = st.sampled_from([None, 0.0, 1.5, math.nan, math.inf])
FEATURES = st.dictionaries(
    st.integers(0, 9).map(lambda number: f"甲{number}'"),
    st.tuples(st.sampled_from(PLACES), NUMBERS, st.sampled_from(["", "乙", None])),
)


def table(file: Path, features: dict[str, Any], types: tuple[str, str, str] = ("string", "float64", "string")) -> str:
    """Write features as GeoParquet: id → place, a number, a text."""
    columns: dict[str, list[Any]] = {"id 号": list(features)}
    columns |= {name: [row[place] for row in features.values()] for name, place in (("数", 1), ("a'b", 2))}
    arrays = {name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), types, strict=True)}
    arrays["geometry"] = pa.array([shapely.to_wkb(row[0]) for row in features.values()], "binary")
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    geo["columns"]["geometry"]["geometry_types"] = []  # type: ignore[index]
    pq.write_table(pa.table(arrays).replace_schema_metadata({"geo": json.dumps(geo)}), file)
    return str(file)


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same: NaN is NaN, NULL is NULL."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other


def compared(connection: duckdb.DuckDBPyConnection, older: str, newer: str) -> tuple[Changes, dict[str, Any]]:
    changes = find_changes(connection, Sides(older, newer, "id 号"), BASE)
    found = connection.sql(f"SELECT id, change, attributes, ST_AsWKB(geometry) FROM {CHANGED}").fetchall()
    assert len({row[0] for row in found}) == len(found)
    return changes, {code: (kind, names, shapely.from_wkb(bytes(wkb))) for code, kind, names, wkb in found}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return connect(threads=1)


@given(old=FEATURES, new=FEATURES)
@settings(max_examples=60, deadline=None)
def test_old_features_with_the_changes_applied_are_the_new_features(
    connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory, old: Any, new: Any
) -> None:
    folder = tmp_path_factory.mktemp("sides")  # releases are never written again: DuckDB may remember a file
    changes, found = compared(connection, table(folder / "old", old), table(folder / "new", new))
    applied = dict(old)
    for code, (kind, names, shape) in found.items():
        if kind == "removed":
            assert applied.pop(code)[0] == shape
            continue
        assert shape == new[code][0]
        assert (kind == "added") == (code not in old)
        if kind != "added":
            told = {name: new[code][place] for name, place in (("数", 1), ("a'b", 2)) if name in names}
            assert all(not same(value, old[code][1 if name == "数" else 2]) for name, value in told.items())
            assert (kind == "geometry") == (shape != old[code][0])
            applied[code] = (shape, told.get("数", old[code][1]), told.get("a'b", old[code][2]))
        else:
            applied[code] = new[code]
    assert applied.keys() == new.keys()
    assert all(same(one, other) for code in new for one, other in zip(applied[code], new[code], strict=True))
    kinds = [kind for kind, *_ in found.values()]
    counted = {kind: kinds.count(kind) for kind in ("added", "geometry", "attributes", "removed")}
    assert {kind: getattr(changes, kind) for kind in counted} == counted
    assert changes.unchanged == len(new) - len(found) + counted["removed"]


def test_a_column_that_came_went_or_got_another_type_changes_no_feature(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    features = {"1": (PLACES[0], 5, "07"), "2": (PLACES[1], 6, "8"), "3": (PLACES[1], None, None)}
    older = table(tmp_path / "old", features, ("string", "int32", "string"))
    renamed = pq.read_table(table(tmp_path / "new", features, ("string", "float64", "string")))
    changes, found = compared(connection, older, str(tmp_path / "new"))
    assert (changes.unchanged, changes.columns_retyped, found) == (3, ("数",), {})
    metadata = renamed.schema.metadata
    renamed = renamed.rename_columns(["id 号", "数", "neu", "geometry"]).replace_schema_metadata(metadata)
    pq.write_table(renamed, tmp_path / "renamed")
    changes, found = compared(connection, older, str(tmp_path / "renamed"))
    assert (changes.columns_added, changes.columns_removed, found) == (("neu",), ("a'b",), {})


def test_a_value_that_a_new_type_cannot_hold_is_changed(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    older = table(tmp_path / "old", {"1": (PLACES[0], 5.5, "07"), "2": (PLACES[0], 6.0, "8")})
    changed = {"1": (PLACES[0], 5, 7), "2": (PLACES[0], 6, 8)}
    changes, found = compared(connection, older, table(tmp_path / "new", changed, ("string", "int64", "int64")))
    assert changes.attributes == 1
    assert found["1"][:2] == ("attributes", ["数", "a'b"])


def test_ids_of_another_type_are_compared_as_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    row = (PLACES[0], 1.0, "x")
    older = table(tmp_path / "old", {"1": row, "02": row})
    changes, found = compared(
        connection,
        older,
        table(tmp_path / "new", {1: row, 2: row}, ("int64", "float64", "string")),  # type: ignore[dict-item]
    )
    assert (changes.unchanged, {code: kind for code, (kind, *_) in found.items()}) == (
        1,
        {"02": "removed", "2": "added"},
    )


@pytest.mark.parametrize(
    ("ids", "rule"), [(["1", None], "null in 1 features and repeats a value in 0"), (["1", "1"], "null in 0")]
)
def test_an_id_that_names_no_feature_or_two_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, ids: list[str | None], rule: str
) -> None:
    made = pq.read_table(table(tmp_path / "good", {"1": (PLACES[0], 1.0, "x"), "2": (PLACES[0], 1.0, "x")}))
    pq.write_table(made.set_column(0, "id 号", pa.array(ids, "string")), tmp_path / "bad")
    check_ids(connection, str(tmp_path / "good"), "id 号", "release x")
    with pytest.raises(LakeError, match=f"release x: id 号: is {rule}"):
        check_ids(connection, str(tmp_path / "bad"), "id 号", "release x")
    with pytest.raises(LakeError, match="release x: has no column 'code'"):
        check_ids(connection, str(tmp_path / "good"), "code", "release x")


def plain(file: Path, **columns: list[Any]) -> str:
    """Write rows without geometry, some attributes of which are called as those of features are."""
    pq.write_table(pa.table(columns), file)
    return str(file)


def test_rows_without_geometry_are_compared_by_attributes_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    older = plain(
        tmp_path / "old", id=["1", "2", "3", "4"], n=[1.0, math.nan, None, 4.0], geometry=["a", "b", "c", "d"]
    )
    newer = plain(
        tmp_path / "new", id=["1", "2", "3", "5"], n=[1.5, math.nan, None, 5.0], geometry=["a", "b", "C", "e"]
    )
    sides = Sides(older, newer, "id")
    check_older(connection, sides, "release x")
    changes = find_changes(connection, sides, BASE)
    assert changes == Changes(BASE, added=1, geometry=0, attributes=2, removed=1, unchanged=1)
    assert not has_geometry(connection)
    answer = connection.sql(f"FROM {CHANGED} ORDER BY id")
    assert (answer.columns, answer.fetchall()) == (
        ["id", "change", "attributes"],
        [
            ("1", "attributes", ["n"]),
            ("3", "attributes", ["geometry"]),
            ("4", "removed", []),
            ("5", "added", []),
        ],
    )


def test_a_plain_column_called_geometry_that_got_another_type_is_told(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    older, newer = plain(tmp_path / "old", id=[1], geometry=["7"]), plain(tmp_path / "new", id=[1], geometry=[7])
    changes = find_changes(connection, Sides(older, newer, "id"), BASE)
    assert (changes.columns_retyped, changes.unchanged) == (("geometry",), 1)


def test_rows_that_hold_an_id_alone_come_and_go(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    older, newer = plain(tmp_path / "old", id=[1, 2]), plain(tmp_path / "new", id=[2, 3, 4])
    changes = find_changes(connection, Sides(older, newer, "id"), BASE)
    assert changes == Changes(BASE, added=2, geometry=0, attributes=0, removed=1, unchanged=1)


def test_features_are_not_compared_with_rows_without_geometry(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    features = table(tmp_path / "features", {"1": (PLACES[0], 1.0, "x")})
    rows = plain(tmp_path / "rows", **{"id 号": ["1"]})
    with pytest.raises(LakeError, match="release x: has geometry and the newer rows have none"):
        check_older(connection, Sides(features, rows, "id 号"), "release x")
    with pytest.raises(LakeError, match="release x: has no geometry and the newer features have"):
        check_older(connection, Sides(rows, features, "id 号"), "release x")
    check_older(connection, Sides(rows, rows, "id 号"), "release x")


def test_a_thousandth_of_a_million_changed_features_is_found_in_five_seconds(tmp_path: Path) -> None:
    """Made areas of a hundredth of a degree. Processor time of all threads, so that a busy machine does not count."""
    older, newer = tmp_path / "old.parquet", tmp_path / "new.parquet"
    with connect(memory_limit="1GiB", threads=2, scratch=tmp_path) as made:
        made.execute("SET enable_progress_bar = false")
        made.execute(
            "COPY (SELECT 'n' || i AS code, 'name ' || i % 1000 AS name, i % 6 AS class, "
            "ST_MakeEnvelope(x, y, x + 0.01, y + 0.01) AS geometry "
            "FROM (SELECT i, 100 + i % 1200 * 0.01 AS x, 30 + i // 1200 * 0.01 AS y "
            f"FROM range(1000000) r(i))) TO '{older}'"
        )
        made.execute(
            f"COPY (SELECT * REPLACE (CASE WHEN hash(code) % 1000 = 0 THEN class + 1 ELSE class END AS class) "
            f"FROM '{older}') TO '{newer}'"
        )
        [(wanted,)] = made.sql(f"SELECT count(*) FROM '{older}' WHERE hash(code) % 1000 = 0").fetchall()
        start = time.process_time()
        for file in (older, newer):
            check_ids(made, str(file), "code", "made")
        changes = find_changes(made, Sides(str(older), str(newer), "code"), BASE)
        assert time.process_time() - start < 5
    assert (changes.attributes, changes.unchanged) == (wanted, 1_000_000 - wanted)
    assert 800 < wanted < 1200
