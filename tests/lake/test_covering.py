"""Answers saved as GeoParquet and GeoJSON, read by GeoPandas and GDAL."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio
import pytest

from tianlake.lake.answers import save_answer
from tianlake.lake.duck import connect
from tianlake.lake.query import run

ROWS = """
SELECT i AS id, ST_Point(100 + i / 10, 30)::GEOMETRY('EPSG:4490') AS geometry, {
  xmin: (99.99 + i / 10)::FLOAT, ymin: 29.99::FLOAT, xmax: (100.01 + i / 10)::FLOAT, ymax: 30.01::FLOAT} AS bbox
FROM range(100) t(i)
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return connect()


def saved(connection: duckdb.DuckDBPyConnection, statement: str, target: Path) -> Path:
    save_answer(run(connection, statement), target.suffix.removeprefix("."), target)
    assert list(target.parent.iterdir()) == [target]
    return target


def covering(file: Path) -> object:
    geo = json.loads(pq.read_metadata(file).metadata[b"geo"])
    return geo["columns"][geo["primary_column"]].get("covering")


def test_geopandas_reads_crs_rows_and_a_box_of_an_answer(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = saved(connection, ROWS, tmp_path / "answer.parquet")
    whole = gpd.read_parquet(file)
    assert whole.crs.to_epsg() == 4490
    assert (len(whole), whole.geometry.x.min(), whole.geometry.y.max()) == (100, 100, 30)
    part = gpd.read_parquet(file, bbox=(102, 29, 103, 31))  # by the covering: GeoPandas refuses where there is none
    assert sorted(part["id"]) == list(range(20, 31))
    assert list(whole["id"]) == list(range(100)), "the order of the answer"


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT * REPLACE (ST_SetCRS(ST_Buffer(geometry, 1), 'EPSG:4490') AS geometry) FROM ({ROWS})",
        f"SELECT * EXCLUDE (bbox), 'none' AS bbox FROM ({ROWS})",
        f"SELECT * EXCLUDE (bbox) FROM ({ROWS})",
        f"SELECT * REPLACE (CASE WHEN id <> 7 THEN bbox END AS bbox) FROM ({ROWS})",
    ],
    ids=["geometry moved", "no box", "no column", "a box is missing"],
)
def test_a_box_that_does_not_cover_is_not_declared(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str
) -> None:
    file = saved(connection, statement, tmp_path / "answer.parquet")
    assert covering(file) is None
    assert len(gpd.read_parquet(file)) == 100


def test_a_table_without_geometry_is_plain_parquet(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = saved(connection, f"SELECT id, bbox FROM ({ROWS})", tmp_path / "answer.parquet")
    assert b"geo" not in (pq.read_metadata(file).metadata or {})


def test_gdal_reads_geojson_in_longitude_and_latitude(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = saved(connection, ROWS, tmp_path / "answer.geojson")
    info = pyogrio.read_info(file, force_total_bounds=True)
    assert (info["features"], info["crs"], info["geometry_type"]) == (100, "EPSG:4326", "Point")
    assert info["total_bounds"] == pytest.approx((100, 30, 109.9, 30))
    assert "crs" not in json.loads(file.read_text("utf-8")), "RFC 7946 §4"
