"""The elevation model itself: one band of heights in metres as a COG in CGCS2000."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT

from tianlake.build.job import Job, Progress, recipe_file
from tianlake.build.raster.cog import gdal_options, write_cog, write_plain
from tianlake.build.raster.facts import native_gsd, read_facts
from tianlake.build.raster.grid import GRIDS, zoom_range
from tianlake.build.raster.source import RasterPlan, open_source
from tianlake.build.terrain.contours import blocks, choose_interval
from tianlake.build.terrain.heights import TALLEST, count_steps, open_heights
from tianlake.build.terrain.styles import BASE_M, Stored
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Terrain
from tianlake.lake.releases import RasterFacts, Relief
from tianlake.lake.words import Text

METRES: Final = {"", "m", "metre", "metres", "meter", "meters"}
"""Units a band may say it has."""


@dataclass(frozen=True, slots=True)
class Dem:
    """A finished COG of heights."""

    cog: Path
    facts: RasterFacts
    stored: Stored
    low: float
    """Lowest height, metres."""
    high: float
    """Highest height, metres."""
    zooms: dict[str, tuple[int, int]]
    """Matrix set's letter → lowest and highest zoom."""

    @property
    def relief(self) -> Relief:
        """What the heights are."""
        if self.facts.relief is None:
            raise TypeError("facts without relief")
        return self.facts.relief


def make_dem(job: Job, terrain: Terrain, progress: Progress) -> Dem:
    """Write `<id>.tif` and read back what it holds.

    Raises:
        LakeError: The source holds no heights in metres, or the recipe is wrong.
    """
    check_vertical(terrain.vertical, recipe_file(job))
    cog = job.out / f"{job.recipe.card.id}.tif"
    spacing, zooms = _write(job, terrain, cog, progress)
    with progress(Text("检查高程", "Read back the heights")):
        facts = read_facts(cog, ())
        low, high, steps = _survey(cog)
    if low < BASE_M or high > TALLEST:
        rule = f"values from {low:g} to {high:g} are no heights in metres; declare raster.nodata, or convert them"
        raise fault(job.recipe.sources[0].path, "", rule)
    interval = terrain.contour_interval_m or choose_interval(steps, high - low)
    with rasterio.open(cog) as dataset:
        stored = Stored(dataset.scales[0], dataset.offsets[0])
    facts = replace(facts, relief=Relief(terrain.vertical, spacing, interval))
    return Dem(cog, facts, stored, low, high, zooms)


def check_vertical(code: str, file: str) -> None:
    """Refuse a code that names no vertical CRS; raises `LakeError`."""
    try:
        vertical = CRS.from_user_input(code).is_vertical
    except CRSError:
        vertical = False
    if not vertical:
        rule = f"{code} is no vertical CRS; the 1985 national height datum is EPSG:5737, mean sea level EPSG:5714"
        raise fault(file, "terrain.vertical", rule)


def _write(job: Job, terrain: Terrain, cog: Path, progress: Progress) -> tuple[float, dict[str, tuple[int, int]]]:
    """Write the COG; return the source's grid spacing in metres, and the zooms of tiles by matrix set."""
    plain, tiles = job.scratch / "plain.tif", job.recipe.tiles
    with open_source(job) as (reader, plan):
        check_heights(reader, plan, recipe_file(job))
        spacing = native_gsd(reader, plan.crs)
        sets = {"w", *tiles.matrix_sets}  # terrain-RGB and contours are in web mercator whatever the recipe asks for
        zooms: dict[str, tuple[int, int]] = {
            each: zoom_range(GRIDS[each], tiles, plan.transform.a, recipe_file(job)) for each in sets
        }
        with progress(Text("读取高程", "Read the heights"), plan.height) as advance:
            write_plain(reader, plan, plain, advance)
        with gdal_options(), rasterio.open(plain, "r+") as dataset:
            dataset.set_band_unit(1, "m")
            dataset.set_band_description(1, "height")
            dataset.update_tags(VERTICAL_CRS=terrain.vertical)
        with progress(Text("写出 COG", "Write the COG")):
            write_cog(plain, cog, plan, job.jobs)
        plain.unlink()
    return spacing, zooms


def check_heights(reader: DatasetReader | WarpedVRT, plan: RasterPlan, file: str) -> None:
    """Refuse what cannot be heights in metres.

    Raises:
        LakeError: There are several bands, classes, or another unit.
    """
    if plan.categorical:
        raise fault(file, "raster.categorical", "heights are amounts, not classes; remove it, or the file's palette")
    if len(plan.colorinterp) != 1:
        rule = f"heights are one band; the file has {len(plan.colorinterp)}: take out the one with heights first"
        raise fault(plan.source, "", rule)
    unit = (reader.units[0] or "").strip()
    if unit.lower() not in METRES:
        raise fault(plan.source, "band 1", f"its unit is {unit!r}; heights are metres: convert them first")


def _survey(cog: Path) -> tuple[float, float, NDArray[np.int64]]:
    """Return the lowest and highest height, and how often neighbours differ by how much."""
    steps, extremes = np.zeros(TALLEST, np.int64), []
    with open_heights(cog) as heights:
        for window in blocks(heights.width, heights.height):
            values = heights.read(window)
            if values.count():
                extremes += [float(values.min()), float(values.max())]
                steps += count_steps(values)
    return min(extremes), max(extremes), steps
