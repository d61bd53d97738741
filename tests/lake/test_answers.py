"""Answers of a query, read back by readers that are not DuckDB."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pyproj
import pytest

from tianlake.lake.answers import answer_text, read_rows, save_answer
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.query import read_from, run

POINT = "'POINT (116.4 39.9)'::GEOMETRY('EPSG:4490')"
EVERY_TYPE = """
SELECT DATE '2026-01-02' AS "date", TIMESTAMP '2026-01-02 10:00:00' AS "time",
  TIMESTAMPTZ '2026-01-02 10:00:00+08' AS zone, INTERVAL 3 DAY AS span, 1.10::DECIMAL(10, 2) AS "decimal",
  [1, NULL] AS list, {'a': 1, 'b': [DATE '2026-01-02']} AS struct,
  MAP {'k': 'v'} AS map, '\\xAA'::BLOB AS blob, 170141183460469231731687303715884105727::HUGEINT AS huge, true AS yes,
  NULL AS nothing, 'NaN'::DOUBLE AS nan, {'deep': ['-inf'::FLOAT]} AS infinite, '引"号''
行' AS text
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return connect()


def as_json(connection: duckdb.DuckDBPyConnection, statement: str, form: str = "json"):
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads("".join(answer_text(run(connection, statement), form)), parse_constant=refuse)


def test_json_holds_every_type_and_no_number_that_json_does_not_know(connection: duckdb.DuckDBPyConnection) -> None:
    assert as_json(connection, EVERY_TYPE) == [
        {
            "date": "2026-01-02",
            "time": "2026-01-02 10:00:00",
            "zone": "2026-01-02 02:00:00+00",
            "span": "3 days",
            "decimal": 1.1,
            "list": [1, None],
            "struct": {"a": 1, "b": ["2026-01-02"]},
            "map": {"k": "v"},
            "blob": "\\xAA",
            "huge": 170141183460469231731687303715884105727,
            "yes": True,
            "nothing": None,
            "nan": None,
            "infinite": {"deep": [None]},
            "text": "引\"号'\n行",
        }
    ]


def test_csv_reads_back_with_json_in_nested_cells(connection: duckdb.DuckDBPyConnection) -> None:
    text = "".join(answer_text(run(connection, EVERY_TYPE), "csv"))
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["text"], row["nothing"], row["decimal"]) == ("引\"号'\n行", "", "1.10")
    assert json.loads(row["struct"]) == {"a": 1, "b": ["2026-01-02"]}
    assert json.loads(row["list"]) == [1, None]


def test_columns_of_one_name_are_all_kept(connection: duckdb.DuckDBPyConnection) -> None:
    statement = "SELECT 1 a, 2 a, 3 A, 4 a_1"
    assert as_json(connection, statement) == [{"a": 1, "a_1": 2, "A_2": 3, "a_1_1": 4}]
    header, rows = read_rows(run(connection, statement))
    assert (header, list(rows)) == (["a", "a", "A", "a_1"], [("1", "2", "3", "4")])


def test_an_answer_without_rows_is_whole(connection: duckdb.DuckDBPyConnection) -> None:
    statement = f"SELECT {POINT} AS geometry, 1 AS a WHERE false"
    assert as_json(connection, statement) == []
    assert as_json(connection, statement, "geojson") == {"type": "FeatureCollection", "features": []}
    assert "".join(answer_text(run(connection, statement), "csv")) == "geometry,a\n"


def test_an_answer_is_given_out_while_it_is_made(connection: duckdb.DuckDBPyConnection) -> None:
    pieces = answer_text(run(connection, "SELECT i FROM range(100_000_000_000) t(i)"), "json")
    assert [next(pieces) for _ in range(3)] == ["[", '\n{"i":0}', ',\n{"i":1}']


def test_geojson_keeps_longitude_first_and_rows_without_geometry(connection: duckdb.DuckDBPyConnection) -> None:
    found = as_json(
        connection, f"SELECT {POINT} AS g, 'x' AS \"type\", 1 AS bbox UNION ALL SELECT NULL, 'y', 2", "geojson"
    )
    assert found["type"] == "FeatureCollection"
    assert [(each["type"], each["geometry"], each["properties"]) for each in found["features"]] == [
        ("Feature", {"type": "Point", "coordinates": [116.4, 39.9]}, {"type": "x"}),
        ("Feature", None, {"type": "y"}),
    ]
    assert as_json(connection, f"SELECT {POINT} AS g", "geojson")["features"][0]["properties"] == {}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT 1 AS a", "geojson needs a geometry column"),
        ("SELECT 'POINT (1 2)'::GEOMETRY('EPSG:3857') AS g", "'g' is in EPSG:3857: ST_Transform it"),
        (f"SELECT ST_Transform({POINT}, 'EPSG:4490', 'EPSG:4547') AS g", "'g' holds greater numbers: ST_Transform it"),
        ("SELECT error('broken')", "broken"),
    ],
)
def test_an_answer_that_cannot_be_geojson_is_told_in_one_line(
    connection: duckdb.DuckDBPyConnection, statement: str, said: str
) -> None:
    with pytest.raises(LakeError) as caught:
        list(answer_text(run(connection, statement), "geojson" if "error" not in statement else "json"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_geoparquet_carries_the_crs_of_the_lake(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    target = tmp_path / "it's 中.parquet"
    save_answer(run(connection, f"SELECT ST_Centroid({POINT}) AS geometry, 1 AS a, 2 AS a"), "parquet", target)
    file = pq.ParquetFile(target)
    geo = json.loads(file.metadata.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert pyproj.CRS.from_json_dict(column["crs"]).to_epsg() == 4490
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert file.schema_arrow.names == ["geometry", "a", "a_1"]


def test_geoparquet_of_unknown_crs_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    statement = f"SELECT ST_Transform({POINT}, 'EPSG:4490', 'EPSG:3857') AS g"
    with pytest.raises(LakeError, match=r"'g' has no CRS; declare it, such as ST_SetCRS"):
        save_answer(run(connection, statement), "parquet", tmp_path / "x.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_statement_that_fails_leaves_the_file_that_was_there(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, form: str
) -> None:
    target = tmp_path / "answer"
    target.write_text("before")
    relation = run(connection, "SELECT CASE WHEN i = 9999 THEN error('broken') ELSE i END AS i FROM range(10000) t(i)")
    with pytest.raises(LakeError, match="broken"):
        save_answer(relation, form, target)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("answer", "before")]


def test_a_link_is_followed_and_what_is_no_file_is_left_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "real.csv").write_text("before")
    (tmp_path / "link.csv").symlink_to("real.csv")
    save_answer(run(connection, "SELECT 7 AS a"), "csv", tmp_path / "link.csv")
    assert (tmp_path / "real.csv").read_text() == "a\n7\n"
    assert (tmp_path / "link.csv").is_symlink()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, said in (("pipe.csv", "no file that could be replaced"), ("", "no file that"), ("no/x.csv", "no folder")):
        with pytest.raises(LakeError, match=said):
            save_answer(run(connection, "SELECT 7 AS a"), "csv", tmp_path / name)
    assert (tmp_path / "pipe.csv").is_fifo()


def test_a_full_disk_is_the_disks_failure(connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match=r"x\.csv: cannot be written: No space left"):
        save_answer(run(connection, "SELECT 7 AS a"), "csv", tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "statement", ["", "SELECT 1; SELECT 2", "COPY (SELECT 1) TO 'x.csv'", "ATTACH ':memory:' AS b", "SET threads = 1"]
)
def test_nothing_but_one_select_is_run(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    with pytest.raises(LakeError, match="exactly one SELECT"):
        run(connection, statement)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("file:lake", "{base}/lake/156130000/"),
        ("file:/srv/{code}/x y", "/srv/156130000/x y/"),
        ("file:///srv/lake", "/srv/lake/156130000/"),
        ("s3://tianlake-{code}", "s3://tianlake-156130000/"),
        ("s3://bucket/prefix/", "s3://bucket/prefix/156130000/"),
    ],
)
def test_duckdb_reads_where_the_store_writes(url: str, where: str, tmp_path: Path) -> None:
    assert read_from(url, "156130000", tmp_path) == where.replace("{base}", str(tmp_path))
