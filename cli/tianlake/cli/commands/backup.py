"""`tianlake backup`: saves what a node has, so that it can be had again at any time of before."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tianlake.cli.backing import Where, box_of, names_secret, open_series, own_seed, refuse_inside
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, size, tell
from tianlake.cli.progress import steps
from tianlake.cli.saving import dumped, let_go
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.backup import Box, Hand, Result, Series, Taken, note, take_snapshot
from tianlake.lake.backup.snapshot import snapshot_name
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Instant, Text, instant

SAVING = Text("备份", "backup")

endpoint_option = click.option(
    "--endpoint", metavar="URL", help=say("备份所在 S3 服务的地址", "Base URL of the S3 service that has the backup.")
)
key_option = click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=say("操作者的备份私钥；缺省为 signing/<代码>.backup.key", "The operator's private key of backups."),
)
public_option = click.option(
    "--public-key",
    "trusted",
    metavar="ed25519:…",
    multiple=True,
    help=say("节点以前的公钥", "A public key that the node had before."),
)


@click.command(
    help=say(
        "备份节点的湖：只传有变化的内容并读回核对，private/ 加密；快照写完才算数，中断后再次运行即可。"
        "湖中有对象缺失或损坏时以 1 退出",
        "Save a node's lake: what changed is sent and read back, private/ is sealed. A snapshot counts once its signed "
        "list is written; run again after an interruption. Exits with 1 where an object of the lake is lost or wrong.",
    )
)
@click.option(
    "--to",
    "url",
    metavar="URL",
    required=True,
    help=say("file:目录 或 s3://桶/前缀，可含 {code}", "file:DIRECTORY or s3://BUCKET/PREFIX, {code} in it or not."),
)
@node_option
@endpoint_option
@click.option(
    "--box",
    metavar="x25519:…",
    help=say("操作者的公钥：私钥可不在本机", "The operator's public key: then the private one need not be here."),
)
@click.option(
    "--verify", "reread", is_flag=True, help=say("重读以前备份的全部内容", "Read again all that was saved before.")
)
@click.option(
    "--gone",
    metavar="REASON",
    help=say("声明此处的备份已不存在（原因）", "Note that the backups at this place are there no more, and why."),
)
@as_json
@click.pass_context
def backup(
    context: click.Context,
    /,
    *,
    url: str,
    node: str | None,
    endpoint: str | None,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Save the nodes asked for."""
    session: Session = context.obj
    where, rows = Where(url, endpoint), []
    for code in session.codes(node):
        if said["gone"] is not None:
            rows.append(_forsake(session, code, where, said["gone"]))
        else:
            rows.append(_save(session, code, where, said["box"], reread=said["reread"]))
    if as_json:
        emit(rows)
    if any(row["wrong"] for row in rows):
        context.exit(1)


def _moment(series: Series) -> Instant:
    """Return now, once it is a second that has no snapshot yet: snapshots are named by the second."""
    names = set(series.names())
    for _ in range(20):
        if snapshot_name(instant(time.time())) not in names:
            break
        time.sleep(0.1)
    return instant(time.time())


def _save(session: Session, code: str, where: Where, box: str | None, *, reread: bool) -> dict[str, Any]:
    seed = own_seed(session, code)
    series = open_series(session, code, where)
    refuse_inside(session, code, where)
    series.place.claim()
    sealing = Box(box_of(session, code, box), names_secret(seed))
    lake, began = session.store(code), time.monotonic()
    with dumped(session, code) as accounts:
        file = accounts.file if accounts else None
        hand = Hand(sealing, seed, _moment(series), reread, file)
        with steps(code)(SAVING, None) as advance:
            taken = take_snapshot(lake, series, hand, done=advance)
        let = let_go(series, taken.snapshot, accounts, seed) if accounts else 0
    count = accounts.count if accounts else None
    found = note(lake, lambda at: _result(where, taken, at, time.monotonic() - began, count))
    _tell(code, series, taken)
    _tell_accounts(code, count, let)
    return _row(code, series, found)


def _result(where: Where, taken: Taken, at: str, took_s: float, accounts: int | None) -> Result:
    head = taken.snapshot.head
    return Result(
        kind="backup",
        place=where.url,
        endpoint=where.endpoint,
        at=at,
        snapshot=head.at,
        objects=head.objects,
        bytes=head.bytes,
        copied=taken.copied,
        copied_bytes=taken.copied_bytes,
        took_s=round(took_s, 1),
        whole=taken.whole,
        releases=tuple(f"{product}/{release}" for product, release in taken.snapshot.releases()),
        wrong=tuple(sorted({*taken.healed, *head.damaged})),
        accounts=accounts,
    )


def _forsake(session: Session, code: str, where: Where, reason: str) -> dict[str, Any]:
    if not reason.strip():
        raise LakeError("backup: --gone: say why", zh="备份：--gone：请说明原因")
    note(session.store(code), lambda at: Result("gone", where.url, at, where.endpoint, reason=reason))
    tell(say(f"{code}：{where.url} 不再计为备份", f"{code}: {where.url} counts as a backup no more"))
    return {"node": code, "place": where.url, "gone": reason, "wrong": []}


def _tell(code: str, series: Series, taken: Taken) -> None:
    head, place = taken.snapshot.head, series.place.url
    zh = f"{code}：{head.at} 的快照在 {place}：{head.objects} 个对象（{size(head.bytes)}），新传 {taken.copied} 个"
    en = f"{code}: snapshot of {head.at} in {place}: {head.objects} objects, {size(head.bytes)}; {taken.copied} sent"
    tell(say(f"{zh}（{size(taken.copied_bytes)}），已读回核对", f"{en} ({size(taken.copied_bytes)}) and read back"))
    if taken.renewed:
        zh = f"{code}：备份中有 {taken.renewed} 个内容缺失或损坏，已重传"
        tell(say(zh, f"{code}: {taken.renewed} objects of the backup were lost or wrong there, and sent anew"))
    for key in taken.healed:
        zh = f"{code}：{key} 在湖中缺失或损坏，备份中完好：tianlake patrol"
        tell(say(zh, f"{code}: {key}: is lost or wrong in the lake, and whole in the backup: tianlake patrol"))
    for key in head.damaged:
        zh = f"{code}：{key} 在湖中缺失或损坏，备份中也没有：tianlake patrol"
        tell(say(zh, f"{code}: {key}: is lost or wrong in the lake, and in no earlier snapshot: tianlake patrol"))


def _tell_accounts(code: str, count: int | None, let: int) -> None:
    if count is not None:
        zh = f"{code}：用户、密钥与配额一并备份，已加密：{count} 个用户"
        tell(say(zh, f"{code}: accounts, keys and quotas are in it, sealed: {count} accounts"))
    if let:
        zh = f"{code}：有用户注销：此前 {let} 个快照中的用户数据已清除"
        tell(say(zh, f"{code}: somebody left: accounts were deleted from {let} snapshots of before"))


def _row(code: str, series: Series, found: Result) -> dict[str, Any]:
    return {"node": code, **asdict(found), "place": series.place.url}
