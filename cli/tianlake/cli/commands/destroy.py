"""`tianlake destroy`: takes a node's stack down, and leaves its data where it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tianlake.cli.backing import saved_releases
from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.deploy import approve_option, dry_option, endpoint_option, packages_option, stack_option
from tianlake.cli.output import emit, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.stack.acting import begin, do, hosted_by, note_kept, planned
from tianlake.cli.stack.outputs import check_node
from tianlake.cli.stack.planning import Stack, parted, stack_folder
from tianlake.cli.stack.running import check_terraform, run, run_json
from tianlake.cli.stack.saved import FRESH, counted, unsaved
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.history import published_products, read_pointer
from tianlake.lake.replicas import Register


@click.command(
    help=say(
        "拆除节点的云上资源；存有数据的资源（存储桶、用户表、密钥）保留。有当前版本不在一周内核对无误的备份或前置副本中时拒绝",
        "Take a node's stack down. What holds data (buckets, tables, keys) stays, and is told by name. "
        "Refused where a current release is in no backup and no copy that was found sound within a week.",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@stack_option
@packages_option
@endpoint_option
@dry_option
@approve_option
@as_json
@click.pass_obj
def destroy(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    node: str,
    named: Path | None,
    packages: Path | None,
    endpoint: str | None,
    dry_run: bool,
    auto_approve: bool,
    as_json: bool,
) -> None:
    """Take one node down."""
    workspace = session.workspace
    workspace.node(node)
    check_terraform()
    folder = stack_folder(workspace.root, named, workspace.settings, node)
    # Packages are read by validations of the modules even where everything goes.
    made = (packages or workspace.state / "deploy" / node / "packages").resolve()
    stack = Stack(folder, made, workspace.root.resolve(), endpoint or workspace.settings.aws.endpoint_url)
    begin(stack, steps(node))
    check_node(run_json(stack.output(), stack.variables()), node)
    state: dict[str, Any] = run_json(stack.show_json(), stack.variables())
    if not state.get("values", {}).get("root_module"):
        tell(say(f"{node}：没有已部署的资源", f"{node}: nothing is deployed"))
        _told(node, [], done=False, as_json=as_json)
        return
    _check_saved(session, node)
    kept, gone = parted(state)
    for address in gone:
        tell(say(f"拆除 {address}", f"goes: {address}"))
    for address in kept:
        tell(say(f"保留 {address}", f"stays: {address}"))
    if not dry_run:
        _agree(node, approved=auto_approve)
        if kept:
            file = note_kept(workspace, node, state, kept)
            tell(say(f"保留的资源及其标识记在 {file}", f"what stays is noted in {file}, for terraform import"))
            run(stack.forget(kept), stack.variables())
        with planned(stack, steps(node), destroy=True) as plan:
            do(stack, plan, steps(node))
    _told(node, kept, done=not dry_run, as_json=as_json)


def _check_saved(session: Session, code: str) -> None:
    """Refuse where a release that is current lies nowhere else.

    Raises:
        LakeError: It tells which.
    """
    for each in hosted_by(session.workspace, code):
        store, now = session.store(each.code), datetime.now(UTC)
        copies = counted(Register(store, each.code).all(), now)
        missing = unsaved(_releases(session, each.code), copies, saved_releases(session, each.code, now))
        if missing:
            some = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")  # noqa: PLR2004 - one line
            zh = (
                f"{each.code}：{len(missing)} 个版本不在 {FRESH.days} 天内核对无误的备份或副本中（{some}）；"
                f"先运行 tianlake backup --to URL --verify --node {each.code}，或 replica push 与 replica verify"
            )
            en = (
                f"{each.code}: {len(missing)} releases are in no backup and no copy that was found sound within "
                f"{FRESH.days} days ({some}); run: tianlake backup --to URL --verify --node {each.code}, or tianlake "
                "replica push, then tianlake replica verify"
            )
            raise LakeError(en, zh=zh)


def _releases(session: Session, code: str) -> Iterator[str]:
    """Yield what copies hold: the current release of each product, as `<product>/<release>`."""
    store = session.store(code)
    for product in published_products(store):
        pointer = read_pointer(store, product)
        if pointer is not None:
            yield f"{product}/{pointer.release}"


def _agree(code: str, *, approved: bool) -> None:
    if approved:
        return
    if not sys.stdin.isatty():
        raise LakeError("destroy: nobody is there to agree; look with --dry-run, then add --auto-approve")
    if click.prompt(say("输入节点代码以确认拆除", "Type the node's code to take it down"), err=True) != code:
        raise LakeError(say("代码不符，未执行", "that is not its code; nothing was done"))


def _told(code: str, kept: list[str], *, done: bool, as_json: bool) -> None:
    if done:
        tell(say(f"{code}：已拆除；数据保留", f"{code}: taken down; its data stays"))
    if as_json:
        emit({"node": code, "destroyed": done, "kept": kept})
