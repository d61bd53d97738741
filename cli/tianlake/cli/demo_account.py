"""An account of the demo and a key for it, so that a visitor can open what asks for one."""

from __future__ import annotations

from typing import Final

from tianlake.cli.bureau import clock, open_service
from tianlake.cli.session import Session
from tianlake.functions.accounts.forms import KeyWish, Registration
from tianlake.functions.accounts.records import Account
from tianlake.functions.accounts.service import AccountService, is_live

NAME: Final = "天湖演示用户 Tianlake demo"


def demo_key(session: Session) -> str:
    """Return a new key of the demo's account; those of earlier runs end, because only their hashes are kept."""
    now = clock()
    with open_service(session) as service:
        account = _account(service, now)
        for key in service.keys(account):
            if is_live(key, now):
                service.revoke_key(account, key.record.id, now)
        return service.create_key(account, KeyWish("demo", "any"), now).key


def _account(service: AccountService, now: float) -> Account:
    terms = service.conditions().terms
    version = terms.version if terms else None
    for account in service.store.accounts():
        if account.name == NAME:
            return account if version is None else service.accept(account, version, now)
    form = Registration(NAME, "", "person", "demo@example.org", "演示 demonstration", version)
    return service.register(form, now).account
