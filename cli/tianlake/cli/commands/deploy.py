"""`tianlake deploy`: a node's stack in a cloud, from its packages to a site that answers."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, table, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.stack.acting import Planned, do, hosted_by, make_packages, planned, told_by
from tianlake.cli.stack.outputs import Outputs, check_node, check_planned
from tianlake.cli.stack.planning import Changes, Stack, stack_folder
from tianlake.cli.stack.running import check_terraform
from tianlake.cli.stack.smoke import Check, smoke, wait_for
from tianlake.cli.words import say, told
from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Text

PUBLISHING: Final = Text("发布门户与目录", "publish portal and catalog")
WAITING: Final = Text("等待站点应答", "wait for the site")

_FOLDER: Final = click.Path(path_type=Path, file_okay=False, exists=True)

stack_option = click.option(
    "--stack",
    "named",
    metavar="DIR",
    type=_FOLDER,
    help=say(
        "Terraform 根目录；缺省取 tianlake.toml 的 [deploy]", "Terraform root; [deploy] of tianlake.toml names it."
    ),
)
packages_option = click.option(
    "--packages",
    metavar="DIR",
    type=_FOLDER,
    help=say("make package 的结果；缺省用本命令自己打包的", "What make package made; what deploy makes by default."),
)
endpoint_option = click.option(
    "--endpoint",
    metavar="URL",
    help=say(
        "AWS 模拟器的地址；缺省取 tianlake.toml 的 [aws]", "An emulator of AWS; [aws] of tianlake.toml by default."
    ),
)
dry_option = click.option("--dry-run", is_flag=True, help=say("只显示计划", "Show the plan; do nothing."))
approve_option = click.option("--auto-approve", is_flag=True, help=say("不再询问", "Do not ask."))


@click.command(
    help=say(
        "部署节点：打包函数，显示 Terraform 计划，确认后执行，发布门户，再以真实请求检查站点。可重复运行",
        "Deploy a node: pack its functions, show Terraform's plan, apply it once you agree, publish the portal, and "
        "try the site with real requests. Run again, it goes on where it broke off. Exits with 1 where a check fails.",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@stack_option
@packages_option
@endpoint_option
@dry_option
@approve_option
@as_json
@click.pass_context
def deploy(  # noqa: PLR0913 - one for each option
    context: click.Context,
    *,
    node: str,
    named: Path | None,
    packages: Path | None,
    endpoint: str | None,
    dry_run: bool,
    auto_approve: bool,
    as_json: bool,
) -> None:
    """Deploy one node."""
    session: Session = context.obj
    workspace = session.workspace
    workspace.node(node)
    check_terraform()
    settings = workspace.settings
    folder = stack_folder(workspace.root, named, settings, node)
    made = packages.resolve() if packages else make_packages(workspace, node, steps(node))
    stack = Stack(folder, made, workspace.root.resolve(), endpoint or settings.aws.endpoint_url)
    with planned(stack, steps(node)) as plan:
        _show(plan)
        check_planned(plan.document, node, settings)
        _refuse_loss(plan.changes)
        if not dry_run and plan.something:
            agree(auto_approve, say("执行以上计划？", "Do this?"))
            do(stack, plan, steps(node))
    row: dict[str, Any] = {"node": node, "stack": str(folder), "planned": asdict(plan.changes), "applied": not dry_run}
    checks: list[Check] = []
    if not dry_run:
        outputs = _outputs(stack, node)
        _publish(session, node)
        checks = _try(outputs, node)
        row |= {"outputs": asdict(outputs), "checks": [asdict(each) for each in checks]}
    if as_json:
        emit(row)
    elif checks:
        _table(checks)
    if any(each.sound is False for each in checks):
        context.exit(1)


def agree(approved: bool, question: str) -> None:  # noqa: FBT001 - the flag of a command
    """Ask the person at the terminal; raises `LakeError` where nobody is there, or says no."""
    if approved:
        return
    if not sys.stdin.isatty():
        raise LakeError("deploy: nobody is there to agree; look at the plan with --dry-run, then add --auto-approve")
    if not click.confirm(question, err=True):
        raise LakeError(say("未执行", "nothing was done"))


def _show(plan: Planned) -> None:
    tell(plan.text.strip())
    found = plan.changes
    tell(
        say(
            f"计划：新建 {found.made}，修改 {found.changed}，删除 {found.deleted}",
            f"plan: {found.made} made, {found.changed} changed, {found.deleted} deleted",
        )
    )


def _refuse_loss(changes: Changes) -> None:
    if changes.lost:
        named = ", ".join(changes.lost)
        raise LakeError(
            f"stack: the plan would delete what holds data: {named}; a deployment never does: mend the stack"
        )


def _outputs(stack: Stack, code: str) -> Outputs:
    found = told_by(stack)
    if found is None:
        raise LakeError("stack: has no outputs; pass on those of infra/modules/node")
    check_node({"node_code": {"value": found.node_code}}, code)
    return found


def _publish(session: Session, code: str) -> None:
    for each in hosted_by(session.workspace, code):
        with steps(each.code)(PUBLISHING, None):
            refresh(open_desk(session, each.code))


def _try(outputs: Outputs, code: str) -> list[Check]:
    _tell_names(outputs, code)
    with steps(code)(WAITING, None):
        wait_for(outputs.site_url)
    tell(f"{code}: {outputs.site_url}")
    return list(smoke(outputs.site_url, code))


def _tell_names(outputs: Outputs, code: str) -> None:
    """Tell which names an operator has to make, without which nobody answers."""
    if outputs.cdn_domain is not None and urlsplit(outputs.site_url).hostname != outputs.cdn_domain:
        tell(
            say(
                f"{code}：{outputs.site_url} 的域名须解析到 {outputs.cdn_domain}",
                f"{code}: the name of {outputs.site_url} is to be an alias of {outputs.cdn_domain}",
            )
        )
    if outputs.gateway_target is not None:
        tell(
            say(
                f"{code}：网关的域名（node.gateway.domain）须解析到 {outputs.gateway_target}",
                f"{code}: the gateway's name (node.gateway.domain) is to be an alias of {outputs.gateway_target}",
            )
        )


def _table(checks: list[Check]) -> None:
    words = {True: say("通过", "sound"), False: say("不通过", "fails"), None: say("无", "none")}
    header = say("结果 检查 所见", "result check seen").split()
    table(((words[each.sound], told(each.what), each.seen) for each in checks), header)
