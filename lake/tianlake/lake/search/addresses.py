"""What an address says: divisions, town, road, number and the rest. Pure: it knows names of divisions and nothing else.

`河北省廊坊市广阳区金光道66号` and `廊坊 金光道 六十六号` alike. A text may be read in several ways (廊坊站 is a station
and 廊坊 a city): `readings` gives them all, the one that explains most first.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tianlake.lake.divisions import Division, Divisions, load_divisions
from tianlake.lake.naming import CHINA, bare_name
from tianlake.lake.search.doors import Door, leading_door

LONGEST: Final = 200
"""Characters of an address that are read."""

_FILLING: Final = re.compile(r"[\s,;、，；。]+")
_NUMERALS: Final = "一二三四五六七八九十"
# The longer ones first: a road ends where its last generic term (GB/T 18521) ends.
_SUFFIX: Final = (
    r"(?:高速公路|高速|快速路|环路|国道|省道|县道|乡道|公路|大街|大道|胡同|马路|支路|小区路|步行街|路|街|道|巷"
    rf"|[{_NUMERALS}]+条)"
)
_AFTER_SUFFIX: Final = rf"(?:[东西南北中][段侧]|[{_NUMERALS}0-9]{{1,3}}(?:段|巷|条|支路|支弄))"
_ROAD: Final = re.compile(
    rf"(?P<road>(?:[GSXYC][0-9]{{1,4}}(?:{_SUFFIX})?|[0-9]{{3,4}}(?:国道|省道|县道)|(?:[^0-9号]{{1,10}}?"
    rf"(?:[0-9]{{1,4}}号?)?|[0-9]{{1,4}}号?)(?:{_SUFFIX})+)(?:{_AFTER_SUFFIX})?)"
)
_ROAD_AHEAD: Final = re.compile(rf"(?:[东西南北中上下内外前后新老]|[{_NUMERALS}]+)?{_SUFFIX}(?!办)")
_TOWN: Final = re.compile(
    rf"(?P<town>[^0-9]{{1,12}}?(?:街道办事处|街道|民族乡|苏木|镇|乡)|[^0-9]{{0,12}}?(?:开发区|高新区|工业园区))"
    rf"(?!{_SUFFIX}|[东西南北中]?[大小]?[路街道巷]|政府|中学|小学)"
)
_COUNTRY: Final = re.compile("^(?:中华人民共和国|中国(?=[^0-9]{2,3}[省市区]))")
_AUTONOMOUS: Final = re.compile("自治([州县旗区])$")
_NOT_A_CITY: Final = "场"
_INNER: Final = re.compile(r"[0-9A-Za-z]{1,5}(?:号楼|栋|幢|座|单元|室|层|楼)|院")
"""What lies inside an address: no table of places goes down to it."""


@dataclass(frozen=True, slots=True)
class Address:
    """One reading of an address."""

    divisions: tuple[Division, ...] = ()
    """The smallest divisions that its names may mean, several where they do not tell apart: 朝阳区. Empty for none."""
    town: str = ""
    road: str = ""
    door: Door | None = None
    rest: str = ""
    """What follows, without buildings, storeys and rooms."""
    name: str = ""
    """All after the divisions: what a place's own name may be."""
    longer: tuple[str, ...] = ()
    """The same with the last of the divisions before it, with the last two, …: 广阳区图书馆."""
    contradicts: bool = False
    """Whether it names divisions that do not lie in one another."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of `divisions`, `156` and six digits."""
        return tuple(f"{CHINA}{each.code}" for each in self.divisions)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Divisions that the first `at` characters name."""

    at: int = 0
    units: tuple[Division, ...] = ()
    short: bool = False
    """Whether the last name lacks its generic term."""
    contradicts: bool = False


def plain_text(text: str) -> str:
    """Return an address in NFKC, without blanks and commas, cut at `LONGEST`."""
    return _FILLING.sub("", unicodedata.normalize("NFKC", text[:LONGEST])).replace("號", "号")[:LONGEST]


def readings(text: str) -> tuple[Address, ...]:
    """Return the ways to read an address, at most three, the one with most divisions first."""
    written = _COUNTRY.sub("", plain_text(text))
    chains = _chains(written)
    last = chains[-1]
    # A short name may be the beginning of a place's name: 廊坊站.
    wanted = [last, *(chains[-2:-1] if last.short else ())]
    if wanted[-1].at and last.short:
        wanted.append(_Chain())
    return tuple(_read(written, chains[: chains.index(each) + 1]) for each in wanted)


def division_of(code: str) -> Division | None:
    """Return the listed division with a code of `156` and six digits."""
    return load_divisions().find(code.removeprefix(CHINA)) if code.startswith(CHINA) else None


def _read(written: str, chains: list[_Chain]) -> Address:
    """Read what follows the last of the divisions."""
    chain = chains[-1]
    name = rest = written[chain.at :]
    town = road = ""
    number = None
    if match := _TOWN.match(rest):
        town, rest = match["town"], rest[match.end() :]
    if match := _ROAD.match(rest):
        road, rest = match["road"], rest[match.end() :]
        if found := leading_door(rest):
            number, rest = found
    longer = tuple(written[each.at :] for each in reversed(chains[:-1])) if name else ()
    return Address(chain.units, town, road, number, _INNER.sub("", rest), name, longer, chain.contradicts)


def _chains(written: str) -> list[_Chain]:
    """Return what is known after each division that the text begins with, nothing first."""
    found = [_Chain()]
    while (after := _next(written, found[-1])) is not None:
        found.append(after)
    return found


def _next(written: str, chain: _Chain) -> _Chain | None:
    for size, units, short in _named(written, chain.at):
        at = chain.at + size
        if short and _ROAD_AHEAD.match(written, at):
            continue  # 南京路, 广阳道: a road's name
        below = tuple(unit for unit in units if not chain.units or any(_within(unit, each) for each in chain.units))
        if below:
            return _Chain(at, below, short, chain.contradicts)
        if not short and chain.units:
            return _Chain(at, chain.units, short=False, contradicts=True)
    return None


def _named(written: str, at: int) -> Iterator[tuple[int, tuple[Division, ...], bool]]:
    """Yield the names of divisions that begin at a place: how long each is, the longest first, and what it may mean."""
    names = _names(load_divisions())
    for size in range(min(_longest(), len(written) - at), 1, -1):
        name = written[at : at + size]
        for short in (False, True):
            units = names.get((name, short), ())
            if units and not (name.endswith("市") and written[at + size : at + size + 1] == _NOT_A_CITY):
                yield size, units, short


def _within(unit: Division, other: Division) -> bool:
    """Say whether a unit is another, or lies in it by the list."""
    return unit.code == other.code or (
        other.level != "county" and unit.code.startswith(other.code[: 2 if other.level == "provincial" else 4])
    )


@cache
def _longest() -> int:
    return max(len(name) for name, _short in _names(load_divisions()))


@cache
def _names(divisions: Divisions) -> Mapping[tuple[str, bool], tuple[Division, ...]]:
    """Return the units by name, and whether it is their short name; the larger come first."""
    found: dict[tuple[str, bool], list[Division]] = defaultdict(list)
    order = {"provincial": 0, "city": 1, "county": 2}
    for unit in sorted(divisions.units.values(), key=lambda unit: order[unit.level]):
        found[unit.name, False].append(unit)
        short = bare_name(unit)
        if short != unit.name:
            found[short, True].append(unit)
        # 大厂县 and 延边州 are what people write for 大厂回族自治县 and 延边朝鲜族自治州.
        if (match := _AUTONOMOUS.search(unit.name)) and f"{short}{match[1]}" != unit.name:
            found[f"{short}{match[1]}", False].append(unit)
    return {name: tuple(units) for name, units in found.items()}
