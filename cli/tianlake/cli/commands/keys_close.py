"""`tianlake keys close`: an account ends for good, and nobody's name is left."""

from __future__ import annotations

import click

from tianlake.cli.bureau import clock, open_service
from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError


@click.command(
    help=say(
        "注销用户：清除其姓名、单位、邮件和用途，撤销其全部密钥；不能恢复，恢复备份也不会带回",
        "Close an account for good: its name, organisation, e-mail and purpose are erased, its keys end; no backup "
        "brings it back.",
    )
)
@click.argument("account", metavar="ACCOUNT")
@click.option("--yes", is_flag=True, help=say("不再询问", "Do not ask."))
@as_json
@click.pass_obj
def close(session: Session, *, account: str, yes: bool, as_json: bool) -> None:
    """Close an account."""
    with open_service(session) as service:
        found = service.store.account(account)
        question = say(f"注销用户 {account}？不能恢复", f"Close account {account}? This cannot be undone")
        if not yes and not click.confirm(question, err=True):
            raise LakeError(f"account {account}: left as it is", zh=f"用户 {account}：未改动")
        closed = service.close(found, clock())
    zh = f"用户 {account} 已注销，全部密钥一分钟内失效；备份中的用户数据在下一次 tianlake backup 时清除"
    en = f"account {account} is closed, all its keys end within a minute; the next tianlake backup clears backups of it"
    tell(say(zh, en))
    if as_json:
        emit({"account": account, "state": closed.state, "closed": closed.closed})
