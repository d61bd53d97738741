"""The two tile matrix sets that tiles are cut in, and their documents in the form of OGC 17-083r4.

Both are quad trees of 256-pixel tiles that grow from a north-west corner: level z has 2^z columns, each half as
wide as those of the level above. So a tile of either has one place z/x/y in the tree of PMTiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake.plain import Text

TILE: Final = 256
"""Pixels on a tile's side, as Tianditu's clients ask for."""

HIGHEST: Final = 22
"""The last level of both documents; Tianditu's own sets end at 18."""

PIXEL_M: Final = 0.00028
"""Side of the pixel that scale denominators are defined by, metres (OGC 17-083r4 §6.1.1.1)."""

SEMI_MAJOR_M: Final = 6378137.0
"""Metres; of WGS 84 and CGCS2000 alike (EPSG:7030, EPSG:1024)."""

METRES_PER_DEGREE: Final = SEMI_MAJOR_M * math.pi / 180
"""Metres of one degree along the equator."""

HALF_WORLD_M: Final = SEMI_MAJOR_M * math.pi
"""Easting of 180° in web mercator, metres."""


@dataclass(frozen=True, slots=True)
class MatrixSet:
    """A quad tree of tiles. Coordinates here are x east, y north, whatever the order of the CRS's own axes."""

    id: str
    """OGC TMS id, as archives and catalogs name it."""
    letter: str
    """How Tianditu calls it: `w` or `c`."""
    variant: str
    """What the names of a product's archives end in; empty for the first one, which maps draw."""
    title: Text
    epsg: int
    axes: tuple[str, str]
    """Abbreviations of the CRS's axes in its own order."""
    north_first: bool
    """Whether northing or latitude comes first in the CRS, and so in the document."""
    left: float
    """Western edge, units of the CRS."""
    top: float
    """Northern edge, units of the CRS."""
    span: float
    """Width of the set, which is also the height of the square that level 0 would be."""
    rows: float
    """Share of that square, from the top, that has rows: 1, or 1/2."""
    lowest: int
    """First level."""
    metres_per_unit: float
    """Of the CRS, at the equator."""
    registered: dict[str, str]
    """Members that name what others have registered: `uri`, `wellKnownScaleSet`."""

    def cell(self, zoom: int) -> float:
        """Return the side of a pixel at a level, units of the CRS."""
        return self.span / (TILE << zoom)

    def bounds(self, zoom: int, x: int, y: int, side: int = 1) -> tuple[float, float, float, float]:
        """Return west, south, east, north of a square of `side` tiles whose north-western one is z/x/y."""
        tile = self.span / (1 << zoom)
        return (
            self.left + x * tile,
            self.top - (y + side) * tile,
            self.left + (x + side) * tile,
            self.top - y * tile,
        )

    def size(self, zoom: int) -> tuple[int, int]:
        """Return the columns and rows of a level."""
        return 1 << zoom, round((1 << zoom) * self.rows)

    def document(self) -> dict[str, Any]:
        """Return the set as an OGC TileMatrixSet (17-083r4, §7.1 and annex G: JSON)."""
        return {
            "id": self.id,
            "title": self.title.en,
            "description": self.title.zh,
            **self.registered,
            "crs": f"http://www.opengis.net/def/crs/EPSG/0/{self.epsg}",
            "orderedAxes": list(self.axes),
            "tileMatrices": [self._matrix(zoom) for zoom in range(self.lowest, HIGHEST + 1)],
        }

    def _matrix(self, zoom: int) -> dict[str, Any]:
        columns, rows = self.size(zoom)
        return {
            "id": str(zoom),
            "scaleDenominator": self.cell(zoom) * self.metres_per_unit / PIXEL_M,
            "cellSize": self.cell(zoom),
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [self.top, self.left] if self.north_first else [self.left, self.top],
            "tileWidth": TILE,
            "tileHeight": TILE,
            "matrixWidth": columns,
            "matrixHeight": rows,
        }


WEB_MERCATOR: Final = MatrixSet(
    id="WebMercatorQuad",
    letter="w",
    variant="",
    title=Text("球面墨卡托四叉树瓦片矩阵集(w)", "Google Maps Compatible for the World (w)"),
    epsg=3857,
    axes=("X", "Y"),
    north_first=False,
    left=-HALF_WORLD_M,
    top=HALF_WORLD_M,
    span=2 * HALF_WORLD_M,
    rows=1,
    lowest=0,
    metres_per_unit=1,
    registered={
        "uri": "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    },
)
"""OGC 17-083r4 annex D.1."""

CGCS2000: Final = MatrixSet(
    id="CGCS2000Quad",
    letter="c",
    variant="c",
    title=Text("CGCS2000经纬度四叉树瓦片矩阵集(c)", "Quad tree of tiles in degrees of CGCS2000 (c)"),
    epsg=4490,
    axes=("Lat", "Lon"),
    north_first=True,
    left=-180,
    top=90,
    span=360,
    rows=0.5,
    lowest=1,
    metres_per_unit=METRES_PER_DEGREE,
    registered={},
)
"""Tianditu's `c`: column floor((lon+180)/360·2^z), row floor((90-lat)/180·2^(z-1)), from level 1 (decision 3)."""

MATRIX_SETS: Final[dict[str, MatrixSet]] = {each.letter: each for each in (WEB_MERCATOR, CGCS2000)}
"""By Tianditu's letter."""

BY_ID: Final[dict[str, MatrixSet]] = {each.id: each for each in MATRIX_SETS.values()}
"""By OGC id, as archives name it."""
