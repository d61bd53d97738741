"""`tianlake case apply`, `prove`: the removal, and the proof that nothing is left."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tianlake.cli.casework import Bench
from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.case_list import told_state
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, size, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.proving import Reach, not_reached, places
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake import keys
from tianlake.lake.cases.book import Act
from tianlake.lake.cases.proof import Found, PlaceRead, Proof, prove
from tianlake.lake.cases.steps import STATES
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.naming import nodes_above
from tianlake.lake.store import ABSENT
from tianlake.lake.trail import Act as Entry

MOST_TOLD = 50
"""Findings that are printed."""

node_of_case = click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))


@click.command(
    "apply",
    help=say(
        "处理：发布不含该内容的新版本，再从全部旧版本、派生物、缓存和副本中删除；中断后再次运行即可",
        "Remove: publish a release without it, then delete it from all older releases, derived files, caches and "
        "copies. Run it again where it was interrupted, or once the gate lets the release out.",
    ),
)
@click.argument("case_id", metavar="CASE")
@node_of_case
@signed_by
@as_json
@click.pass_obj
def apply_one(session: Session, *, case_id: str, code: str, person: str, key_file: Path | None, as_json: bool) -> None:
    """Carry out one case."""
    from tianlake.cli.removing import apply_case  # noqa: PLC0415 - the builders' libraries

    session.codes(code)
    bench = Bench(session, code)
    done = apply_case(bench, case_id, signer(session, code, person, key_file))
    if as_json:
        emit(asdict(done))
        return
    for product, release in done.kept.items():
        tell(say(f"{product}：现行版本 {release or '无'}", f"{product}: current release {release or 'none'}"))
    tell(told_state(bench.book.find(case_id), bench.settings))
    tell(say(f"接着：各上级节点 tianlake federate，再 tianlake case prove {case_id}", _next_after(case_id)))


def _next_after(case_id: str) -> str:
    return f"then let the nodes above take it over (tianlake federate), and: tianlake case prove {case_id}"


@click.command(
    "prove",
    help=say(
        "核验：读遍全部对象、历史版本、工作区、上级节点、副本和网关缓存；有残留或读不到则以 1 退出",
        "Prove: read every object and version, the workspace, the nodes above, copies and gateways. Exits with 1 "
        "where something is left, or could not be read.",
    ),
)
@click.argument("case_id", metavar="CASE")
@node_of_case
@signed_by
@click.option("--copy", "copies", metavar="PLACE", multiple=True, help=say("另一副本", "A copy: file:DIR, s3://…"))
@click.option("--gateway", "gateways", metavar="URL", multiple=True, help=say("网关地址", "Base URL of a gateway."))
@click.option(
    "--tk", "key", metavar="KEY", help=say("网关要求密钥时使用", "Key for what a gateway does not give to all.")
)
@click.option(
    "--except",
    "excepted",
    metavar="PLACE/NAME",
    multiple=True,
    help=say("此处是另一内容，由签名人负责", "What is found there is something else: the signer answers for it."),
)
@as_json
@click.pass_context
def prove_one(
    context: click.Context,
    /,
    *,
    case_id: str,
    code: str,
    person: str,
    key_file: Path | None,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Prove one removal."""
    session: Session = context.obj
    session.codes(code)
    bench = Bench(session, code)
    hand = signer(session, code, person, key_file)
    found = bench.book.find(case_id)
    evidence = bench.evidence(found)
    if evidence is None or found.state not in {"applied", "proved"}:
        raise LakeError(
            f"case {case_id}: the case is {STATES[found.state].en}; first: tianlake case apply",
            zh=f"诉求 {case_id}：现为“{STATES[found.state].zh}”；请先处理：tianlake case apply",
        )
    reach = Reach(said["copies"], said["gateways"], said["key"])
    proof = prove(places(bench, evidence, reach), evidence.needles, said["excepted"], _tell_place)
    details = _details(bench, proof, said["excepted"])
    above = list(nodes_above(code, load_divisions()))
    _keep(bench, case_id, proof)
    entry = {"clean": proof.clean, "listing": proof.listing_sha256}
    open_desk(session, code).trail.record(Entry("case.prove", case_id, person, entry))
    made = bench.book.take(case_id, Act("prove", details), hand)
    if said["as_json"]:
        emit(_plain(proof, details, above))
    else:
        _tell(proof, details, above)
        tell(told_state(made, bench.settings))
    if not proof.clean:
        context.exit(1)


def _keep(bench: Bench, case_id: str, proof: Proof) -> None:
    """Put the list of all that was read beside the steps; it names objects and nothing of what is in them."""
    key = keys.case_listing(case_id, proof.listing_sha256)
    try:
        bench.store.put(key, proof.listing, media_type="text/tab-separated-values", condition=ABSENT)
    except ConflictError:  # the same list of an earlier proof
        return


def _details(bench: Bench, proof: Proof, excepted: tuple[str, ...]) -> dict[str, Any]:
    return {
        "clean": proof.clean,
        "found": len(proof.found),
        "unread": len(proof.unread),
        "excepted": list(excepted),
        "objects": proof.objects,
        "bytes": proof.bytes,
        "places": [[each.label, each.objects, each.bytes] for each in proof.places],
        "decoded": dict(sorted(proof.opened.items())),
        "not_reached": not_reached(bench),
        "listing": proof.listing_sha256,
    }


def _plain(proof: Proof, details: dict[str, Any], above: list[str]) -> dict[str, Any]:
    named: list[dict[str, str | None]] = [
        {
            "place": each.place,
            "name": each.name,
            "within": each.sight.place,
            "kind": each.sight.kind,
            "own_of": _owner(above, each),
        }
        for each in proof.found
    ]
    return details | {"findings": named, "not_read": [asdict(each) for each in proof.unread]}


def _tell_place(place: PlaceRead) -> None:
    zh = f"  已读 {place.label}：{place.objects} 个，{size(place.bytes)}"
    tell(say(zh, f"  read {place.label}: {place.objects} objects, {size(place.bytes)}"))


def _owner(above: list[str], found: Found) -> str | None:
    """Return the node above whose own content a remain is; None where it is of the case's node."""
    own = found.name.startswith((keys.RELEASES, keys.COLLECTIONS, keys.PRIVATE))
    return found.place if own and found.place in above else None


def _tell(proof: Proof, details: dict[str, Any], above: list[str]) -> None:
    opened = ", ".join(f"{count} {kind}" for kind, count in details["decoded"].items())
    tell(say(f"  解码：{opened}", f"  decoded: {opened}"))
    for each in proof.found[:MOST_TOLD]:
        place = f"{each.place}/{each.name}: {each.sight.place} ({each.sight.kind})"
        owner = _owner(above, each)
        zh, en = (f"：节点 {owner} 自己的内容，由其另立一案", f": node {owner}'s own, a case of that node")
        click.echo(say(f"残留 {place}{zh if owner else ''}", f"left {place}{en if owner else ''}"))
    for lack in proof.unread[:MOST_TOLD]:
        where = f"{lack.place}/{lack.name}: {lack.reason}"
        click.echo(say(f"未读 {where}", f"unread {where}"))
    for code in details["not_reached"]:
        zh = f"{code}：不在此工作区，由其运行维护单位核验"
        tell(say(zh, f"{code}: is not of this workspace; its operator proves what it holds"))
    total = f"{proof.objects}, {size(proof.bytes)}"
    tell(say(f"共读 {total}；残留 {len(proof.found)}，未读 {len(proof.unread)}", _total(proof, total)))


def _total(proof: Proof, total: str) -> str:
    return f"read {total} in all; {len(proof.found)} left, {len(proof.unread)} not read"
