"""The GeoParquet file, as its specification's checker and other readers see it."""

import json

import duckdb
import geopandas
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
from pyproj import CRS
from shapely import LineString, Point, box
from vector_kit import gpio, make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import gather
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.lake.duck import connect
from tianlake.lake.recipes import Source

GOOD_ADVICE = (
    "Found bbox column 'bbox' with proper metadata covering",
    "ZSTD compression on geometry column 'geometry'",
    "Data appears to be spatially ordered",
)


@pytest.fixture
def written(job_of, tmp_path):
    """Return what takes a frame, or `source.parquet`, to a file and its facts by a build's own steps."""

    def run(frame: geopandas.GeoDataFrame | None):
        if frame is not None:
            frame.to_parquet(tmp_path / "source.parquet")
        job = job_of(make_recipe(Source("source.parquet")), tmp_path)
        with connect() as connection:
            features = gather(connection, job, silent)
            write_geoparquet(connection, features, job.out / "a.parquet")
            return job.out / "a.parquet", read_table_facts(connection, job.out / "a.parquet")

    return run


def geo_of(file):
    return json.loads(pq.read_metadata(file).metadata[b"geo"])


def failed_checks(home, file):
    report = json.loads(gpio(home, "check", "spec", "--json", "--sample-size", "0", file).stdout)
    return {
        check["name"]: check["details"] for check in report["checks"] if check["status"] not in {"passed", "skipped"}
    }


def test_the_checker_finds_no_fault(places, tmp_path):
    out, _ = places
    assert failed_checks(tmp_path, out / "sample.parquet") == {}
    advice = gpio(tmp_path, "check", "all", out / "sample.parquet")
    told = advice.stdout + advice.stderr
    assert advice.returncode == 0
    for line in GOOD_ADVICE:
        assert f"✓ {line}" in told
    assert "✗" not in told


def test_the_checker_minds_only_that_china_is_larger_than_the_area_of_use_in_epsg(divisions, tmp_path):
    """EPSG:4490's area of use ends at 73.62°E and 16.7°N; the boundary reaches 73.50°E and 3.4°N."""
    out, _ = divisions
    faults = failed_checks(tmp_path, out / "sample.parquet")
    assert list(faults) == ["coordinates_valid_for_crs_geometry"]
    assert "min_x=73.4990 < 73.62" in faults["coordinates_valid_for_crs_geometry"]
    area = CRS("EPSG:4490").area_of_use
    assert area is not None
    assert (area.west, area.south) == (73.62, 16.7)


def test_pyarrow_geopandas_and_duckdb_read_the_same(places):
    out, _ = places
    file = out / "sample.parquet"
    frame = geopandas.read_parquet(file)
    assert CRS(frame.crs).to_authority() == ("EPSG", "4490")
    assert pq.read_table(file).column("geometry").to_pylist() == list(frame.geometry.to_wkb())
    with connect() as connection:
        found = connection.sql(
            f"SELECT name, ST_AsWKB(geometry) FROM '{str(file).replace(chr(39), chr(39) * 2)}'"
        ).fetchall()
    assert found == list(zip(frame.name, frame.geometry.to_wkb(), strict=True))


def test_duckdb_sees_geometry_with_its_crs_and_without_extensions_of_ours(places):
    _, built = places
    kinds = {column.name: column.type for column in built.assets[0].facts.columns}
    assert kinds["geometry"] == "GEOMETRY('EPSG:4490')"


def test_boxes_hold_their_geometry_and_little_more(divisions):
    out, _ = divisions
    frame = geopandas.read_parquet(out / "sample.parquet")
    table = duckdb.sql(f"SELECT unnest(bbox) FROM '{out / 'sample.parquet'}'").fetchnumpy()
    exact = frame.geometry.bounds
    for side, low in (("minx", True), ("miny", True), ("maxx", False), ("maxy", False)):
        rounded = table[f"{side[3]}{side[:3]}"].astype(np.float64)
        slack = exact[side] - rounded if low else rounded - exact[side]
        assert (slack >= 0).all()
        assert (slack < 2e-5).all()


def test_the_metadata_says_what_the_specification_asks_for(divisions):
    out, _ = divisions
    geo = geo_of(out / "sample.parquet")
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["geometry_types"] == ["MultiLineString", "MultiPolygon", "Polygon"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4490}
    assert column["covering"]["bbox"] == {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    assert column["bbox"] == geopandas.read_parquet(out / "sample.parquet").total_bounds.tolist()


def test_row_groups_are_small_and_each_covers_a_part_of_the_whole(written):
    rng = np.random.default_rng(20261123)
    points = geopandas.points_from_xy(rng.uniform(73, 135, 60_000), rng.uniform(4, 53, 60_000))
    file, facts = written(geopandas.GeoDataFrame({"n": range(60_000)}, geometry=points, crs=4490))
    metadata = pq.ParquetFile(file).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [4096] * 14 + [2656]
    assert facts.row_groups == 15
    assert metadata.row_group(0).column(1).compression == "ZSTD"
    boxes = []
    for number in range(15):
        group = metadata.row_group(number)
        columns = {group.column(i).path_in_schema: group.column(i).statistics for i in range(group.num_columns)}
        boxes.append(
            box(columns["bbox.xmin"].min, columns["bbox.ymin"].min, columns["bbox.xmax"].max, columns["bbox.ymax"].max)
        )
    assert sum(each.area for each in boxes) < 1.7 * 62 * 49  # in the order of the source it would be 3


def test_neighbours_in_the_file_are_neighbours_on_the_ground(places):
    out, _ = places
    frame = geopandas.read_parquet(out / "sample.parquet").geometry
    steps = np.hypot(frame.x.diff(), frame.y.diff())[1:]
    shuffled = frame.sample(frac=1, random_state=1)
    far = np.hypot(shuffled.x.diff(), shuffled.y.diff())[1:]
    assert steps.mean() < 0.05 * far.mean()


def test_features_at_one_place_keep_the_order_of_the_source(written):
    frame = geopandas.GeoDataFrame({"n": range(100_000)}, geometry=[Point(116, 39)] * 100_000, crs=4490)
    file, _ = written(frame)
    assert pq.read_table(file, columns=["n"]).column("n").to_pylist() == list(range(100_000))


def test_heights_are_kept_and_said(written, tmp_path):
    frame = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(1, 2, 30), LineString([(0, 0), (1, 1)])], crs=4490)
    file, facts = written(frame)
    assert facts.geometry_types == ("LineString", "Point Z")
    assert geo_of(file)["columns"]["geometry"]["bbox"] == [0, 0, 30, 1, 2, 30]
    assert facts.bounds.as_list() == [0, 0, 1, 2]
    assert failed_checks(tmp_path, file).keys() <= {"coordinates_valid_for_crs_geometry"}


def test_a_single_point_has_a_file(written):
    file, facts = written(geopandas.GeoDataFrame({"n": [1]}, geometry=[Point(116, 39)], crs=4490))
    assert (facts.rows, facts.bounds.as_list()) == (1, [116, 39, 116, 39])
    assert geopandas.read_parquet(file).geometry[0] == Point(116, 39)


def test_types_of_attributes_come_through(written, tmp_path):
    with connect() as connection:
        connection.execute(
            "COPY (SELECT 1::TINYINT AS a, 2.5::DECIMAL(5, 2) AS b, DATE '2026-11-23' AS c, true AS d, ['x'] AS e, "
            "'y' AS f, NULL::INTEGER AS g, TIMESTAMP '2026-11-23 08:00:00' AS h, ST_Point(1, 2)::GEOMETRY AS geometry) "
            f"TO '{tmp_path}/source.parquet' (FORMAT parquet, GEOPARQUET_VERSION 'V1')"
        )
    _, facts = written(None)
    kinds = {column.name: column.type for column in facts.columns}
    assert [kinds[name] for name in "abcdefgh"] == [
        "TINYINT",
        "DECIMAL(5,2)",
        "DATE",
        "BOOLEAN",
        "VARCHAR[]",
        "VARCHAR",
        "INTEGER",
        "TIMESTAMP",
    ]


def test_gdal_reads_the_tiles_that_belong_to_the_table(divisions):
    out, built = divisions
    layers = dict(pyogrio.list_layers(out / "sample.pmtiles"))
    assert set(layers) == {"boundary", "province", "city", "county"}
    seen = pyogrio.read_dataframe(out / "sample.pmtiles", layer="province")
    wanted = geopandas.read_parquet(out / "sample.parquet").query("layer == 'province'")
    assert set(seen.name) == set(wanted.name)
    assert set(seen.code) == set(wanted.code)
    assert built.bounds.south == 3.408477
