"""`quality.html`: the report as one page that needs no script and asks for nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tianlake.build.quality.document import Document
from tianlake.build.quality.picture import MapPicture
from tianlake.build.quality.plots import MapDrawing, draw_flow, draw_map
from tianlake.build.quality.report import BandReport, ZoomReport
from tianlake.build.quality.words import CLASSES, CRS_FROM, FATES, KINDS, UNITS, VERDICTS, order
from tianlake.lake.recipes import ProductCard

LIMIT_BYTES: Final = 500_000
"""Of a tile: the line in the chart of tiles, and what tippecanoe keeps below."""


FLOOR_BYTES: Final = 50
"""At the foot of that chart; no tile that holds anything is smaller."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The zooms of one archive."""

    name: str
    zooms: tuple[ZoomReport, ...]

    def height(self, count: float) -> float:
        """Return how high a number of bytes stands in the chart, percent: by its logarithm, from `FLOOR_BYTES`."""
        top = max(LIMIT_BYTES, *(each.largest for each in self.zooms))
        share = math.log(max(count, FLOOR_BYTES) / FLOOR_BYTES) / math.log(top / FLOOR_BYTES)
        return round(100 * share, 2)

    @property
    def thinned(self) -> bool:
        """Whether any zoom lacks features."""
        return any(each.absent or each.lost for each in self.zooms)


@dataclass(frozen=True, slots=True)
class Raster:
    """The bands of one raster."""

    name: str
    bands: tuple[BandReport, ...]


def draw_page(document: Document, card: ProductCard, picture: MapPicture | None) -> str:
    """Return the page; whatever a source or a recipe says in it is text, never markup."""
    findings = order(document.findings)
    drawing: MapDrawing | None = draw_map(picture, findings) if picture else None
    return _template().render(
        document=document,
        card=card,
        findings=findings,
        flow=draw_flow(document),
        picture=picture,
        drawing=drawing,
        archives=[Archive(name, tuple(each)) for name, each in groupby(document.zooms, lambda zoom: zoom.archive)],
        rasters=[Raster(name, tuple(each)) for name, each in groupby(document.bands, lambda band: band.asset)],
        limit=LIMIT_BYTES,
        words={"fates": FATES, "units": UNITS, "verdicts": VERDICTS, "classes": CLASSES, "kinds": KINDS}
        | {"crs_from": CRS_FROM},
    )


def size(count: float) -> str:
    """Return a number of bytes as people read it: `12.3 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # noqa: PLR2004 - SI steps
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def share(part: float, whole: float) -> str:
    """Return a share in percent that is 100 % or 0 % only where it is exactly that."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:  # noqa: PLR2004
        return "<0.1%"
    if 99.9 < percent < 100:  # noqa: PLR2004
        return ">99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tianlake.build.quality", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"size": size, "number": "{:,}".format}
    style = files("tianlake.build.quality").joinpath("page.css").read_text("utf-8")
    environment.globals |= {"share": share, "style": style}
    return environment.get_template("page.jinja")
