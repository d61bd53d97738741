"""3D: how much ground models and points cover, and how dense points lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import degrees, sqrt
from pathlib import Path
from typing import Final

import shapely

from tianlake.build.earth import world_box
from tianlake.build.policy.findings import Finding
from tianlake.build.policy.ground import box_km2
from tianlake.build.policy.jurisdiction import check_shape
from tianlake.build.policy.look import Look
from tianlake.build.policy.rasters import over_limit
from tianlake.build.threed.copc import read_cloud
from tianlake.build.threed.pointcloud import lonlat_bounds
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Asset, PointCloudFacts, TilesetFacts
from tianlake.lake.words import Bounds

M_PER_KM: Final = 1000


def check_cloud(look: Look, asset: Asset, path: Path) -> Iterator[Finding]:
    """Yield what a COPC file's header says: points that lie densely over too much ground, or over the border."""
    crs = asset.facts.crs if isinstance(asset.facts, PointCloudFacts) else None
    try:
        cloud = read_cloud(path, asset.name, crs)
        box = lonlat_bounds(cloud)
    except LakeError:
        return  # the leak gate tells of a file that nobody can read
    covered = shapely.box(*box.as_list())
    spacing = sqrt(box_km2(box) / max(cloud.header.point_count, 1)) * M_PER_KM
    for rule in look.policy.of("solid-area"):
        if spacing <= rule.parameters["finest_m"]:
            yield from over_limit(rule, asset.name, covered)
    yield from check_shape(look, asset.name, covered)


def check_tileset(look: Look, asset: Asset, path: Path) -> Iterator[Finding]:
    """Yield where the root of a 3D Tiles tileset covers too much ground: models tell no accuracy."""
    box = _root(path) or (asset.facts.bounds if isinstance(asset.facts, TilesetFacts) else None)
    if box is not None and box.west <= box.east:
        for rule in look.policy.of("solid-area"):
            yield from over_limit(rule, asset.name, shapely.box(*box.as_list()))


def _root(path: Path) -> Bounds | None:
    """Return the box of a tileset's root region (3D Tiles 1.1, radians); None where its volume is another."""
    try:
        west, south, east, north = json.loads(path.read_bytes())["root"]["boundingVolume"]["region"][:4]
        return world_box(degrees(west), degrees(south), degrees(east), degrees(north))
    except (ValueError, KeyError, TypeError, IndexError):
        return None
