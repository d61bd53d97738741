"""`quality.html`: the report as one page that needs no script and asks for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from tianlake.build.quality.document import Document, Verdict
from tianlake.build.quality.picture import MapPicture
from tianlake.build.quality.plots import MapDrawing, draw_flow, draw_map
from tianlake.build.quality.report import BandReport, Fate, Finding, Unit, ZoomReport
from tianlake.lake.recipes import Kind, ProductCard, ProductClass
from tianlake.lake.words import Text

LIMIT_BYTES: Final = 500_000
"""Of a tile: the line in the chart of tiles, and what tippecanoe keeps below."""

FATES: Final[dict[Fate, Text]] = {
    "dropped": Text("丢弃", "dropped"),
    "left_out": Text("按规则略去", "left out by rule"),
    "changed": Text("修改后写出", "written changed"),
    "kept": Text("提示，照原样写出", "noted, written as it was"),
}
"""The worst first."""

UNITS: Final[dict[Unit, Text]] = {
    "feature": Text("个要素", "features"),
    "tile_feature": Text("个要素在瓦片中", "features in tiles"),
    "pixel": Text("个像元", "pixels"),
    "tile": Text("个瓦片", "tiles"),
    "file": Text("个文件", "files"),
    "value": Text("个属性值", "values"),
}

VERDICTS: Final[dict[Verdict, Text]] = {
    "whole": Text("完整：没有略去、修改或丢弃任何内容", "Whole: nothing was left out, changed or dropped"),
    "changed": Text("完整，有修改：请看修改的原因", "Whole, with changes: see what was changed and why"),
    "left_out": Text("有内容按配方规则略去：请核对规则", "Some was left out by the recipe's rules: check them"),
    "dropped": Text("有内容被丢弃：审阅前请看原因", "Some was dropped: see the reasons before you approve"),
}

CLASSES: Final[dict[ProductClass, Text]] = {
    "catalog": Text("资源目录", "catalog"),
    "entity": Text("地理实体", "geographic entities"),
    "place": Text("地名地址", "places and addresses"),
    "imagery": Text("遥感影像", "imagery"),
    "terrain": Text("地形", "terrain"),
    "3d": Text("三维", "3D"),
    "theme": Text("专题", "theme"),
}

KINDS: Final[dict[Kind, Text]] = {
    "vector": Text("矢量", "vector"),
    "raster": Text("栅格", "raster"),
    "terrain": Text("高程", "elevation"),
    "table": Text("表格", "table"),
    "tiles3d": Text("三维瓦片", "3D Tiles"),
    "pointcloud": Text("点云", "point cloud"),
    "catalog": Text("目录", "catalog"),
}

CRS_FROM: Final = {
    "file": Text("文件声明", "said by the file"),
    "recipe": Text("配方声明", "declared in the recipe"),
    "coordinates": Text("由坐标判断", "told by the coordinates"),
}


@dataclass(frozen=True, slots=True)
class Archive:
    """The zooms of one archive, and how high the chart of its largest tiles is."""

    name: str
    zooms: tuple[ZoomReport, ...]

    @property
    def top(self) -> int:
        """Bytes at the upper end of the chart."""
        return max(LIMIT_BYTES, *(each.largest for each in self.zooms))

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


def order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return findings as people read them: the worst fate first, then the largest number."""
    fates = list(FATES)
    return tuple(sorted(findings, key=lambda each: (fates.index(each.fate), -each.count)))


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
    environment.globals |= {"share": share, "style": Markup(style)}  # noqa: S704 - our own file
    return environment.get_template("page.jinja")
