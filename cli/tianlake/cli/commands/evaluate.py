"""`tianlake evaluate`: every node right below, by a scheme, from what it signed (article 20)."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from tianlake.cli.commands._options import as_json, quarter_option, reports_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.reporting import circulated, neighbours, published, saved
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.freshness import today
from tianlake.lake.reports.evaluation import Evaluation, scorecards
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.scheme import default_scheme, read_scheme
from tianlake.lake.words import instant


@click.command(
    help=say(
        "综合评估下一级节点（《办法》第二十条）：按评估方案由各节点签名的季度报告计分、排名，"
        "编制通报（HTML、PDF、JSON 和签名文件）",
        "Evaluate the nodes right below (article 20): points by a scheme from the reports that they signed, ranks, "
        "and a circular as HTML, PDF, JSON and a signed file.",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("编制评估的上级节点", "The node that evaluates."))
@quarter_option
@click.option(
    "--scheme",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say(
        "评估方案（TOML）；缺省为随软件提供的方案，其文件写入输出目录",
        "The scheme, TOML; by default the one that comes with Tianlake, which is written beside what is made.",
    ),
)
@reports_option
@click.option(
    "--publish",
    is_flag=True,
    help=say(
        "同时公布到节点的 reports/：任何人都可以看到；只在一定范围内通报的，不要使用",
        "Publish it below reports/ of the node, where anybody sees it: not for a circular that is for some alone.",
    ),
)
@as_json
@click.pass_obj
def evaluate(  # noqa: PLR0913 - one for each option
    session: Session, *, node: str, quarter: str, scheme: Path | None, folder: Path | None, publish: bool, as_json: bool
) -> None:
    """Read, reckon, draw, sign, write; publish where that is asked for."""
    wanted = Quarter.parse(quarter)
    raw = default_scheme() if scheme is None else _read(scheme)
    [code] = session.codes(node)
    found = _evaluated(session, code, wanted, raw, "scheme" if scheme is None else scheme.as_posix())
    files = circulated(session, found, raw)
    target = folder or session.workspace.root / "reports" / code / str(wanted)
    saved(target, files)
    if publish:
        published(session, code, wanted, files)
    if as_json:
        ranks = [{"node": each.node, "rank": each.rank, "total": each.total} for each in found.cards]
        emit(
            {
                "node": code,
                "quarter": str(wanted),
                "scheme": found.scheme.version,
                "folder": str(target),
                "files": sorted(files),
                "published": publish,
                "cards": ranks,
            }
        )
        return
    _show(found)
    tell(say(f"已写入 {target}：{'、'.join(sorted(files))}", f"written to {target}: {', '.join(sorted(files))}"))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise fault(
            file.as_posix(), "", f"cannot be read: {error.strerror}", zh=f"无法读取：{error.strerror}"
        ) from None


def _evaluated(session: Session, code: str, quarter: Quarter, raw: bytes, shown: str) -> Evaluation:
    scheme = read_scheme(raw, shown)
    children = neighbours(session, code)
    if not children:
        rule = "no node below it is registered; register each with `tianlake node add`"
        zh = f"节点 {code}：没有登记下级节点；请用 tianlake node add 登记"
        raise LakeError(f"node {code}: {rule}", zh=zh)
    card, now = session.card(code), time.time()
    return Evaluation(
        code,
        card.identity.name,
        card.settings.authority.name,
        str(quarter),
        instant(now),
        today(datetime.fromtimestamp(now, UTC)) > quarter.window.until,
        scheme,
        hashlib.sha256(raw).hexdigest(),
        scorecards(scheme, children, quarter),
    )


def _show(found: Evaluation) -> None:
    rows = [
        (
            say("不排名", "none") if each.rank is None else each.rank,
            each.node,
            each.name,
            say("无数据", "no data") if each.total is None else f"{each.total:.2f}",
            "" if each.why is None else say(f"无数据：{each.why.zh}", f"no data: {each.why.en}"),
        )
        for each in found.cards
    ]
    table(rows, say("名次 节点 名称 总分 说明", "rank node name total remark").split())
    tell(
        say(
            f"评估方案：{told(found.scheme.title)}，版本 {found.scheme.version}",
            f"scheme: {told(found.scheme.title)}, version {found.scheme.version}",
        )
    )
    if not found.whole:
        tell(say("本季度尚未结束", "the quarter is not over"))
