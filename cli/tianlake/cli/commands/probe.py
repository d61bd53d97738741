"""`tianlake probe`: asks nodes as their public does, and keeps in their logs whether they answered."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.logs.probes import Probe, probe, put_probes

_AT_ONCE: Final = 15
"""Tries that wait in memory before they are put into the lake together; a run that ends puts what it has."""
_MOST: Final = 10_000
"""Tries that wait for a lake that does not answer; a week of minutes."""


@click.command(
    "probe",
    help=say(
        "像公众一样访问节点的目录，把是否应答记入访问日志，季度报告的在线率由此而来；宜在别的机器上每分钟运行。"
        "无应答时以 1 退出",
        "Ask nodes for their catalog as the public does, and keep in the access log whether they answered: uptime in "
        "reports is counted from that. Best run on another machine, every minute. Exits with 1 where one is silent.",
    ),
)
@node_option
@click.option(
    "--url",
    metavar="URL",
    help=say(
        "公众访问地址；缺省为 node.toml 的 url", "Where the public reads the node; url of its node.toml by default."
    ),
)
@click.option(
    "--every",
    type=click.IntRange(1, 3600),
    metavar="SECONDS",
    help=say("每隔若干秒探测一次，直到中断", "Go on, with so many seconds between two tries, until interrupted."),
)
@as_json
@click.pass_context
def probe_nodes(
    context: click.Context, /, *, node: str | None, url: str | None, every: int | None, as_json: bool
) -> None:
    """Ask the nodes, once or again and again."""
    session: Session = context.obj
    places = _places(session, node, url)
    ca_file = session.workspace.ca_file
    waiting: list[Probe] = []
    try:
        while True:
            found = [probe(code, place, ca_file) for code, place in places.items()]
            waiting += found
            for each in (each for each in found if each.why):
                tell(f"{each.row.node}: {each.why}")
            if every is None:
                break
            if len(waiting) >= _AT_ONCE * len(places):
                waiting = _put_as_far_as(session, waiting)
            time.sleep(every - time.time() % every)
    finally:
        _put(session, waiting)
    if as_json:
        emit([_row(each, places) for each in found])
    elif not any(each.why for each in found):
        for each in found:
            tell(
                say(
                    f"{each.row.node}：应答正常，{each.row.ms:.0f} 毫秒",
                    f"{each.row.node}: answered in {each.row.ms:.0f} ms",
                )
            )
    if any(each.why for each in found):
        context.exit(1)


def _places(session: Session, node: str | None, url: str | None) -> dict[str, str]:
    codes = session.codes(node)
    if url is not None and len(codes) > 1:
        raise LakeError(
            "probe: --url: is of one node; name it: --node CODE", zh="探测：--url 只对一个节点；请写明 --node"
        )
    found = {code: (url or session.workspace.node(code).url or "").rstrip("/") for code in codes}
    for code, place in found.items():
        if not place.startswith(("http://", "https://")):
            raise LakeError(
                f"nodes/{code}/node.toml: url: {place or 'is missing'}: say where the public reads it, or: --url",
                zh=f"nodes/{code}/node.toml：url：{place or '缺失'}：须为公众访问地址；或写明 --url",
            )
    return found


def _put(session: Session, waiting: list[Probe]) -> None:
    for code in {each.row.node for each in waiting}:
        put_probes(session.store(code), [each for each in waiting if each.row.node == code])


def _put_as_far_as(session: Session, waiting: list[Probe]) -> list[Probe]:
    """Put what waits, and return what waits on because a lake does not answer: a run must outlive that."""
    left: list[Probe] = []
    for code in {each.row.node for each in waiting}:
        of_node = [each for each in waiting if each.row.node == code]
        try:
            put_probes(session.store(code), of_node)
        except StoreError as error:
            tell(say(f"{code}：{error.zh}", f"{code}: {error}"))
            left += of_node
    return left[-_MOST:]


def _row(each: Probe, places: dict[str, str]) -> dict[str, Any]:
    row = each.row
    return {"node": row.node, "url": places[row.node], "status": row.status, "ms": round(row.ms, 1), "why": each.why}
