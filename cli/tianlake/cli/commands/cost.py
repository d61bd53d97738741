"""`tianlake cost`: what a node costs a month."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, table, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.stack.costing import (
    GB,
    PROTOMAPS_HITS,
    PROTOMAPS_MILLION,
    PriceList,
    Setting,
    Use,
    compared,
    estimate,
    read_prices,
    settings,
)
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Text

REGION: Final = "us-east-1"
"""Where the workspace names none."""

LISTING: Final = Text("统计存储量", "add up what is stored")

_MANY: Final = click.FloatRange(0)


@click.command(
    help=say(
        "估算一个节点每月的费用：由流量与存储量计算，价格取自标明日期的价目文件",
        "Estimate what a node costs a month, from its traffic and volume, by a dated list of prices.",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--tiles", type=_MANY, default=1e6, show_default=True, help=say("每月瓦片请求", "Tiles a month."))
@click.option("--tile-kb", type=_MANY, default=20.0, show_default=True, help=say("每个瓦片 kB", "kB of a tile."))
@click.option("--searches", type=_MANY, default=1e5, show_default=True, help=say("每月检索", "Searches a month."))
@click.option(
    "--download-gb", type=_MANY, default=0.0, show_default=True, help=say("整件下载 GB", "GB of whole files.")
)
@click.option(
    "--hits", type=click.FloatRange(0, 1), default=0.9, show_default=True, help=say("CDN 命中率", "Share of CDN hits.")
)
@click.option("--stored-gb", type=_MANY, help=say("存储量 GB；缺省按节点的对象统计", "GB stored; added up by default."))
@click.option(
    "--copies", type=click.IntRange(0), default=1, show_default=True, help=say("异地副本", "Copies elsewhere.")
)
@click.option(
    "--gateways", type=click.IntRange(0), default=1, show_default=True, help=say("网关任务数", "Gateway tasks.")
)
@click.option("--edge/--no-edge", default=True, help=say("每次请求经边缘函数准入", "A function admits each request."))
@click.option("--firewall/--no-firewall", default=True, help=say("CDN 前设防火墙", "A firewall before the CDN."))
@click.option("--region", help=say("区域；缺省取 tianlake.toml", "AWS region; that of tianlake.toml by default."))
@click.option(
    "--prices", "file", type=click.Path(path_type=Path, dir_okay=False), help=say("价目文件", "A list of prices.")
)
@as_json
@click.pass_obj
def cost(
    session: Session,
    /,
    *,
    node: str,
    stored_gb: float | None,
    region: str | None,
    file: Path | None,
    as_json: bool,
    **traffic: float,
) -> None:
    """Print the estimate."""
    if file is not None and not file.is_file():
        raise LakeError(f"{file}: does not exist")
    session.workspace.node(node)
    prices = read_prices(file)
    where = region or session.workspace.settings.aws.region or REGION
    own = prices.of(where)
    stored = _stored(session, node) if stored_gb is None else stored_gb
    use = Use(stored_gb=stored, **traffic)  # type: ignore[arg-type] # click's types are those of the fields
    items = estimate(use, own)
    whole = sum(each.cost for each in items)
    against = compared(use, own, prices.currency)
    if as_json:
        lines = [asdict(each) | {"cost": each.cost} for each in items]
        head = {"node": node, "region": where, "prices": prices.version, "currency": prices.currency}
        emit(
            head
            | {"confirmed": prices.confirmed or None, "use": asdict(use), "items": lines, "month": whole}
            | against
            | {"settings": [asdict(each) for each in settings(own, prices.currency)]}
        )
        return
    header = say("项目 数量 单位 单价 每月", "item quantity unit price month").split()
    rows = [
        (told(each.what), f"{each.quantity:,.3f}", each.unit, f"{each.price:g}", f"{each.cost:,.2f}") for each in items
    ]
    table([*rows, (say("合计", "all"), "", "", "", f"{whole:,.2f}")], header)
    _tell(prices, where, settings(own, prices.currency))


def _stored(session: Session, code: str) -> float:
    with steps(code)(LISTING, None):
        return sum(info.size for info in session.store(code).list()) / GB


def _tell(prices: PriceList, region: str, found: list[Setting]) -> None:
    confirmed = prices.confirmed or say("未经核对", "confirmed by nobody")
    tell(
        say(
            f"{region}，{prices.currency}，价目 {prices.version}（{confirmed}），不含税与免费额度",
            f"{region}, {prices.currency}, prices of {prices.version} ({confirmed}), without taxes and free tiers",
        )
    )
    compare = prices.currency == "USD"
    model = f"{PROTOMAPS_MILLION:.2f}"
    against = (
        say(f"Protomaps 模型 {model}", f"Protomaps' model {model}")
        if compare
        else say("Protomaps 模型以美元计，不作比较", "Protomaps' model is in dollars, and not compared")
    )
    tell(
        say(
            f"每百万瓦片（流出前，命中率 {PROTOMAPS_HITS:.0%}），{prices.currency}；{against}",
            f"A million tiles before egress at {PROTOMAPS_HITS:.0%} hits, {prices.currency}; {against}",
        )
    )
    for each in found:
        tell(f"  {_said(each, compare=compare)}")


def _said(setting: Setting, *, compare: bool) -> str:
    edge = say("边缘准入", "admission at the edge") if setting.edge else say("网关准入", "admission at the gateway")
    wall = say("有防火墙", "firewall") if setting.firewall else say("无防火墙", "no firewall")
    if not compare:
        return f"{setting.million:.2f}  {edge}{say('、', ', ')}{wall}"
    from_ = (
        say("任何命中率均高于该模型", "dearer than the model at any share of hits")
        if setting.enough_hits is None
        else say(
            f"命中率 {setting.enough_hits:.0%} 起不高于该模型", f"no dearer from {setting.enough_hits:.0%} hits on"
        )
    )
    return f"{setting.million:.2f}  {edge}{say('、', ', ')}{wall}{say('：', ': ')}{from_}"
