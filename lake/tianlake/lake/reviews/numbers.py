"""Map-approval numbers (审图号): how they are written, and whose they are. Pure.

The forms are those seen in public use (tianditu.md §3.1); no standard defines them. `号` and spaces are optional there,
brackets are of four kinds, and one map may have several numbers, joined by `/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError

Authority = Literal["national", "provincial", "municipal"]
"""Who reviews a map, by its content (地图管理条例, articles 17 and 18)."""

PROVINCES: Final = {
    "京": "11",
    "津": "12",
    "冀": "13",
    "晋": "14",
    "蒙": "15",
    "辽": "21",
    "吉": "22",
    "黑": "23",
    "沪": "31",
    "苏": "32",
    "浙": "33",
    "皖": "34",
    "闽": "35",
    "赣": "36",
    "鲁": "37",
    "豫": "41",
    "鄂": "42",
    "湘": "43",
    "粤": "44",
    "桂": "45",
    "琼": "46",
    "渝": "50",
    "川": "51",
    "贵": "52",
    "云": "53",
    "藏": "54",
    "陕": "61",
    "甘": "62",
    "青": "63",
    "宁": "64",
    "新": "65",
}
"""Short names of the provinces that may stand in a number, after `GS` where the ministry delegated, else before `S`,
and the first two digits of their codes (GB/T 2260)."""

_CORPS: Final = "66"
"""First digits of the internal code of 兵团, which lies in 新疆 (65): maps of it have that province's numbers."""

_NUMBER: Final = re.compile(
    r"\s*(?:审图号\s*[:：]?\s*)?"
    r"(?:GS(?P<deleg>[\u4e00-\u9fff])?|(?P<local>[\u4e00-\u9fff])(?P<sub>[A-Z])?\s*S)"
    r"\s*[(（〔\[【]\s*(?P<year>(?:19|20)\d{2})\s*[)）〕\]】]\s*(?P<seq>\d{1,5})\s*号?\s*",
    re.ASCII,
)
_FORMS: Final = "GS(2024)1234号, GS京(2024)1234号, 京S(2024)012号"


@dataclass(frozen=True, slots=True)
class MapNumber:
    """One number, read."""

    text: str
    """In one spelling: `GS(2024)0568号`."""
    authority: Authority
    year: int
    """In which the map was approved."""
    within: frozenset[str]
    """What codes of divisions (six digits) begin with whose maps the authority reviews; the nation's is empty text."""

    def covers(self, node: str) -> bool:
        """Say whether a node's own maps are this authority's to review: `156` and six digits."""
        return any(node[3:].startswith(each) for each in self.within)


@cache
def city_heads() -> dict[str, frozenset[str]]:
    """Return what numbers of cities (设区的市) may begin with, and the first four digits of those cities.

    It is the first character of a city's name, as 成 of 成都市. That one alone was seen in use; no list of them is
    known, and several cities share most of the others.
    """
    listed = load_divisions()
    found: dict[str, frozenset[str]] = {}
    for unit in (unit for province in listed.children(None) for unit in listed.children(province.code)):
        if unit.level == "city":
            found[unit.name[0]] = found.get(unit.name[0], frozenset()) | {unit.code[:4]}
    return found


def read_numbers(text: str, year: int) -> tuple[MapNumber, ...]:
    """Return the numbers that a text holds, joined by `/`.

    Args:
        text: What somebody typed.
        year: The present one: no map was approved later.

    Raises:
        LakeError: One of them has no form that is known, nobody known gives it, or it is of the future.
    """
    found = tuple(_read(part, year) for part in text.split("/"))
    if len({each.text for each in found}) != len(found):
        raise LakeError(f"{text!r}: the same map-approval number twice", zh=f"{text!r}：同一审图号写了两次")
    return found


def _read(text: str, year: int) -> MapNumber:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise LakeError(
            f"{text!r}: is no map-approval number (审图号); they look like {_FORMS}, several are joined by /",
            zh=f"{text!r}：不是审图号；写法如 {_FORMS}，多个以 / 分隔",
        )
    delegate, local, sub = match["deleg"], match["local"], match["sub"] or ""
    if (delegate and delegate not in PROVINCES) or (local and local not in {*PROVINCES, *city_heads()}):
        raise LakeError(
            f"{text!r}: nobody known gives map-approval numbers (审图号) with {delegate or local!r}",
            zh=f"{text!r}：没有以 {delegate or local!r} 编发审图号的主管部门",
        )
    if int(match["year"]) > year:
        raise LakeError(
            f"{text!r}: no map was approved in {match['year']} yet; this is {year}",
            zh=f"{text!r}：年份 {match['year']} 在将来（今年 {year}）",
        )
    head = f"GS{delegate or ''}" if local is None else f"{local}{sub}S"
    spelled = f"{head}({match['year']}){match['seq']}号"
    return MapNumber(spelled, _authority(local, sub), int(match["year"]), _within(local))


def _authority(local: str | None, sub: str) -> Authority:
    """Return whose a number is: `GS` with a province is the ministry's review, done there (tianditu.md §3.1)."""
    if local is None:
        return "national"
    return "provincial" if local in PROVINCES and not sub else "municipal"


def _within(local: str | None) -> frozenset[str]:
    """Return where an authority reviews maps. Which city a letter after a province stands for is not known."""
    if local is None:
        return frozenset({""})
    if local not in PROVINCES:
        return city_heads()[local]
    own = PROVINCES[local]
    return frozenset({own, _CORPS} if local == "新" else {own})
