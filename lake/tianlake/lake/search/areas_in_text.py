"""Names of divisions in what people type: `南京市玄武区 鸡鸣寺` is 鸡鸣寺 in 玄武区.

A full name (玄武区) counts wherever a chain of divisions may stand: at the beginning, each within the one before it. A
short one (南京, 玄武) counts where a space or another division follows, or nothing: 南京大学 and 南京路 are names.
What several divisions may be meant by (朝阳) narrows to all of them together, never to one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tianlake.lake.divisions import Division, load_divisions
from tianlake.lake.naming import CHINA, CORPS, NATIONAL, bare_name

_GAP: Final = re.compile(r"[\s,，、;；·/|-]+")
_COUNTRY: Final = re.compile(r"(?:中华人民共和国|中国)")
_FULL_CODE: Final = 9
"""Digits of a division's code with `156`; a town's has three more."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a text says that something lies."""

    codes: tuple[str, ...] = ()
    """Divisions that its names may mean, `156` and six digits; none where it names none."""
    rest: str = ""
    """The text after them."""
    parted: bool = True
    """Whether something stands between the names and the rest; if not, they may be the beginning of a name."""

    @property
    def division(self) -> str | None:
        """The one division that is meant; None where there is none, or several might be."""
        return self.codes[0] if len(self.codes) == 1 else None


def read_area(text: str, within: str | None = None) -> Area:
    """Return the divisions that a text begins with, and what follows.

    Args:
        text: As typed.
        within: Code of the division that the search is limited to: names of divisions elsewhere are not read as such.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    country = _COUNTRY.match(text)
    names: list[_Name] = []
    at = country.end() if country else 0
    while (found := _next(text, at, names[-1].codes if names else (), within)) is not None:
        names.append(found)
        at = found.after
    if names and names[-1].is_short and names[-1].end == names[-1].after < len(text):
        names.pop()
    if not names:
        return Area(rest=text)
    last = names[-1]
    return Area(last.codes, text[last.after :], parted=last.after > last.end or last.after == len(text))


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a division in a text."""

    codes: tuple[str, ...]
    end: int
    after: int
    """Where the next word begins."""
    is_short: bool


def _gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _next(text: str, at: int, chain: tuple[str, ...], within: str | None) -> _Name | None:
    """Return the longest name at a place that may mean divisions within the chain before."""
    names = _names()
    for end in range(min(len(text), at + names.longest), at + 1, -1):
        for table, is_short in ((names.full, False), (names.short, True)):
            codes = tuple(
                code
                for code in table.get(text[at:end], ())
                if (not chain or any(code != above and _holds(above, code) for above in chain))
                and (within is None or _holds(within, code) or _holds(code, within))
            )
            if codes:
                return _Name(codes, end, _gap(text, end), is_short)
    return None


def _holds(above: str, code: str) -> bool:
    return code.startswith(prefix_of(above))


def prefix_of(code: str) -> str:
    """Return what codes of all divisions in a division begin with, `156` and more; of a town its own code."""
    if len(code) > _FULL_CODE:
        return code
    if code == NATIONAL.code:
        return CHINA
    if code == CORPS.code:
        return "1566590"
    return CHINA + re.sub("(?:00){1,2}$", "", code[len(CHINA) :])


@dataclass(frozen=True, slots=True)
class _Names:
    full: Mapping[str, tuple[str, ...]]
    short: Mapping[str, tuple[str, ...]]
    longest: int


@cache
def _names() -> _Names:
    units = load_divisions().units.values()
    full = _by_name((each.name, each) for each in units)
    short = _by_name((bare, each) for each in units if (bare := bare_name(each)) != each.name and len(bare) > 1)
    return _Names(full, short, max(map(len, full)))


def _by_name(named: Iterable[tuple[str, Division]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, unit in named:
        found[name].append(CHINA + unit.code)
    return {name: tuple(codes) for name, codes in found.items()}
