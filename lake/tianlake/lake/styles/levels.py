"""Administrative divisions and boundary lines on maps: how layers are told to hold them, how they are drawn. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tianlake.lake.releases import TileLayer
from tianlake.lake.styles.parts import Drawing, Ends, has, line, narrowed, only

BOUNDARY: Final = "#93305c"
"""境界线, the dashes in the South China Sea among them: the strongest line of a map of China."""

BOUNDARY_LAYER: Final = re.compile(r"bound|jingjie|境界|国界", re.IGNORECASE)
"""Names of layers of lines that are boundary lines whatever else their archive holds."""

LOWER: Final[list[object]] = ["match", ["to-string", ["get", "level"]], ["provincial", "city", "county"], True, False]
"""Whether the attribute `level` (article 3) of a boundary line names one below the nation."""


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of administrative divisions is drawn."""

    layer: re.Pattern[str]
    """Names of tile layers that hold it."""
    border: str
    width: Ends
    """Of the border, pixels at zooms 3 and 10."""
    names: Ends
    """Zooms between which names are written."""
    size: Ends
    """Of names, pixels at the first and last of these zooms."""


COUNTY: Final = Level(
    re.compile(r"(^|[-_])(count(y|ies)|districts?)($|[-_])|^xian$|县", re.IGNORECASE),
    "#c0b5ca",
    width=(0.3, 1),
    names=(7.5, 16),
    size=(11, 14),
)
CITY: Final = Level(
    re.compile(r"(^|[-_])(cit(y|ies)|prefectures?)($|[-_])|^shi$|地级|市级", re.IGNORECASE),
    "#a898b4",
    width=(0.4, 1.5),
    names=(5.5, 10),
    size=(11, 16),
)
PROVINCE: Final = Level(
    re.compile(r"(^|[-_])prov(ince)?s?($|[-_])|^sheng$|省", re.IGNORECASE),
    "#8d7b9d",
    width=(0.8, 2),
    names=(2, 8),
    size=(10, 18),
)
LEVELS: Final = (COUNTY, CITY, PROVINCE)
"""The smallest first: later borders are drawn over earlier ones, and later names win the place."""


def level_of(layer: TileLayer) -> Level | None:
    """Return the level of divisions whose areas a layer holds, if any."""
    return named_level(layer) if has(layer, "polygon") else None


def named_level(layer: TileLayer) -> Level | None:
    """Return the level of divisions that a layer is named after, if any."""
    return next((level for level in LEVELS if level.layer.search(layer.id)), None)


def rank(level: Level | None) -> int:
    """Return a number that is higher for larger divisions, and highest for what is none."""
    return len(LEVELS) if level is None else LEVELS.index(level)


def holds_boundaries(layer: TileLayer) -> bool:
    """Say whether the lines of a layer are boundary lines."""
    return named_level(layer) is not None or BOUNDARY_LAYER.search(layer.id) is not None


def boundaries(layer: TileLayer) -> list[Drawing]:
    """Return what draws boundary lines: one below the nation as the border it is, all others as the nation's."""
    lower = narrowed(only(layer, "lower", "LineString"), LOWER)
    nation = narrowed(only(layer, "boundary", "LineString"), ["!", LOWER])
    return [
        ("line", line(lower, PROVINCE.border, PROVINCE.width)),
        ("boundary", line(nation, BOUNDARY, (1.8, 3.2))),
    ]
