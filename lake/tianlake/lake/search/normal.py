"""Texts as they are compared: one function for the writer of an index and for whoever reads it."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 64
"""Characters of a text that are looked at; no name of a place is as long."""

_MOST: Final = 512
"""Characters as typed that are looked at."""


def normal(text: str) -> str:
    """Return a text for comparing: NFKC (full-width becomes half-width), small letters, letters and digits only."""
    plain = unicodedata.normalize("NFKC", text[:_MOST]).lower()
    kept = "".join(each for each in plain if unicodedata.category(each)[0] in "LNM")[:LONGEST]
    return unicodedata.normalize("NFKC", kept)  # what was parted may be one sign now


def letters(text: str) -> str:
    """Return pinyin as people type it: `Lü'an Shì` is `lvanshi`; tones, spaces and apostrophes go."""
    plain = unicodedata.normalize("NFKC", text[:_MOST]).lower()
    for tone in "üǖǘǚǜ":
        plain = plain.replace(tone, "v")
    split = unicodedata.normalize("NFD", plain)
    return "".join(each for each in split if "a" <= each <= "z" or "0" <= each <= "9")[: 6 * LONGEST]
