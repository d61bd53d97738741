"""What a static map is asked for: parameters of Tianditu's `/staticimage`, their defaults and limits. Pure.

Sources: tianditu.md §1.5; names, defaults and parts of styles as lbs.tianditu.gov.cn/staticapi/static.html has them,
read in two clients of it (tianditu-skills, MapTdtStaticImage). Where it is silent, what is chosen here says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tianlake.functions.calls import CallError
from tianlake.functions.web.questions import wrong
from tianlake.functions.web.staticimage_view import View
from tianlake.lake.plain import LAYER_NAME

T = TypeVar("T")

LONGEST: Final = 2_048
"""Characters of the whole URL."""

MARKERS: Final = 26
LARGEST: Final = 1_024
"""Pixels of width and height."""

ZOOMS: Final = (3, 18)
DEFAULT_LAYERS: Final = ("vec", "cva")

_WIDEST: Final = 50
"""Pixels of a line's width; chosen here."""
_FONT: Final = (8, 48)
"""Pixels of a marker's text; chosen here."""
_WORDS: Final = 20
"""Characters of a marker's text; chosen here."""

_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{0,20})?")
_WHOLE: Final = re.compile(r"[0-9]{1,6}")
_COLOUR: Final = re.compile(r"(?:0[xX]|#)([0-9a-fA-F]{6})")
_SHARE: Final = re.compile(r"0?\.[0-9]{1,6}|[01](?:\.0{0,6})?")
_LABEL: Final = re.compile(r"[0-9A-Za-z]?")
_LAYER: Final = re.compile(rf"({LAYER_NAME.pattern})_c")

Colour = tuple[int, int, int]
Point = tuple[float, float]
"""Longitude and latitude, degrees."""

_RED: Final = (230, 0, 18)
_BLUE: Final = (0, 0, 255)
_BLACK: Final = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class MarkerStyle:
    """How a marker is drawn: `size,label,colour[,text,text's colour,text's size]`."""

    size: str = "l"
    """`l`, `m` or `s`."""
    label: str = ""
    """A digit or capital letter within a marker of size `l` or `m`."""
    colour: Colour = _RED
    text: str = ""
    """Beside the marker."""
    text_colour: Colour = _BLACK
    text_size: int = 14
    """Pixels."""


@dataclass(frozen=True, slots=True)
class PathStyle:
    """How a line is drawn: `colour,weight,opacity[,fill]`. One with a fill is closed and becomes an area."""

    colour: Colour = _BLUE
    weight: int = 5
    """Pixels."""
    opacity: float = 1.0
    """Of line and fill alike."""
    fill: Colour | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A static map that is asked for."""

    view: View
    layers: tuple[str, ...]
    """Names without the `_c` of the matrix set; empty where none were named."""
    markers: tuple[tuple[Point, MarkerStyle], ...] = ()
    paths: tuple[tuple[tuple[Point, ...], PathStyle], ...] = ()
    located: tuple[Point, ...] = ()
    """`pixLocation`: where these lie is asked for, instead of a picture."""


def wanted_by(parameters: Mapping[str, str], length: int) -> Wanted:
    """Return what the parameters of a call ask for; an empty one is none.

    Args:
        parameters: By name.
        length: Characters of the URL.

    Raises:
        CallError: One of them is wrong.
    """
    if length > LONGEST:
        raise wrong("url", f"网址至多 {LONGEST} 个字符。", f"the URL may have at most {LONGEST} characters")
    given = {name: value.strip() for name, value in parameters.items() if value.strip()}
    view = View(
        *_point("center", given.get("center", "116.39127,39.90712")),
        zoom=_whole("zoom", given.get("zoom", "10"), *ZOOMS),
        width=_whole("width", given.get("width", "400"), 1, LARGEST),
        height=_whole("height", given.get("height", "300"), 1, LARGEST),
    )
    layers = _layers(given.get("layers", ""))
    if located := given.get("pixLocation"):
        return Wanted(view, layers, located=tuple(_point("pixLocation", each) for each in _split(located, "|")))
    return Wanted(view, layers, _markers(given), _paths(given))


def _markers(given: Mapping[str, str]) -> tuple[tuple[Point, MarkerStyle], ...]:
    points = [_point("markers", each) for each in _split(given.get("markers", ""), "|")]
    if len(points) > MARKERS:
        raise wrong("markers", f"标注至多 {MARKERS} 个。", f"there may be at most {MARKERS} markers")
    return tuple(zip(points, _styles(given, "markerStyles", len(points), _marker_style, MarkerStyle()), strict=True))


def _paths(given: Mapping[str, str]) -> tuple[tuple[tuple[Point, ...], PathStyle], ...]:
    lines = [tuple(_point("paths", one) for one in _split(each, ";")) for each in _split(given.get("paths", ""), "|")]
    styles = _styles(given, "pathStyles", len(lines), _path_style, PathStyle())
    for line, style in zip(lines, styles, strict=True):
        least = 2 if style.fill is None else 3
        if len(line) < least:
            raise wrong("paths", f"此线或面至少 {least} 个点。", f"a line has at least 2 points and an area 3: {line}")
    return tuple(zip(lines, styles, strict=True))


def _styles(given: Mapping[str, str], name: str, count: int, parse: Callable[[list[str]], T], default: T) -> list[T]:
    """Return a style for each of `count` things; of fewer, the last is that of all others (chosen here)."""
    found = [parse([part.strip() for part in each.split(",")]) for each in given.get(name, "").split("|")]
    if name not in given:
        found = [default]
    return (found + found[-1:] * count)[:count]


def _marker_style(parts: list[str]) -> MarkerStyle:
    if len(parts) > 6:  # noqa: PLR2004 - see MarkerStyle
        raise _wrong_marker(",".join(parts))
    size, label, third, text, text_colour, text_size = (*parts, *[""] * (6 - len(parts)))
    if size not in {"", "l", "m", "s", "-1"} or not _LABEL.fullmatch(label):
        raise _wrong_marker(",".join(parts))
    own = size == "-1"
    if own and "://" in third:
        raise wrong(
            "markerStyles",
            "本服务不从其他地址读取图标；请用 l、m、s。",
            "icons are not fetched from other addresses; use l, m or s",
        )
    if own:  # samples of today have the text where an icon's address would be: `-1,A,标注一`
        third, text = "", text or third
    if len(text) > _WORDS or not text.isprintable():
        raise wrong("markerStyles", f"标签至多 {_WORDS} 字。", f"a text has at most {_WORDS} characters")
    return MarkerStyle(
        "l" if own else size or "l",
        label.upper(),
        _colour("markerStyles", third, _RED),
        text,
        _colour("markerStyles", text_colour, _BLACK),
        _whole("markerStyles", text_size, *_FONT) if text_size else MarkerStyle().text_size,
    )


def _wrong_marker(seen: str) -> CallError:
    return wrong(
        "markerStyles",
        "应为 size,label,color[,sLabel,fontColor,fontSize]，"
        f"size 为 l、m、s 或 -1，label 为一位数字或字母；收到 {seen}",
        "must be size,label,color[,sLabel,fontColor,fontSize], "
        f"with size l, m, s or -1, and one digit or letter as label, not {seen}",
    )


def _path_style(parts: list[str]) -> PathStyle:
    if len(parts) > 4:  # noqa: PLR2004 - see PathStyle
        raise wrong("pathStyles", "应为 color,weight,opacity[,fillColor]。", "must be color,weight,opacity[,fillColor]")
    colour, weight, opacity, fill = (*parts, *[""] * (4 - len(parts)))
    if opacity and not _SHARE.fullmatch(opacity):
        raise wrong("pathStyles", f"透明度应在 0 与 1 之间，收到 {opacity}", f"opacity is 0 to 1, not {opacity}")
    return PathStyle(
        _colour("pathStyles", colour, _BLUE),
        _whole("pathStyles", weight, 1, _WIDEST) if weight else PathStyle().weight,
        float(opacity) if opacity else 1.0,
        _colour("pathStyles", fill, _BLUE) if fill else None,
    )


def _layers(text: str) -> tuple[str, ...]:
    found = [_LAYER.fullmatch(each) for each in _split(text, ",")]
    if None in found:
        raise wrong("layers", f"应为 vec_c、cva_c 等，收到 {text}", f"layers are vec_c, cva_c and so on, not {text}")
    return tuple(dict.fromkeys(each[1] for each in found if each))


def _point(field: str, text: str) -> Point:
    lon, _comma, lat = (part.strip() for part in text.partition(","))
    if not _NUMBER.fullmatch(lon) or not _NUMBER.fullmatch(lat):
        raise wrong(field, f"应为“经度,纬度”，收到 {text}", f"must be longitude,latitude in degrees, not {text}")
    point = float(lon), float(lat)
    if abs(point[0]) > 180 or abs(point[1]) > 90:  # noqa: PLR2004 - degrees of a globe
        raise wrong(field, f"超出经纬度范围：{text}", f"lies outside of ±180 and ±90 degrees: {text}")
    return point


def _whole(field: str, text: str, least: int, most: int) -> int:
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise wrong(field, f"应为 {least} 至 {most} 的整数，收到 {text}", f"must be {least} to {most}, not {text}")
    return int(text)


def _colour(field: str, text: str, default: Colour) -> Colour:
    if not text:
        return default
    if (found := _COLOUR.fullmatch(text)) is None:
        raise wrong(field, f"颜色应如 0xff0000，收到 {text}", f"a colour is like 0xff0000, not {text}")
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue


def _split(text: str, separator: str) -> list[str]:
    """Return the parts of a list, which may end with its separator."""
    found = [each.strip() for each in text.split(separator)]
    return found[:-1] if not found[-1] else found
