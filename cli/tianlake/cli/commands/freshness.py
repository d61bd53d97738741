"""`tianlake freshness`: how old what is published is (article 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.ages import node_ages
from tianlake.lake.divisions import load_divisions
from tianlake.lake.freshness import Freshness, today
from tianlake.lake.query import NodeLake, read_from


@click.command(
    help=say(
        "产品及各区划数据的更新天数（《办法》第十二条：每年至少更新一次）；满 300 天提醒，满 365 天不合格",
        "Ages of products and of their divisions in days (article 12: at least one update a year): due from 300 days, "
        "late from 365. Exits with 1 where something is late.",
    )
)
@click.option(
    "--asof",
    type=click.DateTime(("%Y-%m-%d",)),
    help=say("按此日期计算（北京时间）；缺省为今天", "Reckon from this day in China; today by default."),
)
@node_option
@click.option("--all", "every", is_flag=True, help=say("列出全部区划", "List divisions that are fresh, too."))
@as_json
@click.pass_context
def freshness(context: click.Context, *, asof: datetime | None, node: str | None, every: bool, as_json: bool) -> None:
    """Print the ages, what is due or late for people first; exit with 1 where something is late."""
    session: Session = context.obj
    day = asof.date() if asof else today(datetime.now(UTC))
    settings, root, divisions = session.workspace.settings, session.workspace.root, load_divisions()
    found: list[Freshness] = []
    for code in session.codes(node):
        lake = NodeLake(session.card(code), session.store(code), read_from(settings.lake.url, code, root))
        found += node_ages(lake, settings.aws, day, divisions)
    late = [each for each in found if each.state == "late"]
    if as_json:
        rows = [asdict(each) | {"updated": each.updated.isoformat()} for each in found]
        emit({"asof": day.isoformat(), "late": len(late), "due": _count(found, "due"), "ages": rows})
    else:
        header = say(
            "节点 产品 区划 要素数 更新日期 依据 天数 状态", "node product division features updated by days state"
        )
        table(
            [_cells(each) for each in found if every or each.division is None or each.state != "fresh"], header.split()
        )
    hidden = 0 if every or as_json else sum(each.division is not None and each.state == "fresh" for each in found)
    tell(_summary(found, hidden))
    if late:
        context.exit(1)


def _count(found: Sequence[Freshness], state: str) -> int:
    return sum(each.state == state for each in found)


def _summary(found: Sequence[Freshness], hidden: int) -> str:
    fresh, due, late = (_count(found, state) for state in ("fresh", "due", "late"))
    text = say(
        f"合格 {fresh}，临近期限 {due}，逾期 {late}",
        f"{fresh} fresh, {due} due for an update, {late} late",
    )
    if hidden:
        text += say(f"；未列出 {hidden} 个合格的区划（--all）", f"; {hidden} fresh divisions not listed (--all)")
    return text


def _cells(age: Freshness) -> tuple[object, ...]:
    states = {"fresh": say("合格", "fresh"), "due": say("临近期限", "due"), "late": say("逾期", "late")}
    bases = {
        "updated_at": "updated_at",
        "period": say("数据时段", "period"),
        "built": say("构建", "built"),
    }
    place = f"{age.division} {age.name}" if age.division else say("全部", "all")
    return age.node, age.product, place, age.features, age.updated, bases[age.basis], age.days, states[age.state]
