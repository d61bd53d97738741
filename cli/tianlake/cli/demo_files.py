"""The demo's sources that are no plain copies: written anew as an office would hand them over.

Which features must not be shown is decided here: of the OpenStreetMap extract only the categories that are
OpenStreetMap's own are kept, without names that speak of the military or of detention.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Final

CATEGORIES: Final = ("道路", "交通", "建筑", "水系", "水域")
"""What comes from OpenStreetMap in that package; its other categories do not and are left out."""

WITHHELD: Final = ("部队", "军事", "军区", "武警", "营房", "看守所", "监狱", "拘留所", "戒毒所", "弹药", "军用")
"""Names with these words are not shown."""

READ_PLACES: Final = """
SELECT DISTINCT n AS name, c AS category, t AS type, ST_AsWKB(ST_Point(x, y)) AS geometry
FROM read_json($file, columns = {n: 'VARCHAR', c: 'VARCHAR', t: 'VARCHAR', x: 'DOUBLE', y: 'DOUBLE'})
WHERE list_contains($categories, c) AND NOT list_bool_or(list_transform($withheld, lambda word: contains(n, word)))
ORDER BY ALL
"""


def write_places(source: Path, target: Path) -> None:
    """Write the named features as a GeoPackage, as an office would hand them over."""
    import pyogrio  # noqa: PLC0415 - GDAL and DuckDB are loaded only when the file has to be made

    from tianlake.lake.duck import connect  # noqa: PLC0415

    parameters = {"file": str(source), "categories": list(CATEGORIES), "withheld": list(WITHHELD)}
    features = connect().execute(READ_PLACES, parameters).to_arrow_table()
    # GeoPackage writes the time of writing into itself: fixed, so that equal data gives equal bytes.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-07-01T00:00:00.000Z"})
    pyogrio.write_arrow(
        features,
        target,
        layer="named_features",
        driver="GPKG",
        geometry_name="geometry",
        geometry_type="Point",
        crs="EPSG:4326",
    )
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


FRAME: Final = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees: a frame that holds all of China, the islands in the South China Sea too."""

EVENT_FIELDS: Final = ("年份", "类型", "级别", "原代码", "原名称", "新代码", "新名称", "来源")


def write_picture(source: Path, target: Path) -> None:
    """Write a picture of the whole world, pixels in equal degrees, as a GeoTIFF of the frame of China (EPSG:4326)."""
    import warnings  # noqa: PLC0415 - as below: GDAL is loaded only when the file has to be made

    import rasterio  # noqa: PLC0415
    from rasterio.errors import NotGeoreferencedWarning  # noqa: PLC0415
    from rasterio.transform import from_bounds  # noqa: PLC0415
    from rasterio.windows import Window, transform  # noqa: PLC0415
    from rasterio.windows import from_bounds as window_of  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        picture = rasterio.open(source)
    with picture:
        world = from_bounds(-180, -90, 180, 90, picture.width, picture.height)
        window: Window = window_of(*FRAME, transform=world).round()
        shape = {"width": window.width, "height": window.height, "count": picture.count, "dtype": "uint8"}
        place = {"crs": "EPSG:4326", "transform": transform(window, world)}
        how = {"driver": "GTiff", "compress": "deflate", "tiled": True, "photometric": "RGB"}
        with rasterio.open(target, "w", **shape, **place, **how) as dataset:
            dataset.write(picture.read(window=window))


def write_division_changes(source: Path, target: Path) -> None:
    """Write the events of divisions that were renamed, merged, split or given another code, as a CSV in GB18030."""
    events = json.loads(source.read_bytes())["events"]
    with target.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(EVENT_FIELDS)
        for event in events:
            old, new = event["old"] or {}, event["new"] or {}
            units = (old.get("code"), old.get("name"), new.get("code"), new.get("name"))
            writer.writerow((event["year"], event["type"], event["level"], *units, event.get("source")))


def write_heights(source: Path, target: Path) -> None:
    """Write the heights of China, 5 arc minutes, as a GeoTIFF in metres.

    The file holds steps of 28 m from -450 m, and 255 for the sea (pvlib's `location.lookup_altitude`); its first row
    is the northernmost one of the globe.
    """
    import warnings  # noqa: PLC0415 - as above

    import numpy as np  # noqa: PLC0415
    import rasterio  # noqa: PLC0415
    from rasterio.errors import NotGeoreferencedWarning  # noqa: PLC0415
    from rasterio.transform import from_origin  # noqa: PLC0415
    from rasterio.windows import Window  # noqa: PLC0415

    west, north, east, south, cells = 73, 54, 136, 3, 12
    window = Window((west + 180) * cells, (90 - north) * cells, (east - west) * cells, (north - south) * cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(source) as stored:
            steps = stored.read(1, window=window)
    sea = -32768
    heights = np.where(steps == 255, sea, steps.astype(np.int16) * 28 - 450).astype(np.int16)  # noqa: PLR2004
    profile = {
        "driver": "GTiff",
        "dtype": "int16",
        "count": 1,
        "nodata": sea,
        "crs": "EPSG:4326",
        "compress": "deflate",
    }
    place = {
        "width": heights.shape[1],
        "height": heights.shape[0],
        "transform": from_origin(west, north, 1 / cells, 1 / cells),
    }
    with rasterio.open(target, "w", **profile, **place) as dataset:
        dataset.write(heights, 1)
        dataset.set_band_unit(1, "m")
