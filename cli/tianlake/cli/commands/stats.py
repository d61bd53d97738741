"""`tianlake stats`: what the access log of nodes says; what content networks logged is taken in, what is old goes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.stats_view import show
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.freshness import today
from tianlake.lake.logs.parts import first_kept
from tianlake.lake.logs.stats import By, Figures, Log, LoggedNode
from tianlake.lake.logs.tidy import Tidied, tidy
from tianlake.lake.logs.window import Window
from tianlake.lake.query import read_from
from tianlake.lake.store.remains import open_remains

_DAYS = 30
_USUAL: tuple[By, ...] = ("day", "product", "kind", "status", "code")


@click.command(
    help=say(
        "访问统计：请求、状态、时延、流量、缓存命中和用户数，按日、产品、节点、类别等；日期为北京时间",
        "What was asked: requests, statuses, latency, bytes, cache hits and users by day, product, node, kind and so "
        "on; days are those of China.",
    )
)
@node_option
@click.option(
    "--since",
    type=click.DateTime(("%Y-%m-%d",)),
    help=say("起始日；缺省为 30 天前", "First day; 30 days ago by default."),
)
@click.option(
    "--until", type=click.DateTime(("%Y-%m-%d",)), help=say("截止日；缺省为今天", "Last day; today by default.")
)
@click.option(
    "--by",
    type=click.Choice([each for each in get_args(By) if each != "all"]),
    multiple=True,
    help=say("按什么统计，可重复；缺省为常用的几种", "What to count by, repeatable; the usual ones by default."),
)
@click.option(
    "--collect",
    metavar="PLACE",
    help=say(
        "先收取 CloudFront 标准日志（目录或 s3://…）；每个文件只计一次",
        "First take in standard logs of CloudFront, a folder or s3://…; each file counts once.",
    ),
)
@click.option(
    "--root",
    metavar="CODE",
    help=say(
        "--collect：该网络根路径（/）上的节点；缺省为工作区最上级节点",
        "With --collect: the node that the network serves at /; the workspace's topmost by default.",
    ),
)
@click.option(
    "--tidy",
    "tidies",
    is_flag=True,
    help=say(
        "先合并已结束之日的文件，并按政策删除过期日志、销毁其密钥；宜每日运行",
        "First merge the files of days that are over, remove what is older than the policy keeps and destroy its "
        "secrets; run it every day.",
    ),
)
@as_json
@click.pass_obj
def stats(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    node: str | None,
    since: datetime | None,
    until: datetime | None,
    by: tuple[By, ...],
    collect: str | None,
    root: str | None,
    tidies: bool,
    as_json: bool,
) -> None:
    """Take in, tidy up, count, print."""
    codes = session.codes(node)
    if root is not None and not collect:
        raise LakeError("stats: --root: goes with --collect", zh="访问统计：--root 与 --collect 同用")
    taken = _collect(session, collect, session.codes(root)[0]) if collect else None
    tidied = [_tidy(session, code) for code in codes] if tidies else []
    window = _window(since, until)
    with Log([_logged(session, code) for code in codes], window, session.workspace.settings.aws) as log:
        total = _one(log.figures())
        groups = {each: log.figures(each) for each in by or _USUAL}
        behind = log.count("source = 'origin'")
    if as_json:
        told = {each: [asdict(row) for row in rows] for each, rows in groups.items()}
        document: dict[str, object] = {
            "nodes": codes,
            "since": window.since.isoformat(),
            "until": window.until.isoformat(),
            "all": asdict(total) if total else None,
            "by": told,
            "behind_the_edge": behind,
        }
        emit(document | ({"collected": taken} if taken is not None else {}) | _plain(tidied))
        return
    show(window, total, groups, behind)


def _one(every: Sequence[Figures]) -> Figures | None:
    return every[0] if every and every[0].requests else None


def _plain(tidied: Sequence[Tidied]) -> dict[str, object]:
    return {"tidied": [asdict(each) | {"since": each.since.isoformat()} for each in tidied]} if tidied else {}


def _window(since: datetime | None, until: datetime | None) -> Window:
    last = until.date() if until else today(datetime.now(UTC))
    first = since.date() if since else last - timedelta(days=_DAYS - 1)
    if not date(1970, 1, 2) <= min(first, last) <= max(first, last) < date(9999, 1, 1):
        raise LakeError(
            "stats: --since, --until: a day from 1970-01-02 on is meant, before the year 9999",
            zh="访问统计：--since、--until 须在 1970-01-02 以后、9999 年以前",
        )
    if first > last:
        raise LakeError(
            f"stats: --since {first} is after --until {last}", zh=f"访问统计：--since {first} 晚于 --until {last}"
        )
    return Window(first, last)


def _logged(session: Session, code: str) -> LoggedNode:
    settings, root = session.workspace.settings, session.workspace.root
    return LoggedNode(session.store(code), read_from(settings.lake.url, code, root))


def _collect(session: Session, place: str, root: str) -> int:
    """Take in the files at a place, for every node that they tell of; return how many rows were new."""
    from tianlake.functions.edge_files import Taker, collect  # noqa: PLC0415 - the gateway's libraries

    workspace = session.workspace
    nodes = {
        code: Taker(session.store(code), first_kept(time.time(), session.policy(code).log_days))
        for code in session.codes()
    }
    rows = collect(place, workspace.settings.aws, workspace.root, nodes=nodes, root=root)
    tell(say(f"收取 {rows} 条新日志", f"took in {rows} new rows"))
    return rows


def _tidy(session: Session, code: str) -> Tidied:
    workspace = session.workspace
    remains = open_remains(workspace.settings.lake.url, code, workspace.settings.aws, workspace.root)
    done = tidy(session.store(code), session.policy(code).log_days, remains.erase, time.time())
    tell(
        say(
            f"{code}：合并 {done.merged} 个文件，删除 {done.since} 之前的 {done.removed} 个，"
            f"销毁 {done.secrets} 个月的密钥",
            f"{code}: merged {done.merged} files, removed {done.removed} from before {done.since}, destroyed the "
            f"secrets of {done.secrets} months",
        )
    )
    return done
