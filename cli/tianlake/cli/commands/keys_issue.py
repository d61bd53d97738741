"""`tianlake keys issue` and `link`: what is shown once."""

from __future__ import annotations

from typing import Any

import click

from tianlake.cli.bureau import clock, find_key, open_service
from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.keys import account_option
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.functions.accounts.documents import new_key_document
from tianlake.functions.accounts.forms import KINDS, key_wish, registration
from tianlake.functions.accounts.link_paths import check_path
from tianlake.functions.accounts.service import AccountService, NewAccount, NewKey, is_live
from tianlake.functions.admission import links
from tianlake.functions.admission.ports import LINKS
from tianlake.lake.errors import LakeError


@click.command(
    help=say(
        "登记用户并签发密钥，或以 --account 为已有用户签发；密钥在标准输出上显示这一次",
        "Register an account and issue a key, or one more for --account; the key is printed on stdout, this once.",
    )
)
@click.option("--name", help=say("用户名称", "Name of the account."))
@click.option("--kind", type=click.Choice(KINDS), help=say("用户类别", "Who it is."))
@click.option("--organisation", help=say("单位", "Whom it stands for."))
@click.option("--email", help=say("电子邮件，仅供运行维护单位联系", "For the operator to write to; shown to nobody."))
@click.option("--purpose", help=say("用途", "What for."))
@click.option("--tier", help=say("等级；缺省按类别", "Tier; by the kind unless named."))
@click.option("--account", metavar="ID", help=say("已有用户", "An account that is there already."))
@click.option(
    "--accept-terms", is_flag=True, help=say("用户已同意现行服务条款", "The account accepted the terms that hold.")
)
@click.option("--label", default="", help=say("密钥的标签", "Label of the key."))
@click.option(
    "--browser", "hosts", metavar="HOST", multiple=True, help=say("绑定网页域名，可重复", "Bind to hosts of pages.")
)
@click.option(
    "--server", "networks", metavar="CIDR", multiple=True, help=say("绑定网络地址，可重复", "Bind to networks.")
)
@click.option(
    "--with-sk", is_flag=True, help=say("另加安全密钥 sk", "With a second secret `sk`, printed on a line of its own.")
)
@click.option("--expires", metavar="DATE", help=say("到期日（北京时间该日结束时）", "Last day, in China's time."))
@as_json
@click.pass_obj
def issue(session: Session, /, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Issue a key; nothing is registered unless the key can be made."""
    now = clock()
    wish = key_wish(_key_form(given), now)
    with open_service(session) as service:
        conditions = service.conditions()
        version = conditions.terms.version if conditions.terms and given["accept_terms"] else None
        opened = None
        if given["account"]:
            _check_alone(given)
            account = service.store.account(given["account"])
            if version is not None:
                account = service.accept(account, version, now)
            elif conditions.terms is not None and conditions.due(account):
                raise _terms_due(conditions.terms.version)
        else:
            if conditions.terms is not None and version is None:
                raise _terms_due(conditions.terms.version)
            opened = _register(service, given, version, now)
            account = opened.account
        made = service.create_key(account, wish, now)
    show_key(made, opened, as_json=as_json)


def _terms_due(version: str) -> LakeError:
    return LakeError(f"keys issue: terms {version} hold; add --accept-terms once they were accepted")


def _check_alone(given: dict[str, Any]) -> None:
    """Refuse what an account that is there already has from before."""
    for name in ("name", "kind", "organisation", "email", "purpose", "tier"):
        if given[name]:
            raise LakeError(f"keys issue: --{name} is for a new account; leave it out, or leave out --account")


def _key_form(given: dict[str, Any]) -> dict[str, object]:
    hosts, networks = list(given["hosts"]), list(given["networks"])
    if hosts and networks:
        raise LakeError("keys issue: a key is bound to hosts (--browser) or to networks (--server), not to both")
    form: dict[str, object] = {"kind": "browser" if hosts else "server" if networks else "any"}
    form |= {"label": given["label"], "with_sk": given["with_sk"], "hosts": hosts, "networks": networks}
    return form | ({"expires": given["expires"]} if given["expires"] else {})


def _register(service: AccountService, given: dict[str, Any], version: str | None, now: float) -> NewAccount:
    if not given["name"] or not given["kind"]:
        raise LakeError(
            "keys issue: --name and --kind are needed for a new account, or --account ID for one that is there"
        )
    form = {name: given[name] for name in ("name", "kind", "organisation", "email", "purpose") if given[name]}
    wanted = registration(form | ({"terms": version} if version else {}), complete=False)
    tier = given["tier"] or service.conditions().policy.registration.get(wanted.kind)
    if tier is None:
        raise LakeError(f"keys issue: no tier follows from the kind {wanted.kind!r}; name one with --tier")
    return service.enrol(wanted, tier, now)


def show_key(made: NewKey, opened: NewAccount | None, *, as_json: bool) -> None:
    """Print a new key: alone on stdout, what goes with it on stderr; or everything as one JSON document."""
    account = made.issued.record.account
    if as_json:
        token = {"token": opened.token} if opened else {}
        emit({"account": account, **token, **new_key_document(made, clock())})
        return
    click.echo(made.key)
    if made.companion is not None:
        click.echo(made.companion)
    tell(say(f"用户 {account}，密钥编号 {made.issued.record.id}", f"account {account}, key id {made.issued.record.id}"))
    if opened is not None:
        tell(say(f"管理令牌（只显示这一次）：{opened.token}", f"management token, shown this once: {opened.token}"))


@click.command(
    help=say("签发短期下载链接，用于不能发送密钥之处", "Sign a link that opens one file for some time, without a key.")
)
@click.argument("path", metavar="PATH")
@click.option(
    "--key", "key_id", metavar="KEY-ID", required=True, help=say("计入此密钥的用户", "Counted on this key's account.")
)
@account_option
@click.option(
    "--hours",
    type=click.FloatRange(0.02, 168),
    default=1,
    show_default=True,
    help=say("有效小时数", "Good for so long."),
)
@as_json
@click.pass_obj
def link(session: Session, *, path: str, key_id: str, account: str | None, hours: float, as_json: bool) -> None:
    """Print a signed link."""
    check_path(path)
    with open_service(session) as service:
        _owner, key = find_key(service, key_id, account)
        if not is_live(key, clock()):
            raise LakeError(f"key {key_id}: it is revoked or has expired, and opens nothing")
        expires = int(clock() + hours * 3600)
        query = links.signed(service.store.secret(LINKS), path, key.record.digest, expires)
    if as_json:
        emit({"href": f"{path}?{query}", "expires": expires})
    else:
        click.echo(f"{path}?{query}")
