"""`tianlake policy`: which rules hold at a node, where each comes from, and whether anything is loosened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.policy_words import SEVERITY, STATUS, shown
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError
from tianlake.lake.freshness import today
from tianlake.lake.policy import EffectivePolicy, Loosening, Policy, Rule, loosened
from tianlake.lake.policy.files import node_policies, node_policy, read_policy
from tianlake.lake.policy.merge import Step, steps

day_option = click.option(
    "--asof",
    type=click.DateTime(("%Y-%m-%d",)),
    help=say("按此日期（北京时间）；缺省为今天", "On this day in China; today by default."),
)


@click.group(
    help=say(
        "公开数据的政策：哪些规则在某节点有效，下级是否放宽了上级的规则",
        "Policies for public data: which rules hold at a node, and whether a lower one loosens what is above.",
    )
)
def policy() -> None:
    """Group the commands on policies."""


@policy.command(help=say("显示在节点有效的规则", "Show the rules that hold at a node."))
@node_option
@day_option
@as_json
@click.pass_obj
def show(session: Session, *, node: str | None, asof: datetime | None, as_json: bool) -> None:
    """Print the policy of each node asked for."""
    found = [node_policy(session.workspace, code, _day(asof)) for code in session.codes(node)]
    if as_json:
        emit([_plain(each) for each in found])
        return
    for each in found:
        demo = say("（演示：不审核）", " (demo: nothing is reviewed)") if each.demo else ""
        click.echo(f"{each.node}: {each.label}{demo}  sha256 {each.digest[:16]}")
        header = say("规则 要求 结果 依据程度 确认 参数 法规", "rule title acts known-by confirmed parameters law")
        table([_row(rule) for rule in each.rules.values()], header.split())
        _tell_unconfirmed(each)


def _row(rule: Rule) -> Sequence[str]:
    yes = say("已确认", "yes") if rule.confirmed else ""
    return rule.id, told(rule.title), told(SEVERITY[rule.acts]), told(STATUS[rule.status]), yes, shown(rule), rule.law


def _tell_unconfirmed(found: EffectivePolicy) -> None:
    waiting = [rule.id for rule in found.rules.values() if rule.acts != rule.severity]
    if waiting:
        listed = ", ".join(waiting)
        tell(
            say(
                f"{found.node}：{len(waiting)} 条规则未见原文，确认前只提交审核、不拒绝发布：{listed}",
                f"{found.node}: {len(waiting)} rules ask for review until they are confirmed: {listed}",
            )
        )


@policy.command(
    help=say(
        "显示各级政策收紧了什么；放宽了任何一处则以 1 退出。给出两个文件则比较它们（同一政策的新旧版本，或上级与下级）",
        "Show what each level tightens; exits with 1 where anything is loosened. With two files, compare these: two "
        "versions of one policy, or a policy and one below it.",
    )
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@node_option
@day_option
@as_json
@click.pass_obj
@click.pass_context
def diff(
    context: click.Context,
    session: Session,
    *,
    files: tuple[Path, ...],
    node: str | None,
    asof: datetime | None,
    as_json: bool,
) -> None:
    """Compare policies and exit with 1 where one is loosened."""
    if len(files) not in {0, 2}:
        raise LakeError("policy diff: give two files, or none", zh="policy diff：给出两个文件，或不给文件")
    found = list(_of_files(*files) if files else _of_nodes(session, node, _day(asof)))
    if as_json:
        emit([{"node": where, **_plain_step(step)} for where, step in found])
    else:
        for where, step in found:
            _print(where, step)
    if any(step.loosened for _, step in found):
        context.exit(1)


def _of_files(upper: Path, lower: Path) -> Iterator[tuple[str, Step]]:
    above, below = read_policy(upper, str(upper)), read_policy(lower, str(lower))
    gains = loosened(below, above) if above.key == below.key else _gains(above, below)
    known = {each.id for each in above.rules}
    added = tuple(each.id for each in below.rules if each.id not in known)
    told_gains = tuple(each for each in gains if each.rule not in added)
    yield f"{above.label} → {below.label}", Step(below, told_gains, loosened(above, below), added)


def _gains(above: Policy, below: Policy) -> tuple[Loosening, ...]:
    """Return where a policy below is stricter, by what both say of the same rules."""
    return steps((above, below), max(above.effective, below.effective), below.node)[-1].tightened


def _of_nodes(session: Session, node: str | None, day: date) -> Iterator[tuple[str, Step]]:
    for code in session.codes(node):
        for step in steps(node_policies(session.workspace, code), day, code):
            yield code, step


def _print(where: str, step: Step) -> None:
    counts = say(
        f"新增 {len(step.added)}，收紧 {len(step.tightened)}，放宽 {len(step.loosened)}",
        f"{len(step.added)} added, {len(step.tightened)} tightened, {len(step.loosened)} loosened",
    )
    click.echo(f"{where} {step.policy.label}: {counts}")
    for loss in step.loosened:
        click.echo(f"  ! {told(loss.text)}")
    for gain in step.tightened:
        click.echo(f"  + {say(*_tightened(gain))}")
    for id_ in step.policy.confirmed:
        click.echo(f"  + {id_}: {say('已确认', 'confirmed')}")


def _tightened(gain: Loosening) -> tuple[str, str]:
    """Return what was tightened: of a loosening the other way round, `upper` is what holds now."""
    where = f"{gain.rule}: {gain.place}"
    return f"{where}：由 {gain.lower} 收紧为 {gain.upper}", f"{where}: tightened from {gain.lower} to {gain.upper}"


def _plain(found: EffectivePolicy) -> dict[str, Any]:
    rules = [asdict(rule) | {"acts": rule.acts} for rule in found.rules.values()]
    return {
        "node": found.node,
        "label": found.label,
        "digest": found.digest,
        "demo": found.demo,
        "chain": [{"id": each.id, "version": each.version, "node": each.node} for each in found.chain],
        "rules": rules,
    }


def _plain_step(step: Step) -> dict[str, Any]:
    return {
        "policy": step.policy.label,
        "added": list(step.added),
        "tightened": [
            {"rule": each.rule, "place": each.place, "from": each.lower, "to": each.upper} for each in step.tightened
        ],
        "loosened": [
            {"rule": each.rule, "place": each.place, "from": each.upper, "to": each.lower} for each in step.loosened
        ],
        "confirmed": list(step.policy.confirmed),
    }


def _day(asof: datetime | None) -> date:
    return asof.date() if asof else today(datetime.now(UTC))
