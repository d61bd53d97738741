"""How much of it there is, and in which coordinates, in one line each."""

from __future__ import annotations

from collections.abc import Iterator

from tianlake.lake.releases import Candidate, PointCloudFacts, RasterFacts, TableFacts, TilesetFacts
from tianlake.stac.assets import scenes


def amount(candidate: Candidate) -> str:
    """Return the amount of a product's first kind of data, in both languages."""
    rasters = [each.facts for each in scenes(candidate) if isinstance(each.facts, RasterFacts)]
    if len(rasters) == 1:
        return f"{rasters[0].width:,}×{rasters[0].height:,} px"
    if rasters:
        return f"{len(rasters):,} 景 · scenes"
    return next(_amounts(candidate), "–")


def coordinates(candidate: Candidate) -> str:
    """Return the CRS that a product's data is in: all is in CGCS2000 but what is taken in as it is."""
    for asset in candidate.assets:
        match asset.facts:
            case PointCloudFacts() as facts:
                return f"{facts.crs}（点云原坐标系 · as the points were handed over）"
            case TilesetFacts():
                return "EPSG:4978（三维瓦片，地心坐标 · 3D Tiles, geocentric）"
            case TableFacts(geometry_column=None) if asset.role == "data":
                return "无几何 · no geometry"
            case _:
                continue
    return "CGCS2000（EPSG:4490），经度在前 · longitude first"


def _amounts(candidate: Candidate) -> Iterator[str]:
    clouds = [each.facts for each in candidate.assets if isinstance(each.facts, PointCloudFacts)]
    if clouds:
        yield f"{sum(each.points for each in clouds):,} 点 · points"
    for asset in candidate.assets:
        match asset.facts:
            case TableFacts(geometry_column=None) as facts if asset.role == "data":
                yield f"{facts.rows:,} 行 · rows"
            case TableFacts() as facts if asset.role == "data":
                yield f"{facts.rows:,} 要素 · features"
            case TilesetFacts() as facts:
                yield f"{facts.contents:,} 个三维瓦片 · 3D tiles"
            case _:
                continue
