"""Texts that catalogs and READMEs share: both languages in one string, dates, durations, numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final

from tianlake.lake.describe import History
from tianlake.lake.errors import fault
from tianlake.lake.nodes import NodeCard
from tianlake.lake.recipes import Period, ProductCard, ProductClass
from tianlake.lake.reviews import demo_mark
from tianlake.lake.words import Text

CLASSES: Final[dict[ProductClass, Text]] = {
    # The data sets of article 8(1), in its words.
    "catalog": Text("地理信息资源目录数据", "Catalog of geographic-information resources"),
    "entity": Text("地理实体数据", "Geographic entities"),
    "place": Text("地名地址数据", "Place names and addresses"),
    "imagery": Text("遥感影像数据", "Remote-sensing imagery"),
    "terrain": Text("三维数据：地形", "3D data: terrain"),
    "3d": Text("三维数据", "3D data"),
    "theme": Text("可向社会公开发布的其他地理信息数据", "Other publishable geographic information"),
}

_UNITS: Final = {"Y": Text("年", "year"), "M": Text("月", "month"), "W": Text("周", "week"), "D": Text("天", "day")}

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def paragraphs(*texts: Text | None) -> str:
    """Return texts as paragraphs, all of the Chinese first, then all of the English."""
    given = [text for text in texts if text is not None]
    return "\n\n".join([*(text.zh for text in given), *(text.en for text in given)])


def with_mark(node: NodeCard, *histories: History) -> NodeCard:
    """Return a node with the mark of a demonstration, where one of these releases went out without review."""
    if not any(each.approval and each.approval.demo for each in histories):
        return node
    return replace(node, settings=replace(node.settings, notice=demo_mark(node.settings.notice)))


def notice(node: NodeCard) -> Text | None:
    """Return the mark that every document of a node carries, if it has one."""
    mark = node.settings.notice
    return Text(f"【{mark}】", f"[{mark}]") if mark else None


def marked(node: NodeCard, title: str) -> str:
    """Return a title with the node's mark, if it has one."""
    return f"{title}（{node.settings.notice}）" if node.settings.notice else title


def description(node: NodeCard, card: ProductCard) -> str:
    """Return a product's description in both languages, the node's mark and the product's terms in it."""
    return paragraphs(notice(node), card.description, card.terms)


def catalog_name(node: NodeCard) -> str:
    """Return the names of a node, as links to its catalog show them."""
    return f"{node.identity.short_name} {node.identity.name}"


def catalog_title(node: NodeCard) -> str:
    """Return the title of a node's catalog, its mark included."""
    english = f"Public geographic-information platform, node {node.code}"
    return marked(node, f"{catalog_name(node)} · {english}")


def duration(iso: str) -> Text:
    """Return an ISO 8601 duration of dates in words: `P1Y` is 1 年, 1 year."""
    parts = re.findall(r"(\d+)([YMWD])", iso)
    zh = "".join(f"{count} {'个' if unit == 'M' else ''}{_UNITS[unit].zh}" for count, unit in parts)
    en = " ".join(f"{count} {_UNITS[unit].en}{'' if count == '1' else 's'}" for count, unit in parts)
    return Text(zh, en)


def number(value: float) -> float:
    """Return a whole number as `int`, so that JSON says 0 and not 0.0."""
    return int(value) if float(value).is_integer() else value


def instants(card: ProductCard) -> tuple[str | None, str | None]:
    """Return the first and last instant a product speaks of, UTC; None where its period is open.

    A date stands for all of its day.

    Raises:
        LakeError: The period is not RFC 3339, or ends before it starts.
    """
    period = card.period
    if period is None:
        return None, None
    start = _instant(card.id, period, "start")
    end = _instant(card.id, period, "end") if period.end else None
    if end is not None and end < start:
        raise fault(f"{card.id}.toml", "period", f"ends ({period.end}) before it starts ({period.start})")
    return _utc(start), _utc(end) if end else None


def _instant(product: str, period: Period, field: str) -> datetime:
    text = period.start if field == "start" else str(period.end)
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return datetime.combine(day, time.min if field == "start" else time(23, 59, 59), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        rule = f"must be a date or a date-time with offset (RFC 3339), such as 2024-05-01T08:00:00+08:00; got {text!r}"
        raise fault(f"{product}.toml", f"period.{field}", rule)
    return found.astimezone(UTC)


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
