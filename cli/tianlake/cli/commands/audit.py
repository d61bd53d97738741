"""`tianlake audit`: the trail of all acts of a node, read and verified (articles 9, 15, 16 and 18)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.registry import signing_key
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.fetch import Limits, fetch
from tianlake.lake.signed import public_key
from tianlake.lake.trail import Anchors, Trail
from tianlake.lake.trail.anchors import read_anchors, stored_anchors
from tianlake.lake.trail.findings import RULES, Finding
from tianlake.lake.trail.fits import CHECKS, Told
from tianlake.lake.trail.pending import seal
from tianlake.lake.trail.shown import Line, Wish, lines
from tianlake.lake.trail.verify import Verdict, Wanted, verify_trail

_LARGEST = 1_000_000
"""Bytes of a document of anchors."""


@click.group(help=say("审计记录：只增不改、逐条签名的操作记录", "The audit trail: every act, signed, never changed."))
def audit() -> None:
    """Group the commands of the trail."""


@audit.command(
    help=say(
        "核验审计记录：改动、删除、调换、插入、截断、他人签名、时间倒退，以及与库中内容不符之处；有发现时返回 1",
        "Verify the trail: what was edited, deleted, moved, put in, cut off or signed by others, and acts that do not "
        "fit what stands in the store. Exits with 1 where something is found.",
    )
)
@node_option
@click.option(
    "--anchors",
    "sources",
    metavar="FILE|URL",
    multiple=True,
    help=say(
        "上级保存的锚定（上级的 federation/anchors/<代码>.json）；上级在本工作区时自动取用",
        "What its parent keeps: federation/anchors/<code>.json there; taken by itself where the parent is here.",
    ),
)
@as_json
@click.pass_context
def verify(context: click.Context, *, node: str | None, sources: tuple[str, ...], as_json: bool) -> None:
    """Verify the trails of the nodes asked for."""
    session: Session = context.obj
    codes = session.codes(node)
    given = [_anchors(session, source) for source in sources]
    if strange := [each.node for each in given if each.node not in codes]:
        raise LakeError(
            f"audit verify: --anchors: of node {strange[0]}, which is not verified here; name it: --node",
            zh=f"核验：--anchors 属于节点 {strange[0]}，不在此次核验之内；请用 --node 指明",
        )
    done = [_verify_one(session, code, [each for each in given if each.node == code]) for code in codes]
    if as_json:
        emit(done)
    if any(row["findings"] for row in done):
        context.exit(1)


def _verify_one(session: Session, code: str, given: list[Anchors]) -> dict[str, Any]:
    store, facts = session.store(code), Told()
    seed = signing_key(session.workspace.root, code)
    parents = [*given, *_of_parent(session, code)]
    own = stored_anchors(store)
    wanted = Wanted(
        code,
        public_key(seed) if seed else None,
        tuple([*parents, own] if own else parents),
        frozenset(each.key for each in parents),
    )
    start = time.monotonic()
    verdict = verify_trail(store, wanted, time.time(), told=facts.take)
    for check in CHECKS if verdict.entries else ():
        for each in check(store, facts):
            verdict.add(each.file, each.place, each.rule, each.told)
    _tell(code, verdict, time.monotonic() - start, len(parents))
    end = asdict(verdict.end) if verdict.end else None
    own_row = {"node": code, "entries": verdict.entries, "end": end, "key": verdict.key}
    listed = [asdict(each) | {"means": asdict(RULES[each.rule])} for each in verdict.findings]
    return own_row | {"anchors": len(wanted.anchors), "findings": listed, "more": verdict.more}


def _of_parent(session: Session, code: str) -> Iterator[Anchors]:
    """Yield what the parent keeps, where it is a node of this workspace."""
    parent = session.name(code).parent
    if parent is None or parent not in session.workspace.node_codes():
        return
    file = keys.anchors_of(code)
    try:
        yield read_anchors(session.store(parent).get(file)[1], file=f"{parent}/{file}")
    except NotFoundError:
        return


def _anchors(session: Session, source: str) -> Anchors:
    if source.startswith(("http://", "https://")):
        found = fetch(source, {}, Limits(_LARGEST), session.workspace.ca_file)
        body = found.body if found else b""
    else:
        try:
            body = Path(source).read_bytes()
        except OSError as error:
            raise LakeError(f"{source}: cannot be read: {error.strerror}") from None
    return read_anchors(body, file=source)


def _tell(code: str, verdict: Verdict, seconds: float, parents: int) -> None:
    for each in verdict.findings:
        tell(f"{code}: {_where(each)}: {told(RULES[each.rule])}{f' ({each.told})' if each.told else ''}")
    if verdict.more:
        tell(say(f"{code}：另有 {verdict.more} 处", f"{code}: and {verdict.more} more"))
    if not verdict.entries and not verdict.findings:
        tell(say(f"{code}：还没有审计记录", f"{code}: no trail yet"))
    elif not verdict.findings:
        end = verdict.end.at if verdict.end else ""
        vouched = say("，与上级的锚定相符", ", as its parent has it") if parents else ""
        zh = f"{code}：{verdict.entries} 条，至 {end}，完整无误{vouched}（{seconds:.1f} 秒）"
        en = f"{code}: {verdict.entries} entries up to {end}, whole and unchanged{vouched} ({seconds:.1f} s)"
        tell(say(zh, en))


def _where(found: Finding) -> str:
    return f"{found.file}: {found.place}" if found.place else found.file


@audit.command(help=say("查看审计记录", "Read the trail."))
@node_option
@click.option("--since", metavar="TIME", help=say("自此日期或时刻（UTC）", "From this day or time on, UTC."))
@click.option("--kind", metavar="KIND", help=say("类别或其前缀，如 publish、key", "Kind, or how it begins: key."))
@click.option("--by", metavar="ID", help=say("何人", "By whom."))
@click.option("--subject", metavar="TEXT", help=say("对象中含此文字", "What it was done to, or a part of that."))
@as_json
@click.pass_obj
def show(session: Session, /, *, node: str | None, as_json: bool, **asked: str | None) -> None:
    """Print the acts asked for."""
    wish = Wish(**{name: value or "" for name, value in asked.items()})
    wish = replace(wish, since=_since(wish.since)) if wish.since else wish
    found = ((code, line) for code in session.codes(node) for line in _lines(session, code, wish))
    if as_json:
        emit([{"node": code, **asdict(line)} for code, line in found])
        return
    header = say("节点 序号 时间 何人 类别 对象 说明", "node no time by act on details").split()
    table((_cells(code, line) for code, line in found), header)


def _since(text: str) -> str:
    """Return a day or time as entries have it: UTC, RFC 3339; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise LakeError(
            f"--since {text!r}: is a day or time such as 2026-11-27 or 2026-11-27T08:00:00Z",
            zh=f"--since {text!r}：写日期或时间，如 2026-11-27 或 2026-11-27T08:00:00Z",
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(session: Session, code: str, wish: Wish) -> Iterator[Line]:
    return lines(Trail(session.store(code), code, None).entries(), wish)


def _cells(code: str, line: Line) -> tuple[object, ...]:
    return code, line.number, line.at, line.by, line.kind, line.subject, line.brief()


@audit.command(
    "seal",
    help=say(
        "把服务端等待的操作记录写入审计记录；其他命令也会顺带完成", "Seal what servers put on record into the trail."
    ),
)
@node_option
@as_json
@click.pass_obj
def seal_all(session: Session, *, node: str | None, as_json: bool) -> None:
    """Seal the acts that wait."""
    rows = []
    for code in session.codes(node):
        seed = signing_key(session.workspace.root, code)
        if seed is None:
            tell(say(f"{code}：此处没有节点密钥", f"{code}: the node's key is not here"))
            continue
        count = seal(Trail(session.store(code), code, seed))
        tell(say(f"{code}：写入 {count} 条", f"{code}: {count} acts sealed"))
        rows.append({"node": code, "sealed": count})
    if as_json:
        emit(rows)
