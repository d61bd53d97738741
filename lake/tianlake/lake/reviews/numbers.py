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

PROVINCES: Final = frozenset("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新")
"""Short names of the provinces that may stand in a number: after `GS` where the ministry delegated, else before `S`."""

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


@cache
def city_heads() -> frozenset[str]:
    """Return what numbers of cities (设区的市) may begin with: the first character of a city's name, as 成 of 成都市.

    That one alone was seen in use; no list of them is known.
    """
    listed = load_divisions()
    units = [unit for province in listed.children(None) for unit in listed.children(province.code)]
    return frozenset(unit.name[0] for unit in units if unit.level == "city")


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
        raise LakeError(f"{text!r}: the same map-approval number twice")
    return found


def _read(text: str, year: int) -> MapNumber:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise LakeError(
            f"{text!r}: is no map-approval number (审图号); they look like {_FORMS}, several are joined by /"
        )
    delegate, local, sub = match["deleg"], match["local"], match["sub"] or ""
    if (delegate and delegate not in PROVINCES) or (local and local not in PROVINCES | city_heads()):
        raise LakeError(f"{text!r}: nobody known gives map-approval numbers (审图号) with {delegate or local!r}")
    if int(match["year"]) > year:
        raise LakeError(f"{text!r}: no map was approved in {match['year']} yet; this is {year}")
    head = f"GS{delegate or ''}" if local is None else f"{local}{sub}S"
    return MapNumber(f"{head}({match['year']}){match['seq']}号", _authority(local, sub), int(match["year"]))


def _authority(local: str | None, sub: str) -> Authority:
    """Return whose a number is: `GS` with a province is the ministry's review, done there (tianditu.md §3.1)."""
    if local is None:
        return "national"
    return "provincial" if local in PROVINCES and not sub else "municipal"
