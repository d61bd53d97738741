"""`tianlake restore`: brings a lake back to a snapshot, or tries out that it could."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tianlake.cli.backing import Where, key_name, open_series
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.commands.backup import endpoint_option, key_option, public_option
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, size, tell
from tianlake.cli.progress import steps
from tianlake.cli.saving import bring_accounts, keeps_accounts, try_accounts
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.backup import Drilled, Restored, Result, Series, Snapshot, note
from tianlake.lake.backup import drill as try_out
from tianlake.lake.backup import restore as bring_back
from tianlake.lake.backup.results import Kind
from tianlake.lake.backup.take import ACCOUNTS
from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError
from tianlake.lake.keyfiles import SIGNING, signing_key
from tianlake.lake.store import DirectoryStore, node_url, open_place
from tianlake.lake.trail import Act, Trail
from tianlake.lake.words import Instant, Text, instant

RESTORING = Text("恢复", "restore")


@click.command(
    help=say(
        "从备份恢复：到任一快照，空的或已损坏的湖均可，指针最后移动；--drill 只演练：恢复到空的临时目录并逐字节比较，"
        "不一致时以 1 退出。输出恢复点与恢复用时",
        "Restore from a backup: to any snapshot, into an empty lake or over a damaged one, pointers last. --drill "
        "tries it: into an empty temporary place, every byte compared; exits with 1 where one differs. Tells recovery "
        "point and time.",
    )
)
@click.option("--from", "url", metavar="URL", required=True, help=say("备份所在", "Where the backup lies."))
@click.option(
    "--at",
    "wanted",
    metavar="TIME",
    help=say("恢复到此时（RFC 3339）之前最近的快照", "To the newest snapshot not later than this time (RFC 3339)."),
)
@click.option(
    "--to",
    "into",
    metavar="URL",
    help=say("恢复到别处（可含 {code}）；缺省为工作区的湖", "Into another place; the workspace's lake by default."),
)
@click.option("--drill", is_flag=True, help=say("只演练", "Only try it."))
@node_option
@endpoint_option
@key_option
@public_option
@as_json
@click.pass_context
def restore(
    context: click.Context,
    /,
    *,
    url: str,
    node: str | None,
    as_json: bool,
    drill: bool,
    into: str | None,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Restore the nodes asked for."""
    session: Session = context.obj
    if drill and into is not None:
        raise LakeError("restore: --drill has a place of its own; leave out --to", zh="恢复：--drill 不与 --to 同用")
    where, at = Where(url, said["endpoint"]), _time(said["wanted"])
    rows = []
    for code in session.codes(node):
        series = open_series(session, code, where, trusted=said["trusted"], key=said["key"])
        snapshot = _snapshot(code, series, at)
        if drill:
            rows.append(_drill(session, series, snapshot, where))
        else:
            rows.append(_restore(session, series, snapshot, where, into))
    if as_json:
        emit(rows)
    if any(row["wrong"] for row in rows):
        context.exit(1)


def _snapshot(code: str, series: Series, at: Instant | None) -> Snapshot:
    if not series.place.is_claimed():
        raise LakeError(f"backup {series.place.url}: no backup of node {code} lies here")
    if series.secret is None:
        file = f"{SIGNING}/{key_name(code)}.key"
        raise LakeError(
            f"{file}: missing: private objects of the backup are sealed for it; name where it is: --key FILE",
            zh=f"{file}：缺失：备份的私有部分由它打开；请用 --key 指明",
        )
    found = series.at(at)
    zh = f"{code}：快照 {found.head.at}：{found.head.objects} 个对象，{size(found.head.bytes)}"
    tell(say(zh, f"{code}: snapshot of {found.head.at}: {found.head.objects} objects, {size(found.head.bytes)}"))
    for key in found.head.damaged:
        zh = f"{code}：快照中没有 {key}：备份时它在湖中已缺失或损坏"
        tell(say(zh, f"{code}: the snapshot lacks {key}: it was lost or wrong in the lake then"))
    return found


def _restore(session: Session, series: Series, snapshot: Snapshot, where: Where, into: str | None) -> dict[str, Any]:
    code, began = series.place.code, time.monotonic()
    workspace = session.workspace
    if into is not None:
        lake = open_place(node_url(into, code), workspace.settings.aws, workspace.root)
    else:
        lake = session.store(code)
    seed = signing_key(workspace.root, code)
    if into is None and seed is None:
        raise LakeError(f"{SIGNING}/{code}.key: missing: what is restored goes on record with it; bring it back first")

    def stands(moves: Mapping[str, str]) -> None:
        trail = Trail(lake, code, seed)
        for product, release in moves.items() if into is None else ():
            details = {"snapshot": snapshot.head.at}
            trail.record(Act("lake.restore", f"{product}/{release}" if release else product, details=details))

    with steps(code)(RESTORING, snapshot.head.bytes) as advance:
        done = bring_back(series, snapshot, lake, stands=stands, done=advance)
    if into is None and (snapshot.head.forgotten or done.passed_over):
        refresh(open_desk(session, code))  # what is derived was forgotten, or tells of what stays withdrawn
    brought = None
    if into is None and keeps_accounts(session, code):
        brought = bring_accounts(session, series, snapshot)
    result = _result("restore", where, snapshot, done, time.monotonic() - began)
    found = note(lake, result) if into is None else result(instant(time.time()))
    _tell(code, found, done)
    return _row(code, found, done) | {"brought": asdict(brought) if brought else None}


def _drill(session: Session, series: Series, snapshot: Snapshot, where: Where) -> dict[str, Any]:
    code, lake, began = series.place.code, session.store(series.place.code), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tianlake-drill-") as place, steps(code)(RESTORING, None) as advance:
        drilled = try_out(series, snapshot, lake, DirectoryStore(Path(place)), done=advance)
        accounts, same = try_accounts(session, series, snapshot)
        took_s = time.monotonic() - began
    if not same:
        drilled = replace(drilled, wrong=(*drilled.wrong, ACCOUNTS))
    made = _result("drill", where, snapshot, drilled.restored, took_s, drilled)
    found = note(lake, lambda at: replace(made(at), accounts=accounts))
    _tell(code, found, drilled.restored)
    for key in drilled.wrong:
        tell(f"{code}: {key}: {say('与备份不一致', 'differs')}")
    zh = f"{code}：演练：逐字节比较 {drilled.compared} 个对象，其中 {drilled.with_lake} 个与湖中现有的也比较过"
    en = f"{code}: drill: {drilled.compared} objects compared byte by byte, {drilled.with_lake} with the lake, too"
    tell(say(f"{zh}；不一致 {len(drilled.wrong)} 个", f"{en}; {len(drilled.wrong)} differ"))
    if accounts is not None:
        zh = f"{code}：演练：{accounts} 个用户及其密钥与配额装入空的存储，再读出比较"
        tell(say(zh, f"{code}: drill: {accounts} accounts with keys and quotas loaded, read again and compared"))
    return _row(code, found, drilled.restored) | {"compared": drilled.compared, "with_lake": drilled.with_lake}


def _result(
    kind: Kind,
    where: Where,
    snapshot: Snapshot,
    done: Restored,
    took_s: float,
    drilled: Drilled | None = None,
) -> Callable[[Instant], Result]:
    head = snapshot.head
    releases = tuple(f"{product}/{release}" for product, release in snapshot.releases())

    def made(at: Instant) -> Result:
        return Result(
            kind=kind,
            place=where.url,
            endpoint=where.endpoint,
            at=at,
            snapshot=head.at,
            objects=head.objects,
            bytes=head.bytes,
            copied=done.written,
            copied_bytes=done.size,
            took_s=round(took_s, 1),
            whole=drilled is not None and drilled.sound,
            releases=releases,
            wrong=tuple(sorted({*(drilled.wrong if drilled else ()), *head.damaged})),
        )

    return made


def _tell(code: str, found: Result, done: Restored) -> None:
    zh = (
        f"{code}：写入 {done.written} 个对象（{size(done.size)}），已有 {done.kept} 个，删除文档 {len(done.deleted)} 个"
    )
    en = f"{code}: {done.written} objects written, {size(done.size)}; {done.kept} there; {len(done.deleted)} deleted"
    tell(say(zh, en))
    for release in done.passed_over:
        tell(f"{code}: {release}: {say('快照之后已撤下，保持撤下', 'was withdrawn since, and stays withdrawn')}")
    zh = f"{code}：恢复点 {found.snapshot}（距今 {found.lag_s:.0f} 秒，RPO）；恢复用时 {found.took_s} 秒（RTO）"
    en = f"{code}: recovery point {found.snapshot}, {found.lag_s:.0f} s ago (RPO); recovery time {found.took_s} s (RTO)"
    tell(say(zh, en))


def _row(code: str, found: Result, done: Restored) -> dict[str, Any]:
    own = {"rpo_s": found.lag_s, "rto_s": found.took_s, "kept": done.kept, "deleted": list(done.deleted)}
    return {"node": code, **asdict(found), **own, "moves": dict(done.moves), "passed_over": list(done.passed_over)}


def _time(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise LakeError(f"restore: --at {text!r}: must be a time such as 2026-11-28T01:30:00Z") from None
    return instant((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
