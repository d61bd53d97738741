"""Figures of a quarter from the log, the trail, the releases, the patrols and the backups of one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tianlake.lake.freshness import Freshness
from tianlake.lake.logs.stats import Figures, Log
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Cell, Figure, Section, Table, Unit
from tianlake.lake.trail.shown import Line
from tianlake.lake.words import Text

NO_LOG: Final = Text("本季度没有访问日志", "there is no access log of this quarter")
NO_TRAIL: Final = Text("没有审计记录", "the node has no audit trail")
NO_PRODUCTS: Final = Text("没有已发布的产品", "nothing is published")

_ACTS: Final[tuple[tuple[Text, tuple[tuple[str, str, Text], ...]], ...]] = (
    (
        Text("发布与审核", "Releases and reviews"),
        (
            ("releases.published", "publish", Text("发布", "published")),
            ("releases.rolled-back", "rollback", Text("回退", "rolled back")),
            ("releases.withdrawn", "withdraw", Text("撤下", "withdrawn")),
            ("releases.refused", "publish.refused", Text("拒绝发布", "refused")),
            ("reviews.submitted", "review.submit", Text("提交审核", "submitted for review")),
            ("reviews.approved", "review.approve", Text("审核通过（次）", "approvals")),
            ("reviews.rejected", "review.reject", Text("审核退回", "rejections")),
            ("reviews.map-approved", "review.map-approve", Text("登记审图号", "map-approval numbers")),
        ),
    ),
    (
        Text("诉求与事件（第十八条）", "Cases and incidents (article 18)"),
        (
            ("cases.opened", "case.open", Text("受理诉求", "cases opened")),
            ("cases.decided", "case.decide", Text("作出决定", "cases decided")),
            ("cases.closed", "case.close", Text("办结诉求", "cases closed")),
            ("incidents.opened", "incident.open", Text("安全事件和风险报告", "incidents and risk reports")),
        ),
    ),
    (
        Text("用户与前置副本（第十六条）", "Users and front-deployed copies (article 16)"),
        (
            ("keys.issued", "key.issue", Text("签发密钥", "keys issued")),
            ("keys.revoked", "key.revoke", Text("吊销密钥", "keys revoked")),
            ("replicas.filed", "replica.file", Text("备案副本", "copies filed")),
            ("replicas.pushed", "replica.push", Text("推送副本", "copies sent")),
            ("replicas.verified", "replica.verify", Text("核验副本", "copies verified")),
            ("replicas.revoked", "replica.revoke", Text("收回副本", "copies revoked")),
        ),
    ),
)
"""Sections that are counted from the trail: name of the figure, kind of act, title."""


def figure(name: str, title: Text, value: float | None, why: Text, unit: Unit = "") -> Figure:
    """Return a figure that says why where it has no value."""
    return Figure(name, title, value, unit, why if value is None else None)


def service(log: Log) -> Section:
    """Return what clients asked, and how they were served."""
    found = log.figures()
    total = found[0] if found and found[0].requests else None

    def told(name: str, title: Text, value: float | None, unit: Unit = "") -> Figure:
        return figure(name, title, value, NO_LOG, unit)

    share = (total.requests - total.failed) / total.requests if total else None
    return Section(
        Text("服务", "Service"),
        (
            told(
                "availability",
                Text("可用率（已到达的请求中非 5xx 的占比）", "availability: requests that arrived, without a 5xx"),
                share,
                "ratio",
            ),
            told("requests", Text("请求", "requests"), total.requests if total else None),
            told("refused", Text("拒绝（4xx）", "refused (4xx)"), total.refused if total else None),
            told("failed", Text("失败（5xx）", "failed (5xx)"), total.failed if total else None),
            told("bytes", Text("流量", "bytes sent"), total.bytes if total else None, "bytes"),
            told("p50", Text("时延中位数", "median latency"), total.p50_ms if total else None, "ms"),
            told("p99", Text("时延 p99", "latency, p99"), total.p99_ms if total else None, "ms"),
            told("hits", Text("缓存命中率", "cache hits"), total.hits / total.requests if total else None, "ratio"),
        ),
    )


def service_tables(log: Log) -> list[Table]:
    """Return what was asked by month, day, product, kind and reason of refusal."""
    asked = (Text("请求", "requests"), Text("流量（字节）", "bytes"), Text("失败", "failed"))

    def table(name: str, title: Text, head: Text, rows: Sequence[Figures]) -> Table:
        found = tuple((row.name, row.requests, row.bytes, row.failed) for row in rows)
        return Table(name, title, (head, *asked), found, None if found else NO_LOG)

    months = tuple((row.name, row.accounts, row.clients) for row in log.figures("month"))
    users = (Text("月（UTC）", "month (UTC)"), Text("登记用户", "users with a key"), Text("网段", "networks"))
    why = None if months else NO_LOG
    return [
        Table(
            "users",
            Text("用户，按月（名称每月更换，不可跨月相加）", "Users, by month (no sum: names change)"),
            users,
            months,
            why,
        ),
        table("days", Text("每日请求", "Requests by day"), Text("日期", "day"), log.figures("day")),
        # A product that nothing was ever sent of is a name that somebody made up: a report is no place for that.
        table(
            "products",
            Text("产品", "Products"),
            Text("产品", "product"),
            [row for row in log.figures("product") if row.answered or row.failed],
        ),
        table("kinds", Text("类别", "Kinds"), Text("类别", "kind"), log.figures("kind")),
        table("reasons", Text("拒绝原因", "Reasons of refusals"), Text("原因", "reason"), log.figures("code")),
    ]


def acts(lines: Iterable[Line], quarter: Quarter, *, begun: bool) -> list[Section]:
    """Return what was done at the node, counted from its trail; `begun` says whether it has one."""
    counted = Counter(line.kind for line in lines if quarter.holds(line.at))
    return [
        Section(
            title, tuple(figure(name, told, counted[kind] if begun else None, NO_TRAIL) for name, kind, told in rows)
        )
        for title, rows in _ACTS
    ]


def freshness(ages: Sequence[Freshness], classes: Mapping[str, Text]) -> tuple[Section, list[Table]]:
    """Return how old data is (article 12), by class and by division.

    Args:
        ages: Of the node's products and of their divisions.
        classes: Product → title of its class.
    """
    products = [each for each in ages if each.division is None]
    states = Counter(each.state for each in products)
    none = not products
    section = Section(
        Text("更新情况（第十二条）", "Freshness (article 12)"),
        (
            figure("products", Text("已发布产品", "products published"), len(products), NO_PRODUCTS),
            figure("products.late", Text("逾期产品", "late"), None if none else states["late"], NO_PRODUCTS),
            figure("products.due", Text("临近期限", "due"), None if none else states["due"], NO_PRODUCTS),
            figure(
                "products.oldest",
                Text("最久未更新", "oldest"),
                max((each.days for each in products), default=None),
                NO_PRODUCTS,
                "days",
            ),
        ),
    )
    groups: dict[str, list[Freshness]] = {}
    for each in products:
        groups.setdefault(classes[each.product].zh, []).append(each)
    counted = (Text("产品", "products"), Text("合格", "fresh"), Text("临近", "due"), Text("逾期", "late"))
    oldest = Text("最久（天）", "oldest (days)")
    by_class: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *_states(of_class)) for name, of_class in sorted(groups.items())
    )
    late = sorted(
        (each for each in ages if each.division and each.state != "fresh"), key=lambda each: (-each.days, each.product)
    )
    rows: tuple[tuple[str | float | None, ...], ...] = tuple(
        (f"{each.division} {each.name}", each.product, each.days, _WORDS[each.state]) for each in late
    )
    divisions = [each for each in ages if each.division]
    nothing = (
        Text("各区划均合格", "every division is fresh")
        if divisions
        else Text("没有按区划的数据", "no data by division")
    )
    return section, [
        Table(
            "classes",
            Text("各类产品的更新情况", "Freshness by class"),
            (Text("类别", "class"), *counted, oldest),
            by_class,
            None if by_class else NO_PRODUCTS,
        ),
        Table(
            "ages",
            Text("各产品的更新情况", "Freshness by product"),
            (Text("产品", "product"), Text("更新日期", "updated"), Text("天数", "days"), Text("状态", "state")),
            tuple((each.product, each.updated.isoformat(), each.days, _WORDS[each.state]) for each in products),
            None if products else NO_PRODUCTS,
        ),
        Table(
            "divisions",
            Text("临近期限和逾期的区划", "Divisions that are due or late"),
            (Text("区划", "division"), Text("产品", "product"), Text("天数", "days"), Text("状态", "state")),
            rows,
            None if rows else nothing,
        ),
    ]


_WORDS: Final = {"fresh": "合格", "due": "临近期限", "late": "逾期"}


def _states(of_class: Sequence[Freshness]) -> tuple[float, ...]:
    states = Counter(each.state for each in of_class)
    return len(of_class), states["fresh"], states["due"], states["late"], max(each.days for each in of_class)
