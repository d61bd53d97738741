"""`tianlake replica file` and `revoke`: where a copy's filing begins and ends, signed by an officer of the node."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.copies import at_option, find_copies, known_copy, open_keeper, plain, recalled_row, tell_recalled
from tianlake.cli.output import emit, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.records import read_record
from tianlake.lake.replicas import Filing, file_copy, revoke

_TERMS = ("holder", "purpose", "products", "number", "expires", "contact", "place", "endpoint")
_OPTIONAL = "endpoint"


@click.command(
    "file",
    help=say(
        "备案一个前置副本；同一编号再次备案即更改其条款，未给出的项不变",
        "File a copy, or file it anew with other terms: what is not given stays as it is.",
    ),
)
@click.argument("replica_id", metavar="ID")
@click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--holder", help=say("持有单位", "Organisation that will hold it."))
@click.option("--purpose", help=say("用途", "What for."))
@click.option(
    "--product", "products", metavar="ID", multiple=True, help=say("产品，可重复", "Product; may be repeated.")
)
@click.option("--number", help=say("向主管部门备案的编号", "Number under which the authority has it on file."))
@click.option("--expires", metavar="DATE", help=say("有效期至（含）", "Last day."))
@click.option("--contact", help=say("持有单位联系方式，不公开", "How the holder is reached; stays private."))
@click.option(
    "--place",
    metavar="URL",
    help=say("s3://桶/前缀、file:目录，或 offline（离线介质）", "s3://BUCKET/PREFIX, file:DIRECTORY, or offline."),
)
@click.option("--endpoint", metavar="URL", help=say("持有单位的 S3 服务地址", "Base URL of the holder's S3 service."))
@signed_by
@as_json
@click.pass_obj
def file_one(
    session: Session,
    /,
    *,
    replica_id: str,
    code: str,
    person: str,
    key_file: Path | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the options above
) -> None:
    """File one copy."""
    session.workspace.node(code)
    keeper = open_keeper(session, code, signer(session, code, person, key_file))
    said = {name: value for name, value in given.items() if value}
    before = keeper.register.find(replica_id) if replica_id in keeper.register.ids() else None
    terms = _terms(before.filing) if before else {}
    if missing := [name for name in _TERMS if name != _OPTIONAL and name not in terms | said]:
        options = ", ".join("--product" if each == "products" else f"--{each}" for each in missing)
        raise LakeError(
            f"replica {replica_id}: a filing needs {options}", zh=f"副本 {replica_id}：备案还须填写 {options}"
        )
    standing = file_copy(keeper, read_record(Filing, {"id": replica_id, **terms, **said}, file=f"replica {replica_id}"))
    filing = standing.filing
    tell(
        say(
            f"{filing.id}：已备案，{filing.holder}，{filing.number}，有效期至 {filing.expires}；"
            f"推送：tianlake replica push {filing.id}",
            f"{filing.id}: filed for {filing.holder}, {filing.number}, good until {filing.expires}; "
            f"send it: tianlake replica push {filing.id}",
        )
    )
    if as_json:
        emit(plain(code, standing, keeper.desk.store, time.time()))


def _terms(filing: Filing) -> dict[str, Any]:
    return {name: value for name in _TERMS if (value := getattr(filing, name))}


@click.command(
    "revoke",
    help=say(
        "终止备案并收回全部内容；介质无法取回时可登记持有单位的销毁证明",
        "End a filing and take everything back; --declared records what a holder declared of having destroyed it.",
    ),
)
@click.argument("replica_id", metavar="ID")
@node_option
@click.option("--reason", required=True, help=say("原因，将被记录", "Why; goes on record."))
@click.option(
    "--declared", metavar="TEXT", help=say("持有单位的销毁证明（文号）", "The holder's declaration of destruction.")
)
@at_option
@signed_by
@as_json
@click.pass_context
def revoke_one(  # noqa: PLR0913 - one for each option
    context: click.Context,
    /,
    *,
    replica_id: str,
    node: str | None,
    at: Path | None,
    person: str,
    key_file: Path | None,
    as_json: bool,
    **why: Any,  # noqa: ANN401 - reason and declared
) -> None:
    """End one filing."""
    session: Session = context.obj
    [(code, standing)] = find_copies(session, node, (replica_id,))
    keeper = open_keeper(session, code, signer(session, code, person, key_file))
    done = revoke(keeper, known_copy(session, standing, at), why["reason"], why["declared"])
    tell(say(f"{replica_id}：备案已终止", f"{replica_id}: its filing is ended"))
    if done.releases:
        tell_recalled(done)
    if as_json:
        row = plain(code, keeper.register.find(replica_id), keeper.desk.store, time.time())
        emit(row | {"recalled": recalled_row(done)})
    if not done.reached:
        context.exit(1)
