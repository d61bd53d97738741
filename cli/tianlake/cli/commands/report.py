"""`tianlake report`: quarterly reports (article 20), for people, for programs, and signed for the parent."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import click

from tianlake.cli.commands._options import as_json, quarter_option, reports_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.reporting import published, saved, subject_of, written
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.reports.gather import quarterly as gathered
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Report


@click.group(help=say("运行情况报告（《办法》第二十条）", "Reports on the operation of a node (article 20)."))
def report() -> None:
    """Group the kinds of reports."""


@report.command(
    help=say(
        "季度报告：HTML、PDF、JSON 和签名文件；汇总下级已公布的报告；没有数据的指标注明无数据及原因",
        "The report of a quarter as HTML, PDF, JSON and a signed file; reports that nodes below published are merged; "
        "a figure without data says why.",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@quarter_option
@reports_option
@click.option(
    "--publish",
    is_flag=True,
    help=say(
        "同时公布到节点的 reports/，状态页随之列出",
        "Publish it below reports/ of the node, where its page of status lists it.",
    ),
)
@as_json
@click.pass_obj
def quarterly(session: Session, *, node: str, quarter: str, folder: Path | None, publish: bool, as_json: bool) -> None:
    """Gather, draw, sign, write; publish where that is asked for."""
    wanted = Quarter.parse(quarter)
    [code] = session.codes(node)
    found, _ = gathered(subject_of(session, code), wanted, time.time())
    files = written(session, found)
    target = folder or session.workspace.root / "reports" / code / str(wanted)
    saved(target, files)
    if publish:
        published(session, code, wanted, files)
    if as_json:
        emit(
            {"node": code, "quarter": str(wanted), "folder": str(target), "files": sorted(files), "published": publish}
        )
        return
    _show(found, files, target)


def _show(found: Report, files: Mapping[str, bytes], target: Path) -> None:
    rows = [
        (told(each.title), each.value if each.why is None else say(f"无数据：{each.why.zh}", f"no data: {each.why.en}"))
        for section in (*found.sections, found.total)
        for each in section.figures
    ]
    table(rows, say("指标 数值", "figure value").split())
    if not found.whole:
        tell(say("本季度尚未结束", "the quarter is not over"))
    tell(say(f"已写入 {target}：{'、'.join(sorted(files))}", f"written to {target}: {', '.join(sorted(files))}"))
