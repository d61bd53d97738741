"""What the command says to people, in Chinese or English by locale."""

from __future__ import annotations

import os
from typing import Final

from tianlake.lake.counts import changes_text
from tianlake.lake.releases import Changes
from tianlake.lake.words import Text


def _speaks_chinese() -> bool:
    """Tell by POSIX's order of variables whether messages are to be in Chinese."""
    chosen = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return chosen.lower().startswith("zh")


CHINESE: Final = _speaks_chinese()


def say(zh: str, en: str) -> str:
    """Return the text in the language of the person at the terminal."""
    return zh if CHINESE else en


def told(text: Text) -> str:
    """Return a product's or step's text in that language."""
    return say(text.zh, text.en)


def told_changes(changes: Changes) -> str:
    """Return how many features changed since which release, in that language."""
    return told(changes_text(changes))
