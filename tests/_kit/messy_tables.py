"""Tables: coordinates in columns, written in many ways."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import pandas as pd
from kit import DATA
from messy_cases import CSV_4490, Read, csv, lonlat
from messy_kit import (
    seats,
    sexagesimal,
    table,
)
from shapely import Point

from tianlake.lake.recipes import Source


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


CASES = [
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
]
