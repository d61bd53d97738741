"""Administrative divisions as today's clients know them: 国家, 省级, 地级 and 县级 by nine-digit code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from tianlake.lake.divisions import Division, load_divisions
from tianlake.lake.naming import CHINA, CORPS, NATIONAL, bare_name
from tianlake.lake.search.areas_in_text import prefix_of

NATION: Final = NATIONAL.code

MUNICIPALITIES: Final = frozenset({"156110000", "156120000", "156310000", "156500000"})
"""直辖市: 北京, 天津, 上海, 重庆."""

_CORPS_CITIES: Final = f"{CHINA}6590"
"""新疆's county-level cities that 兵团 runs (decision 9)."""

_XINJIANG: Final = f"{CHINA}650000"

_LEVELS: Final = {"provincial": 4, "city": 3, "county": 2}
_CODE: Final = re.compile(r"156[0-9]{6}")
_TOWN: Final = re.compile(r"156[0-9]{9}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One division, the nation or 兵团."""

    code: str
    """`156` and six digits; nine of a town."""
    name: str
    bare: str
    """The name without 省, 市, 自治区 …: what people type. Where a province has the same, the whole (article 6)."""
    level: int
    """5 the nation, 4 provincial, 3 city, 2 county (as `/v2/administrative` numbers them); 1 a town."""
    parent: str | None
    """Code of the division above, by GB/T 2260: a city of 兵团 lies in 新疆."""

    @property
    def shows_counts(self) -> bool:
        """Whether a search in it answers with counts: provinces and the nation, municipalities excepted."""
        return self.level > 3 and self.code not in MUNICIPALITIES  # noqa: PLR2004 - above the city level


@cache
def units() -> dict[str, Unit]:
    """Return every unit by code: the nation, the division list in the order of codes, 兵团."""
    nation = Unit(NATION, NATIONAL.division, NATIONAL.division, 5, None)
    corps = Unit(CORPS.code, CORPS.division, "兵团", 4, NATION)
    provinces = frozenset(bare_name(each) for each in load_divisions().children(None))
    listed = [_unit(each, provinces) for each in load_divisions().units.values()]
    return {each.code: each for each in (nation, *listed, corps)}


def children(unit: Unit) -> tuple[Unit, ...]:
    """Return the divisions right below one; those of 兵团 are its cities, which 新疆 has, too."""
    if unit.code == CORPS.code:
        return tuple(each for each in units().values() if each.code.startswith(_CORPS_CITIES))
    return _children().get(unit.code, ())


def levels(code: str) -> dict[int, Unit]:
    """Return the divisions that a code lies in, itself included, by level: 4, 3, 2. Empty where it is not known."""
    found: dict[int, Unit] = {}
    unit = units().get(code[:9]) or _enclosing(code)
    while unit is not None and unit.code != NATION:
        found[unit.level] = unit
        unit = units().get(unit.parent or "")
    return found


def named(text: str) -> tuple[Unit, ...]:
    """Return the units that a text names: by code, else by full name, else by bare name; higher levels first.

    A code that the list does not hold is taken as it is, without a name, where its province is listed: that of a
    town, and one of an older list, which places may still have.
    """
    if _CODE.fullmatch(text) or _TOWN.fullmatch(text):
        unit = units().get(text) or _unlisted(text)
        return (unit,) if unit else ()
    for name in ("name", "bare"):
        found = [each for each in units().values() if getattr(each, name) == text]
        if found:
            return tuple(sorted(found, key=lambda each: (-each.level, each.code)))
    return ()


def within(code: str, area: str) -> bool:
    """Tell whether a division lies in another one, or is the same."""
    if area in {NATION, code}:
        return True
    if area == CORPS.code:
        return code.startswith(_CORPS_CITIES)
    return code.startswith(prefix_of(area)) and code != CORPS.code


def overlap(one: str, other: str) -> bool:
    """Tell whether one of two divisions lies in the other; what 兵团 runs lies in 新疆."""
    one, other = (_XINJIANG if each == CORPS.code else each for each in (one, other))
    return within(one, other) or within(other, one)


@cache
def _children() -> dict[str, tuple[Unit, ...]]:
    found: dict[str, list[Unit]] = {}
    for unit in units().values():
        if unit.parent is not None and unit.code != CORPS.code:  # by GB/T 2260, 兵团 is no division of the nation
            found.setdefault(unit.parent, []).append(unit)
    return {code: tuple(group) for code, group in found.items()}


def _unit(division: Division, provinces: frozenset[str]) -> Unit:
    bare = bare_name(division)
    if division.parent is not None and bare in provinces:
        bare = division.name
    parent = NATION if division.parent is None else f"{CHINA}{division.parent}"
    return Unit(f"{CHINA}{division.code}", division.name, bare, _LEVELS[division.level], parent)


def _unlisted(code: str) -> Unit | None:
    above = units().get(code[:9]) or _enclosing(code)
    level = 1 if _TOWN.fullmatch(code) else len(prefix_of(code))
    return above and Unit(code, "", "", {5: 4, 7: 3, 9: 2}.get(level, level), above.code)


def _enclosing(code: str) -> Unit | None:
    """Return the smallest listed unit that a code lies in by its digits, the nation excepted."""
    return next((units()[part] for part in _parts(code) if part in units()), None)


def _parts(code: str) -> Iterator[str]:
    if _CODE.match(code):
        yield f"{code[:7]}00"
        yield f"{code[:5]}0000"
