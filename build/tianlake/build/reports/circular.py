"""The circular (通报) of an evaluation: ranks, what each node got and for what, and the rules it was reckoned by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tianlake.build.rendering.fonts import Face
from tianlake.build.reports.charts import Chart, bars
from tianlake.build.reports.layout import Block, Grid, Paper, drawn
from tianlake.build.reports.values import NO_DATA, quantity
from tianlake.lake.reports.evaluation import Evaluation, Mark, Scorecard
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.scheme import Criterion, Missing, Scheme, weighed

_MISSING: Final[dict[Missing, str]] = {"no-points": "不得分", "left-out": "不计权重"}
_NO_RANK: Final = "不排名"


def circular(evaluation: Evaluation) -> Paper:
    """Return an evaluation as people read it.

    Raises:
        CannotDrawError: No font of this machine has its letters.
    """
    quarter, scheme = Quarter.parse(evaluation.quarter), evaluation.scheme
    plain = Paper(
        f"{evaluation.name}下一级节点综合评估通报",
        f"{quarter.title.zh}（{quarter.window.since} 至 {quarter.window.until}，北京时间）",
        (
            f"主管部门：{evaluation.authority}　节点代码：{evaluation.node}",
            f"编制时间：{evaluation.made}（UTC）　依据《地理信息公共服务平台管理办法》第二十条",
            f"评估方案：{scheme.title.zh}，版本 {scheme.version}，自 {scheme.since} 施行",
            f"评估方案文件的 SHA-256：{evaluation.scheme_sha256}",
            "数据来源：各下级节点签名公布的季度报告；evaluation.txt 由本节点签名，含本文件和评估方案的 SHA-256。",
        ),
        (
            Block("排名", (_summary(evaluation.cards), _ranks(evaluation.cards))),
            Block("各项平均得分", (_means(scheme, evaluation.cards),)),
            Block("各节点得分", tuple(_card(scheme, each) for each in evaluation.cards)),
            Block("评估指标", (_rules(scheme), _scales(scheme))),
        ),
        (),
        "" if evaluation.whole else "本季度尚未结束，以下按截至编制时间已公布的报告评估。",
    )
    return drawn(plain, lambda face: _plots(evaluation.cards, face))


def _plots(cards: Sequence[Scorecard], face: Face) -> list[Chart]:
    pairs = [(each.name.removesuffix("地理信息公共服务平台"), each.total) for each in cards]
    known = [(name, total) for name, total in pairs if total is not None]
    return [bars("总分（名次靠前的节点）", known, face)] if known else []


def _summary(cards: Sequence[Scorecard]) -> Grid:
    totals = [each.total for each in cards if each.total is not None]
    rows = [
        ("直接下级节点", f"{len(cards)}"),
        ("有有效报告的节点", f"{sum(each.why is None for each in cards)}"),
        ("参加排名的节点", f"{len(totals)}"),
        ("平均分", f"{weighed([(1, each) for each in totals]):.2f}" if totals else f"{NO_DATA}：没有节点参加排名"),
    ]
    return Grid("", (), tuple(rows))


def _ranks(cards: Sequence[Scorecard]) -> Grid:
    rows = tuple(
        (f"{each.node} {each.name}", _rank(each), _points(each.total), _lacking(each), _remark(each)) for each in cards
    )
    return Grid("名次（总分相同的并列）", ("节点", "名次", "总分", "无数据的指标", "说明"), rows)


def _rank(card: Scorecard) -> str:
    return _NO_RANK if card.rank is None else f"{card.rank}"


def _points(points: float | None) -> str:
    return NO_DATA if points is None else f"{points:.2f}"


def _lacking(card: Scorecard) -> str:
    return f"{sum(mark.why is not None for mark in card.marks)}"


def _remark(card: Scorecard) -> str:
    if card.why is not None:
        return f"{NO_DATA}：{card.why.zh}"
    return "" if card.whole else "报告编制时本季度尚未结束"


def _means(scheme: Scheme, cards: Sequence[Scorecard]) -> Grid:
    rows = []
    for number, criterion in enumerate(scheme.criteria):
        got = [each.marks[number].points for each in cards]
        known = [each for each in got if each is not None]
        mean = weighed([(1, each) for each in known])
        rows.append((criterion.title.zh, f"{criterion.weight:g}", _points(mean), f"{len(known)}"))
    return Grid("", ("指标", "权重", "平均得分", "计入的节点"), tuple(rows))


def _card(scheme: Scheme, card: Scorecard) -> Grid:
    rows = tuple(
        (criterion.title.zh, f"{criterion.weight:g}", _measured(criterion, mark), _given(mark))
        for criterion, mark in zip(scheme.criteria, card.marks, strict=True)
    )
    rank = _NO_RANK if card.rank is None else f"第 {card.rank} 名"
    caption = f"{card.node} {card.name}：{rank}，总分 {_points(card.total)}"
    return Grid(caption, ("指标", "权重", "数值", "得分（百分制）"), rows)


def _measured(criterion: Criterion, mark: Mark) -> str:
    if mark.value is None:
        return f"{NO_DATA}：{mark.why.zh if mark.why else ''}"
    return quantity(mark.value, criterion.unit)


def _given(mark: Mark) -> str:
    return _MISSING["left-out"] if mark.points is None else f"{mark.points:.2f}"


def _rules(scheme: Scheme) -> Grid:
    rows = tuple(
        (each.title.zh, f"{each.weight:g}", each.law.zh, _MISSING[scheme.missing_at(each)]) for each in scheme.criteria
    )
    silent = f"没有有效报告的节点：{_MISSING[scheme.silent]}"
    return Grid(f"权重合计 100，总分为各项得分的加权平均。{silent}", ("指标", "权重", "依据", "无数据时"), rows)


def _scales(scheme: Scheme) -> Grid:
    rows = tuple((each.title.zh, "；".join(_scale(each)), _BETWEEN[each.between]) for each in scheme.criteria)
    return Grid("计分", ("指标", "数值：得分", "其间"), rows)


_BETWEEN: Final = {"line": "按直线内插", "step": "取不大于该值的一档"}


def _scale(criterion: Criterion) -> Iterator[str]:
    for value, points in criterion.points:
        yield f"{quantity(value, criterion.unit)}：{points:g} 分"
