"""How tiles are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.matrix_sets import MATRIX_SETS, MatrixSet
from tianlake.lake.records import STRICT

Zoom = Annotated[int, Field(ge=0, le=22)]
"""A level of a tile matrix set."""


Level = Annotated[int, Field(ge=1, le=22)]
"""A level of 256-pixel tiles as Tianditu counts them: there is no level 0."""


Content = Literal["map", "labels"]
"""What pictures show: `map` everything but names, opaque, `labels` the names alone, on nothing: `vec` and `cva`."""

CONTENTS: Final[tuple[Content, ...]] = ("map", "labels")


def picture_variant(content: Content, matrix_set: MatrixSet) -> str:
    """Return what the name of an archive of pictures ends in: `map`, `map-c`, `labels`, `labels-c`."""
    return f"{content}-{matrix_set.variant}" if matrix_set.variant else content


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of a vector product for clients that cannot draw vectors: its own style as PNG tiles of 256 pixels.

    There are `map` and `labels` in each matrix set. Level z is drawn as map clients draw zoom z - 1 of 512-pixel tiles.
    """

    max_zoom: Level
    min_zoom: Level = 1
    matrix_sets: Annotated[tuple[Literal["w", "c"], ...], Field(min_length=1)] = ("w", "c")
    """`w` WebMercatorQuad, `c` CGCS2000Quad (decision 3)."""
    optional: bool = False
    """Build without pictures, and say so, on a machine that cannot draw them: no renderer, or no font for the names.
    Otherwise such a build is refused."""

    __pydantic_config__ = STRICT

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants of the archives, but that a product without names gets no `labels`."""
        sets = [MATRIX_SETS[letter] for letter in self.matrix_sets]
        return tuple(picture_variant(content, each) for content in CONTENTS for each in sets)

    def __post_init__(self) -> None:
        """Refuse levels that are none, and a matrix set that is named twice."""
        if self.min_zoom > self.max_zoom:
            msg = f"min_zoom {self.min_zoom} is above max_zoom {self.max_zoom}"
            raise ValueError(msg)
        if len(set(self.matrix_sets)) < len(self.matrix_sets):
            msg = "matrix_sets names one twice"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Tiles:
    """How tiles are cut. Zooms are levels of each matrix set."""

    min_zoom: Zoom = 0
    max_zoom: Zoom | None = None
    """Chosen from the data where absent."""
    fields: tuple[str, ...] | None = None
    """Attributes kept in the tiles; all where absent. A source may choose its own with `tile_fields`."""
    options: tuple[str, ...] = ()
    """tippecanoe options for all layers. One that says how tiles are made smaller, or how small areas are drawn,
    takes the place of what Tianlake would have chosen."""
    matrix_sets: Annotated[tuple[Literal["w", "c"], ...], Field(min_length=1)] = ("w", "c")
    """Of raster tiles: `w` WebMercatorQuad, `c` CGCS2000Quad (decision 3). Vector tiles are cut in `w`."""
    format: Literal["png", "webp", "jpeg"] | None = None
    """Of raster tiles; chosen from what is drawn where absent. JPEG shows white where no data is."""
    pictures: Pictures | None = None
    """Pictures of a vector product beside its vector tiles; none where absent."""

    __pydantic_config__ = STRICT
