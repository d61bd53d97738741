"""Numbers of persons in texts: what they look like, and what only looks like them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

CITIZEN: Final = re.compile(
    r"(?<!\d)(\d{6})((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(\d{3})([\dXx])(?!\d)"
)
"""公民身份号码, GB 11643-1999: 6 digits of a division, date of birth, 3 digits, check character."""

WEIGHTS: Final = tuple(2**power % 11 for power in range(17, 0, -1))
"""Of the 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""

CHECKS: Final = "10X98765432"

PROVINCES: Final = frozenset(
    str(each)
    for each in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
"""First two digits of a citizen's number: GB/T 2260, and 83 for 台湾居民居住证."""

MOBILE: Final = re.compile(
    r"(?<![\dA-Za-z_/.#-])(?:\(?(?:\+|00)?86\)?[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![\dA-Za-z_./-])"
)
"""A mobile number of mainland China: 11 digits that begin with 13 to 19; not a part of an id, a path or a decimal."""

SERVICES: Final = frozenset({"13800138000", "13010112500"})
"""Numbers of that form that belong to operators' services, to nobody."""

_SHORT: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

PLATE: Final = re.compile(
    rf"[{_SHORT}][A-HJ-NP-Z][·•. -]?"
    r"(?:(?=[A-Z]*\d)[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF])(?![A-Za-z0-9])"
)
"""A vehicle's plate (GA 36): abbreviation of the province, letter of the office, five or six characters."""

COARSE: Final = (
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[123])\d{4}(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx]"
    rf"|1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}|[{_SHORT}][A-HJ-NP-Z][·•. -]?[A-HJ-NP-Z0-9]{{5}}"
)
"""RE2, which looks at no surroundings, for texts that may hold one of them."""


def is_citizen_number(number: str) -> bool:
    """Tell whether 18 characters are a citizen's number: province, a day that was, check character.

    Ids of features are as long, but seldom fit.
    """
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return number[:2] in PROVINCES and born.year >= 1900 and CHECKS[total % 11] == number[17].upper()  # noqa: PLR2004


def citizen_numbers(text: str) -> Iterator[str]:
    """Yield the citizens' numbers in a text."""
    yield from (found.group() for found in CITIZEN.finditer(text) if is_citizen_number(found.group()))


def mobile_numbers(text: str) -> Iterator[str]:
    """Yield the mobile numbers in a text."""
    for found in MOBILE.finditer(text):
        if "".join(found.groups()) not in SERVICES:
            yield found.group()


def plates(text: str) -> Iterator[str]:
    """Yield the plates of vehicles in a text."""
    yield from (found.group() for found in PLATE.finditer(text))


def hidden(number: str) -> str:
    """Return a number of a person with all but its first three characters hidden."""
    return number[:3] + "*" * (len(number) - 3)
