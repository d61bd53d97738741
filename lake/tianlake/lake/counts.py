"""Counts of changes in words, for the terminal and for feeds."""

from __future__ import annotations

from tianlake.lake.releases import Changes
from tianlake.lake.words import Text


def changes_text(changes: Changes) -> Text:
    """Return how many features changed since which release."""
    zh = (
        f"与 {changes.base} 相比：新增 {changes.added:,}，几何变化 {changes.geometry:,}，"
        f"属性变化 {changes.attributes:,}，删除 {changes.removed:,}，未变 {changes.unchanged:,}"
    )
    en = (
        f"since {changes.base}: {changes.added:,} added, {changes.geometry:,} of other geometry, "
        f"{changes.attributes:,} of other attributes, {changes.removed:,} removed, {changes.unchanged:,} unchanged"
    )
    for what_zh, what_en, names in (
        ("新增字段", "columns added", changes.columns_added),
        ("删除字段", "columns removed", changes.columns_removed),
        ("字段类型变化", "columns of another type", changes.columns_retyped),
    ):
        if names:
            zh += f"；{what_zh} {'、'.join(names)}"
            en += f"; {what_en}: {', '.join(names)}"
    return Text(zh, en)
