"""Puts a report together: what the node's own lake tells, and what the nodes below it reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tianlake.lake.ages import node_ages
from tianlake.lake.divisions import load_divisions
from tianlake.lake.freshness import today
from tianlake.lake.logs.stats import Log, LoggedNode
from tianlake.lake.query import NodeLake, current_histories
from tianlake.lake.recipes.card import ProductClass
from tianlake.lake.reports.counting import acts, freshness, service, service_tables
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.reach import reach
from tianlake.lake.reports.report import Report, Table
from tianlake.lake.reports.rollup import Neighbour, below, total
from tianlake.lake.reports.upkeep import upkeep
from tianlake.lake.store import S3Settings
from tianlake.lake.trail import Trail
from tianlake.lake.trail.shown import Line, Wish, lines
from tianlake.lake.words import Text, instant


@dataclass(frozen=True, slots=True)
class Subject:
    """The node that a report is of."""

    lake: NodeLake
    settings: S3Settings
    classes: Mapping[ProductClass, Text]
    """Class of article 8 → its title."""
    children: Sequence[Neighbour] = ()


def quarterly(subject: Subject, quarter: Quarter, now: float) -> tuple[Report, tuple[Report, ...]]:
    """Return the report of a node, and those of the nodes below that are in it.

    Args:
        subject: The node.
        quarter: Which one; of one that is not over, what there is so far.
        now: Seconds since the epoch.

    Raises:
        LakeError: Something of the node's lake is not what it should be.
        StoreError: The node's store does not answer.
    """
    lake, card = subject.lake, subject.lake.node
    moment = datetime.fromtimestamp(now, UTC)
    with Log([LoggedNode(lake.store, lake.url)], quarter.window, subject.settings) as log:
        asked, seen, tables = service(log), reach(log, quarter, now), service_tables(log)
    every = list(lines(Trail(lake.store, card.code, None).entries(), Wish()))
    asof = min(today(moment), quarter.window.until)
    ages = node_ages(lake, subject.settings, asof, load_divisions())
    found = [history.find(history.current or "") for history in current_histories(lake.store)]
    cards = [each.manifest.candidate.card for each in found if each is not None]
    fresh, of_freshness = freshness(ages, {each.id: subject.classes[each.product_class] for each in cards})
    sections = (asked, seen, fresh, *acts(every, quarter, begun=bool(every)), upkeep(lake.store, quarter))
    told = [below(child, quarter) for child in subject.children]
    rows = tuple(row for row, _ in told)
    report = Report(
        card.code,
        card.identity.name,
        card.settings.operator.name,
        card.settings.authority.name,
        str(quarter),
        instant(now),
        today(moment) > quarter.window.until,
        sections,
        (*tables, *of_freshness, _releases(every, quarter)),
        rows,
        total(sections, rows),
    )
    return report, tuple(each for _, each in told if each is not None)


def _releases(every: Sequence[Line], quarter: Quarter) -> Table:
    """Return every release that went out in the quarter, newest first."""
    out = [line for line in every if line.kind == "publish" and quarter.holds(line.at)]
    rows = tuple((*line.subject.partition("/")[::2], _china(line.at)) for line in reversed(out))
    columns = (Text("产品", "product"), Text("版本", "release"), Text("发布时间（北京时间）", "published (UTC+08:00)"))
    why = None if rows else Text("本季度没有发布", "nothing was published in this quarter")
    return Table("releases", Text("发布的版本", "Releases"), columns, rows, why)


def _china(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(UTC) + timedelta(hours=8):%Y-%m-%d %H:%M}"
