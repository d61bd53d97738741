"""What the command says to people, in Chinese or English by locale."""

from __future__ import annotations

import os
from typing import Final

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
    text = say(
        f"与 {changes.base} 相比：新增 {changes.added:,}，几何变化 {changes.geometry:,}，"
        f"属性变化 {changes.attributes:,}，删除 {changes.removed:,}，未变 {changes.unchanged:,}",
        f"since {changes.base}: {changes.added:,} added, {changes.geometry:,} of other geometry, "
        f"{changes.attributes:,} of other attributes, {changes.removed:,} removed, {changes.unchanged:,} unchanged",
    )
    for zh, en, names in (
        ("新增字段", "columns added", changes.columns_added),
        ("删除字段", "columns removed", changes.columns_removed),
        ("字段类型变化", "columns of another type", changes.columns_retyped),
    ):
        if names:
            text += say(f"；{zh} {'、'.join(names)}", f"; {en}: {', '.join(names)}")
    return text
