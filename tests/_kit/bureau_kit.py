"""An account service over a real SQLite file, and people who call it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, own_accounts
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.calls import Call, Reply
from tianlake.lake.plain import Text
from tianlake.lake.quotas import DEFAULT_POLICY, QuotaPolicy
from tianlake.lake.terms import Terms

NOW = 1_795_744_800.0
"""2026-11-27T02:00:00Z, 10:00 in China."""

TERMS = Terms("2026-11-01", Text("条款", "Terms"), Text("甲", "Be fair"))
PERSON = {
    "name": "李 雷",
    "kind": "person",
    "email": "lilei@example.cn",
    "purpose": "毕业设计 Thesis",
}


@dataclass
class Bureau:
    """A node that issues accounts; a test sets its clock, policy and terms."""

    folder: Path
    now: float = NOW
    policy: QuotaPolicy = DEFAULT_POLICY
    terms: Terms | None = TERMS
    given: AccountStore | None = None
    """Where accounts are kept; in a file of the folder if none is given."""
    store: AccountStore = field(init=False)
    desk: AccountDesk = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.given or SqliteAccounts(self.folder / "accounts.sqlite")
        self.desk = AccountDesk(own_accounts(self.store, lambda: Conditions(self.policy, self.terms), "156000000"))

    def ask(self, method: str, path: str, form: object = None, token: str = "", **more: Any) -> Reply:
        """Send a call; `form` goes as JSON."""
        headers = {"content-type": "application/json"} if form is not None else {}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        body = b"" if form is None else form if isinstance(form, bytes) else json.dumps(form).encode()
        headers |= more.pop("headers", {})
        call = Call(method, path, headers, body=body, **({"client": "203.0.113.7"} | more))
        return self.desk.answer(call, self.now)

    def register(self, **other: Any) -> str:
        """Register somebody who accepted the terms; return the token."""
        accepted = {"terms": self.terms.version} if self.terms else {}
        reply = self.ask("POST", "/accounts", PERSON | accepted | other)
        assert reply.status == 201, reply.body
        return str(told(reply)["token"])

    def key(self, token: str, **other: Any) -> dict[str, Any]:
        """Make a key that is bound to nothing; return what was shown."""
        reply = self.ask("POST", "/accounts/me/keys", {"kind": "any"} | other, token)
        assert reply.status == 201, reply.body
        return told(reply)


def told(reply: Reply) -> dict[str, Any]:
    """Return the JSON of an answer."""
    document: dict[str, Any] = json.loads(reply.body)
    return document


def header(reply: Reply, name: str) -> str | None:
    fields: Mapping[str, str] = dict(reply.headers)
    assert len(fields) == len(reply.headers), "a header field twice"
    return fields.get(name)
