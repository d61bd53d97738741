"""`tianlake keys`: accounts and keys, as the operator of the issuing node sees to them (articles 8(2) and 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError

if TYPE_CHECKING:
    from tianlake.functions.accounts.ports import AccountStore

_ELSEWHERE: Final = {
    "sync": "keys_sync:sync",
    "issuer": "keys_sync:issuer",
    "issue": "keys_issue:issue",
    "link": "keys_issue:link",
    "pass": "keys_pass:show_pass",
    "close": "keys_close:close",
}


class _Keys(click.Group):
    """A group whose larger commands are in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of their use."""
        own = super().list_commands(ctx)
        return ["issue", "list", *(name for name in own if name != "list"), "close", "link", "sync", "issuer", "pass"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, or None."""
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"tianlake.cli.commands.{module}"), name)
        return command


@click.group(
    cls=_Keys,
    help=say(
        "用户与密钥：登记、签发、更换、撤销、用量，以及向下级节点分发的密钥快照",
        "Accounts and keys: issue, rotate, revoke, usage, and the snapshot of keys for nodes further down.",
    ),
)
def keys() -> None:
    """Group the commands of accounts and keys."""


account_option = click.option(
    "--account", metavar="ID", help=say("密钥所属的用户", "The account that the key belongs to.")
)


@keys.command(
    "list", help=say("列出用户及其密钥；密钥本身从不显示", "List accounts and their keys; never the keys themselves.")
)
@click.option("--account", metavar="ID", help=say("只列此用户", "Only this account."))
@click.option("--contacts", is_flag=True, help=say("加列电子邮件地址", "With e-mail addresses."))
@as_json
@click.pass_obj
def list_keys(session: Session, *, account: str | None, contacts: bool, as_json: bool) -> None:
    """Print accounts and keys, or, where another node issues them, how old the snapshots of keys are."""
    from tianlake.cli.bureau import open_service  # noqa: PLC0415 - a short command starts fast

    if session.workspace.settings.accounts.issuer_key is not None:
        _list_snapshots(session, as_json=as_json)
        return
    with open_service(session) as service:
        found = [service.store.account(account)] if account else service.store.accounts()
        rows = [_account_row(service, each, contacts=contacts) for each in found]
    if as_json:
        emit(rows)
        return
    table(
        (cells for row in rows for cells in _key_cells(row, contacts=contacts)),
        say(
            "用户 名称 单位 类别 等级 状态 条款 密钥 标签 绑定 密钥状态 到期",
            "account name organisation kind tier state terms key label bound key-state expires",
        ).split()
        + ([say("邮件", "e-mail")] if contacts else []),
    )


def _account_row(service: Any, account: Any, *, contacts: bool) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from tianlake.cli.bureau import clock  # noqa: PLC0415
    from tianlake.functions.accounts.documents import account_document, key_document  # noqa: PLC0415

    row = account_document(account, service.conditions())
    if not contacts:
        del row["email"]
    return row | {"keys": [key_document(each, clock()) for each in service.keys(account)]}


def _key_cells(row: Mapping[str, Any], *, contacts: bool) -> list[tuple[object, ...]]:
    """Return one line for each key of an account, or one where it has none."""
    terms = row["terms"]["accepted"][-1]["version"] if row["terms"]["accepted"] else None
    own = (row["id"], row["name"], row["organisation"], row["kind"], row["tier"], row["state"], terms)
    mail = (row["email"],) if contacts else ()
    lines: list[tuple[object, ...]] = [
        (each["id"], each["label"], _bound(each), each["state"], each["expires"]) for each in row["keys"]
    ]
    nothing = (None, None, None, None, None)
    return [(*own, *line, *mail) for line in lines or [nothing]]


def _bound(key: Mapping[str, Any]) -> str:
    return ", ".join([*key["hosts"], *key["networks"]]) or str(key["kind"])


def _list_snapshots(session: Session, *, as_json: bool) -> None:
    from tianlake.cli.commands.keys_sync import describe_snapshot  # noqa: PLC0415

    rows = [describe_snapshot(session, code) for code in session.codes()]
    if as_json:
        emit(rows)
        return
    header = say("节点 签发节点 签发时间 密钥数 小时前", "node issuer issued keys hours-ago").split()
    table([(r["node"], r["issuer"], r["issued"], r["keys"], _hours(r["age_s"])) for r in rows], header)


def _hours(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds / 3600:.1f}"


@keys.command(
    help=say("撤销一个密钥，或停用一个用户及其全部密钥", "End a key, or suspend an account with all its keys.")
)
@click.argument("which", metavar="KEY-ID|ACCOUNT")
@account_option
@as_json
@click.pass_obj
def revoke(session: Session, *, which: str, account: str | None, as_json: bool) -> None:
    """Revoke one key, or suspend one account."""
    from tianlake.cli.bureau import clock, find_key, is_account_id, open_service  # noqa: PLC0415

    with open_service(session) as service:
        if is_account_id(which):
            service.change(service.store.account(which), suspended=True)
            told = say(
                f"用户 {which} 已停用，其全部密钥一分钟内失效；恢复：tianlake keys restore {which}",
                f"account {which} is suspended, all its keys end within a minute; undo: tianlake keys restore {which}",
            )
            done: dict[str, object] = {"account": which, "state": "suspended"}
        else:
            owner, key = find_key(service, which, account)
            service.revoke_key(owner, key.record.id, clock())
            told = say(f"密钥 {which} 已撤销，一分钟内失效", f"key {which} is revoked; it ends within a minute")
            done = {"account": owner.id, "key": which, "state": "revoked"}
    tell(told)
    if as_json:
        emit(done)


@keys.command(help=say("恢复已停用的用户", "Let a suspended account go on."))
@click.argument("account", metavar="ACCOUNT")
@as_json
@click.pass_obj
def restore(session: Session, *, account: str, as_json: bool) -> None:
    """Undo the suspension of an account."""
    _change(session, account, {"suspended": False}, as_json=as_json)


@keys.command(help=say("更改用户等级", "Give an account another tier."))
@click.argument("account", metavar="ACCOUNT")
@click.argument("name", metavar="TIER")
@as_json
@click.pass_obj
def tier(session: Session, *, account: str, name: str, as_json: bool) -> None:
    """Change the tier of an account."""
    _change(session, account, {"tier": name}, as_json=as_json)


def _change(session: Session, account: str, what: dict[str, Any], *, as_json: bool) -> None:
    from tianlake.cli.bureau import open_service  # noqa: PLC0415

    with open_service(session) as service:
        changed = service.change(service.store.account(account), **what)
    tell(say(f"用户 {account}：{changed.tier}，{changed.state}", f"account {account}: {changed.tier}, {changed.state}"))
    if as_json:
        emit({"account": account, "tier": changed.tier, "state": changed.state})


@keys.command(
    help=say(
        "更换密钥：签发同样的新密钥，旧密钥在重叠期后失效", "Make a key like another, which ends after an overlap."
    )
)
@click.argument("key_id", metavar="KEY-ID")
@account_option
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    help=say("旧密钥继续可用的小时数；0 为立即撤销", "Hours for which the old key goes on; 0 ends it at once."),
)
@as_json
@click.pass_obj
def rotate(session: Session, *, key_id: str, account: str | None, overlap_hours: int, as_json: bool) -> None:
    """Rotate one key and print the new one."""
    from tianlake.cli.bureau import clock, find_key, open_service  # noqa: PLC0415
    from tianlake.cli.commands.keys_issue import show_key  # noqa: PLC0415

    with open_service(session) as service:
        owner, key = find_key(service, key_id, account)
        made = service.rotate_key(owner, key.record.id, overlap_hours, clock())
    show_key(made, None, as_json=as_json)


@keys.command(
    help=say("更换管理令牌（用户遗失时）；旧令牌立即失效", "Replace a lost management token; the old one ends at once.")
)
@click.argument("account", metavar="ACCOUNT")
@as_json
@click.pass_obj
def token(session: Session, *, account: str, as_json: bool) -> None:
    """Print another management token of an account."""
    from tianlake.cli.bureau import open_service  # noqa: PLC0415

    with open_service(session) as service:
        made = service.replace_token(service.store.account(account))
    if as_json:
        emit({"account": account, "token": made.token})
    else:
        click.echo(made.token)


@keys.command(help=say("今日用量（租约已领取的单位）", "Usage of the day: units that workers hold in leases."))
@click.argument("account", metavar="[ACCOUNT]", required=False)
@as_json
@click.pass_obj
def usage(session: Session, *, account: str | None, as_json: bool) -> None:
    """Print what accounts used today; of all accounts, those that used something."""
    from tianlake.cli.bureau import clock, open_store  # noqa: PLC0415
    from tianlake.functions.accounts.documents import usage_document  # noqa: PLC0415

    now, rows, policy = clock(), [], session.workspace.quotas(session.codes()[0])
    with open_store(session) as store:
        for each, tier_of in _tiers(session, store, account):
            used = store.used(each, now)
            if account or any(used.values()):
                rows.append(usage_document(each, tier_of, policy, used, now))
    if as_json:
        emit(rows)
        return
    header = say("用户 等级 计量 已用 限额 百分比", "account tier meter used limit percent").split()
    table([cells for row in rows for cells in _usage_cells(row)], header)


def _tiers(session: Session, store: AccountStore, account: str | None) -> Iterable[tuple[str, str]]:
    """Yield account and tier of those asked for, from the store, or from snapshots where another node issues keys."""
    if session.workspace.settings.accounts.issuer_key is None:
        found = [store.account(account)] if account else store.accounts()
        return ((each.id, each.tier) for each in found)
    from tianlake.cli.commands.keys_sync import taken_accounts  # noqa: PLC0415

    taken = taken_accounts(session)
    if account is not None and account not in taken:
        raise LakeError(f"account {account}: no key of such an account is in the snapshots of this workspace")
    return [(account, taken[account])] if account else sorted(taken.items())


def _usage_cells(row: Mapping[str, Any]) -> list[Sequence[object]]:
    return [
        (row["account"], row["tier"], meter, each["used"], each["limit"], f"{each['used'] * 100 // each['limit']} %")
        for meter, each in row["meters"].items()
    ]
