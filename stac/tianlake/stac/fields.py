"""What STAC says of an asset by what was read back from its file: projection, bands, tables, tiles, points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from tianlake.lake.releases import (
    Band,
    Column,
    Facts,
    PointCloudFacts,
    RasterFacts,
    TableFacts,
    TileFacts,
    TilesetFacts,
)
from tianlake.lake.words import both
from tianlake.stac.profile import Json
from tianlake.stac.texts import number

TILE_CRS: Final = {"WebMercatorQuad": "EPSG:3857", "CGCS2000Quad": "EPSG:4490"}
"""Tile matrix set → the CRS its tiles are cut in."""


def asset_fields(facts: Facts | None) -> Json:
    """Return what an asset says of its content beside its address, size and hash.

    Members without a registered extension are `tianlake:` ones: heights are metres above the ellipsoid of a
    tileset, and of a point cloud in the unit of its CRS.
    """
    match facts:
        case TableFacts(crs=str(crs)):
            return {"proj:code": crs}
        case RasterFacts():
            return raster_fields(facts)
        case TileFacts():
            return _tiles(facts)
        case TilesetFacts():
            return {
                "tianlake:3dtiles_version": facts.version,
                "tianlake:geometric_error": number(facts.geometric_error),
                "tianlake:contents": {"files": facts.contents, "types": list(facts.content_types)},
                **_heights(facts.heights),
            }
        case PointCloudFacts():
            return {"proj:code": facts.crs, **_heights(facts.heights), **_points(facts)}
        case _:
            return {}


def _tiles(facts: TileFacts) -> Json:
    found: Json = {"tianlake:tile_matrix_set": facts.matrix_set}
    if (crs := TILE_CRS.get(facts.matrix_set)) is not None:
        found["proj:code"] = crs
    if facts.encoding is not None:
        found["tianlake:encoding"] = facts.encoding
    return found


def _heights(heights: tuple[float, float] | None) -> Json:
    return {"tianlake:heights": [number(each) for each in heights]} if heights else {}


def _points(facts: PointCloudFacts) -> Json:
    """Return the fields of the pointcloud extension (2.0.0)."""
    return {
        "pc:count": facts.points,
        "pc:type": "lidar",
        "pc:schemas": [_dimension(each) for each in facts.dimensions],
    }


def _dimension(column: Column) -> Json:
    """Return a LAS dimension as the extension wants it: its size in bytes, and what kind of number."""
    kinds = {"u": "unsigned", "i": "signed", "f": "floating"}
    return {"name": column.name, "size": int(column.type[1:]), "type": kinds[column.type[0]]}


def raster_fields(facts: RasterFacts) -> Json:
    """Return the projection, raster and band fields of a COG; classes go into `file:values`.

    The profile's registry has no classification extension; `file:values` (file extension 2.1.0) is its home for
    what coded values mean.
    """
    bounds = facts.bounds.as_list()
    found: Json = {
        "gsd": facts.gsd_m,
        "proj:code": facts.crs,
        "proj:shape": [facts.height, facts.width],
        "proj:transform": [number(each) for each in facts.transform],
        "bands": [_band(index, band, facts.gsd_m) for index, band in enumerate(facts.bands, 1)],
    }
    if facts.bounds.west <= facts.bounds.east:
        found["proj:bbox"] = bounds
    if facts.relief is not None:
        found["tianlake:vertical_crs"] = facts.relief.vertical_crs
        found["tianlake:grid_spacing_m"] = facts.relief.grid_spacing_m
        found["tianlake:contour_interval_m"] = facts.relief.contour_interval_m
    if facts.classes:
        found["file:values"] = [{"values": [each.value], "summary": both(each.title)} for each in facts.classes]
    return found


def _band(index: int, band: Band, gsd_m: float) -> Json:
    found: Json = {
        "name": f"b{index}",
        "data_type": band.data_type,
        "raster:sampling": "area",
        "raster:spatial_resolution": gsd_m,
    }
    if band.nodata is not None:
        found["nodata"] = nodata_value(band.nodata)
    limits = {"minimum": band.minimum, "maximum": band.maximum}
    known = {name: number(value) for name, value in limits.items() if value is not None and math.isfinite(value)}
    return found | ({"statistics": known} if known else {})


def nodata_value(value: float) -> float | str:
    """Return a nodata value as STAC writes it: JSON has no NaN and no infinity."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return number(value)


def renders(facts: RasterFacts, names: Sequence[str], title: str) -> Json:
    """Return the render extension's `renders` for rasters alike: the classes' colours, or the range of values."""
    found: Json = {"title": title, "assets": list(names), "resampling": "nearest" if facts.classes else "bilinear"}
    nodata = facts.bands[0].nodata
    if nodata is not None:
        found["nodata"] = nodata_value(nodata)
    if facts.classes:
        found["colormap"] = {str(each.value): _rgba(each.color) for each in facts.classes}
    elif len(facts.bands) >= 3:  # noqa: PLR2004 - red, green, blue
        found["bidx"] = [1, 2, 3]
    else:
        first = facts.bands[0]
        if first.minimum is not None and first.maximum is not None:
            found["rescale"] = [[number(first.minimum), number(first.maximum)]]
    return {"default": found}


def _rgba(color: str) -> list[int]:
    return [*bytes.fromhex(color.removeprefix("#")), 255]
