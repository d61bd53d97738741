"""Numbers in a road, as addresses write them: `12号`, `甲12号`, `12号之一`, `1025弄12号`, `十二号`, `１２－３號`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_CHINESE: Final = "[〇零一二两三四五六七八九十百千]{1,9}"
_COUNT: Final = rf"(?:[0-9]{{1,5}}|{_CHINESE})"
_STEMS: Final = "甲乙丙丁戊己庚辛"

_DOOR: Final = re.compile(
    rf"(?:(?P<lane>{_COUNT})弄)?(?:"
    rf"(?P<before>[{_STEMS}])?(?P<main>{_COUNT})(?P<inner>[{_STEMS}A-Za-z])?"
    rf"(?:(?:-|之)(?P<part>{_COUNT}))?"
    rf"(?P<sign>号|號|#)(?!线|路|街|楼|地块)"
    rf"(?:(?P<after>[{_STEMS}])|(?:-|之)(?P<further>{_COUNT}))?"
    rf"|(?P<bare>[0-9]{{1,5}})(?:(?:-|之)(?P<piece>[0-9]{{1,5}}))?(?![0-9路街巷条弄里年月%米])"
    rf")"
)
_LANE: Final = re.compile(rf"(?P<lane>{_COUNT})弄")


@dataclass(frozen=True, slots=True)
class Door:
    """A number in a road."""

    main: int
    """12 of `甲12号`; 0 where only a lane is named."""
    stem: str = ""
    """甲, 乙, … or a Latin capital beside it."""
    part: int = 0
    """3 of `12-3号` and of `12号之三`."""
    lane: int = 0
    """1025 of `1025弄12号`, the way of 上海."""

    @property
    def plain(self) -> bool:
        """Whether it is a number alone, which lies between its neighbours."""
        return not (self.stem or self.part or self.lane)

    def __str__(self) -> str:
        """Return it as signs have it: `1025弄12号`, `甲12号`, `12-3号`."""
        lane = f"{self.lane}弄" if self.lane else ""
        part = f"-{self.part}" if self.part else ""
        before, after = (self.stem, "") if self.stem in _STEMS else ("", self.stem)
        return f"{lane}{before}{self.main}{after}{part}号" if self.main else lane


def leading_door(text: str) -> tuple[Door, str] | None:
    """Return the number that a text begins with and what follows it; None where it begins otherwise.

    Args:
        text: In NFKC: full-width digits are others.
    """
    match = _DOOR.match(text)
    if match is None:
        lane = _LANE.match(text)
        return (Door(0, lane=count(lane["lane"])), text[lane.end() :]) if lane else None
    found = match.groupdict()
    main = count(found["main"] or found["bare"])
    stem = (found["before"] or found["inner"] or found["after"] or "").upper()
    part = count(found["part"] or found["further"] or found["piece"] or "0")
    return Door(main, stem, part, count(found["lane"] or "0")), text[match.end() :]


def door(text: str) -> Door | None:
    """Return a number as a table writes it, with or without 号; None where it is none, or more than one."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    found = leading_door(plain) or leading_door(f"{plain}号")
    return found[0] if found and found[1] in {"", "院"} else None


def count(text: str) -> int:
    """Return a number in digits or in Chinese: 120 for `120`, `一百二十` and `一二〇`.

    Args:
        text: Digits, or of 〇零一二两三四五六七八九十百千.
    """
    if text.isdecimal():
        return int(text)
    if not any(each in _UNITS for each in text):
        return int("".join(str(_DIGITS[each]) for each in text))
    total, digit, unit = 0, 0, 1
    for each in text:
        if each in _UNITS:
            unit = _UNITS[each]
            total += max(digit, 1) * unit if digit or not total else unit
            digit = 0
        else:
            digit = _DIGITS[each]
            unit = 1 if each in "〇零" else unit
    # 一百二 is 120, but 一百零二 is 102.
    spoken = unit // 10 if unit > 10 else 1  # noqa: PLR2004 - a ten is followed by ones
    return total + digit * spoken
