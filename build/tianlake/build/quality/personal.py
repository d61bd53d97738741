"""Numbers of persons, which no report prints: a report of public data is public."""

from __future__ import annotations

import re
from typing import Final

CITIZEN: Final = re.compile(
    r"(?<!\d)(\d{6})((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(\d{3})([\dXx])(?!\d)"
)
"""公民身份号码, GB 11643-1999: 6 digits of a division, date of birth, 3 digits, check character."""

WEIGHTS: Final = tuple(2**power % 11 for power in range(17, 0, -1))
"""Of the 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""

CHECKS: Final = "10X98765432"

MOBILE: Final = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![\d.])")
"""A mobile number of mainland China: 11 digits that begin with 13 to 19."""


def masked(text: str) -> str:
    """Return a text with the digits of citizen and mobile numbers hidden but for the first three."""
    text = CITIZEN.sub(lambda found: _hidden(found.group()) if _checks(found.group()) else found.group(), text)
    return MOBILE.sub(lambda found: f"{found.group(1)}********", text)


def _hidden(number: str) -> str:
    return number[:3] + "*" * (len(number) - 3)


def _checks(number: str) -> bool:
    """Tell whether the check character fits: ids of features are as long, but seldom fit."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECKS[total % 11] == number[17].upper()
