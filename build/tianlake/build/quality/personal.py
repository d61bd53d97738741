"""Numbers of persons, which no report prints: a report of public data is public."""

from __future__ import annotations

import re
from typing import Final

from tianlake.build.personal import CITIZEN, hidden, is_citizen_number

MOBILE: Final = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![\d.])")
"""Wider than that of the policy checks: to hide too much costs a report nothing."""


def masked(text: str) -> str:
    """Return a text with the digits of citizen and mobile numbers hidden but for the first three."""
    text = CITIZEN.sub(lambda hit: hidden(hit.group()) if is_citizen_number(hit.group()) else hit.group(), text)
    return MOBILE.sub(lambda hit: f"{hit.group(1)}********", text)
