"""Which tippecanoe options suit a family of layers, from their geometry and how dense they lie. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

FEW_AREAS: Final = 50_000
"""Up to so many areas in the fullest tile of the lowest zoom, each island is drawn as it is for as long as it fills a
unit of the tile; of more, such as buildings, tippecanoe draws some of the smallest larger and leaves out the others at
lower zooms."""

DENSEST: Final = 5_000
"""Points in one tile up to which none is thinned out at lower zooms."""

BUFFER: Final = 5
"""What tippecanoe draws around a tile, in 256ths of its width, where a recipe does not say `--buffer`."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """What features are, as far as it decides how tiles are cut."""

    dimensions: frozenset[int]
    """0 points, 1 lines, 2 areas."""
    features: int = 1
    mean_segment_deg: float | None = None
    """Mean length of the segments of lines and borders in degrees; None where there are only points."""
    fullest: tuple[int, ...] = (1,)
    """Features in the fullest tile, by zoom from 0; a feature counts where its middle lies."""
    heaviest: tuple[int, ...] = (1,)
    """About so many bytes the heaviest tile would have if it held every feature, by zoom from 0."""

    def crowd(self, zoom: int) -> int:
        """Return how many features the fullest tile of a zoom has; beyond the zooms looked at, as at the last."""
        return self.fullest[min(zoom, len(self.fullest) - 1)]


def family_options(geometry: Geometry, lowest: int, highest: int, *, thinned: bool = False) -> list[str]:
    """Return how tippecanoe thins out and simplifies one family: layers of points, or all others.

    Where areas and lines meet, their common nodes stay and what lies between is simplified alike in both, so
    that borders stay shared. A tile that is too large loses the densest points or the shortest lines, while
    areas melt into their neighbours and leave no hole. Sparse points are not thinned out at all.

    Args:
        geometry: Of the family alone.
        lowest: Zoom.
        highest: Zoom.
        thinned: Whether what is too small or too close has been left out already.
    """
    points, lines, areas = (dimension in geometry.dimensions for dimension in (0, 1, 2))
    options: list[str] = []
    if lines or areas:
        options.append("--no-simplification-of-shared-nodes")
    if areas:
        crowded = not thinned and geometry.crowd(lowest) > FEW_AREAS
        options.append("--no-tiny-polygon-reduction" + ("-at-maximum-zoom" if crowded else ""))
    if points:
        fits = (zoom for zoom in range(highest + 1) if thinned or geometry.crowd(zoom) <= DENSEST)
        return [*options, f"--base-zoom={next(fits, highest)}", "--drop-densest-as-needed"]
    return [*options, "--coalesce-smallest-as-needed" if areas else "--drop-smallest-as-needed"]


_SUBJECTS: Final = (
    re.compile(r"--(drop|coalesce|cluster)-(densest|smallest|fraction)-as-needed$|-a[sdnDSN]$"),
    re.compile(r"--no-tiny-polygon-reduction(-at-maximum-zoom)?$|-p[tT]$"),
    re.compile(r"--base-zoom=|-B"),
)
"""Options of which one takes the place of the other: how a tile is made smaller, how small areas are drawn, from which
zoom on every point is there."""


def with_given(chosen: Iterable[str], given: tuple[str, ...]) -> list[str]:
    """Return what was chosen followed by what a recipe gives, without what that takes the place of."""
    decided = [subject for subject in _SUBJECTS if any(subject.match(option) for option in given)]
    return [option for option in chosen if not any(subject.match(option) for subject in decided)] + list(given)


def buffer_of(options: Iterable[str]) -> int:
    """Return what is drawn around a tile, in 256ths of its width: `--buffer=8` or `-b8`, the last one given."""
    found = [re.fullmatch(r"(?:--buffer=|-b)(\d+)", option) for option in options]
    return max([BUFFER, *(int(match[1]) for match in found if match)])
