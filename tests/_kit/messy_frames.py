"""Coordinate systems: zones with and without their number, old datums, shifted coordinates."""

from __future__ import annotations

from dataclasses import replace

import geopandas
from messy_cases import GEOD, Read, as_datum, as_datum_of, csv
from messy_kit import (
    Frame,
    bd09,
    counties,
    gcj02,
    geocentric,
    seats,
    shapefile,
    shifted,
    table,
)
from shapely import Point

from tianlake.lake.recipes import Source


def eastings(folder, written: int, declared: int, *, turned: bool = False, **options) -> Read:
    frame = seats()
    moved = frame.to_crs(written).geometry
    x, y = (moved.y, moved.x) if turned else (moved.x, moved.y)
    csv(folder, table(frame, X=x, Y=y))
    return Read(Source("a.csv", crs=f"EPSG:{declared}", **options), as_datum_of(written, frame), accuracy_m="any")


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


CASES = [
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
]
