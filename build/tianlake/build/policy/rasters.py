"""Rasters: resolution, grid and reach, from their own pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import rasterio
import shapely
from rasterio.errors import RasterioError
from rasterio.features import shapes
from rasterio.io import DatasetReader
from rasterio.warp import transform_geom
from rasterio.windows import Window
from shapely.geometry import shape as as_shape
from shapely.geometry.base import BaseGeometry

from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.ground import area_km2
from tianlake.build.policy.jurisdiction import check_shape
from tianlake.build.policy.look import Look
from tianlake.build.raster.facts import native_gsd
from tianlake.lake.policy import Rule
from tianlake.lake.words import CGCS2000, Text

SLACK: Final = 0.01
"""Share by which a size may be finer than its limit: bringing 0.5 m to degrees rounds."""

MASK: Final = 512
"""Pixels of the longer side at which the valid part of a raster is looked at."""

PICTURE_BANDS: Final = 3

_HEIGHTS: Final = re.compile(r"高程|地形起伏|(?i:\b(?:dem|dsm|dtm|elevation|height)\b)")
"""Words in tags and descriptions of bands that say that values are heights."""


def check_raster(look: Look, name: str, path: Path) -> Iterator[Finding]:
    """Yield what the pixels of a TIFF are too fine for, and where they lie."""
    try:
        with rasterio.open(path) as raster:
            if raster.crs is None:
                return
            size, covered = native_gsd(raster, raster.crs), _covered(raster)
            heights = _are_heights(look, raster)
            picture = look.candidate.card.product_class == "imagery" or raster.count >= PICTURE_BANDS
    except RasterioError:
        return  # the leak gate tells of a file that nobody can read
    if heights:
        yield from _too_fine(look, "grid", name, size, Text("高程格网间距", "grid spacing"))
        yield from _too_wide(look, "grid-area", name, size, covered)
    elif picture:
        yield from _too_fine(look, "gsd", name, size, Text("影像地面分辨率", "ground sample distance"))
        yield from _too_wide(look, "image-area", name, size, covered)
    yield from check_shape(look, name, covered)


def _too_fine(look: Look, check: str, name: str, size: float, what: Text) -> Iterator[Finding]:
    for rule in look.policy.of(check):
        least = rule.parameters["least_m"]
        if size < least * (1 - SLACK):
            text = Text(f"{what.zh} {size:g} 米，优于 {least:g} 米", f"{what.en} {size:g} m is finer than {least:g} m")
            yield finding(rule, name, "", text)


def _too_wide(look: Look, check: str, name: str, size: float, covered: BaseGeometry) -> Iterator[Finding]:
    for rule in look.policy.of(check):
        if size <= rule.parameters["finest_m"] * (1 + SLACK):
            yield from over_limit(rule, name, covered)


def over_limit(rule: Rule, name: str, covered: BaseGeometry) -> Iterator[Finding]:
    """Yield the largest piece of detailed data, where it is larger than a rule lets it be."""
    limit = rule.parameters["most_km2"]
    largest = max((area_km2(piece) for piece in getattr(covered, "geoms", [covered])), default=0.0)
    if largest > limit:
        text = Text(
            f"{rule.parameters['finest_m']:g} 米及更精细的数据连片 {largest:,.1f} 平方千米，超过 {limit:g} 平方千米",
            f"data of {rule.parameters['finest_m']:g} m or finer covers {largest:,.1f} km² in one piece, "
            f"more than {limit:g} km²",
        )
        yield finding(rule, name, "", text)


def _are_heights(look: Look, raster: DatasetReader) -> bool:
    if look.candidate.card.product_class == "terrain":
        return bool(raster.count == 1)
    said = [str(value) for value in raster.tags().values()] + [each or "" for each in raster.descriptions]
    told = any(_HEIGHTS.search(each) for each in said) or raster.units[0] in {"m", "metre", "meter", "米"}
    return bool(raster.count == 1 and told)


def _covered(raster: DatasetReader) -> BaseGeometry:
    """Return the ground that valid pixels cover, in degrees, from a small picture of the mask."""
    step = max(raster.width, raster.height) / MASK
    width, height = (max(1, round(side / max(step, 1))) for side in (raster.width, raster.height))
    mask = raster.dataset_mask(out_shape=(height, width))
    small = raster.window_transform(Window(0, 0, raster.width, raster.height)) @ raster.transform.scale(
        raster.width / width, raster.height / height
    )
    found = [each for each, value in shapes(mask, mask=mask > 0, connectivity=8, transform=small) if value]
    return shapely.union_all([as_shape(transform_geom(raster.crs, CGCS2000, each)) for each in found])
