"""The desk of the account service: one handler for each account call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Final

from tianlake.functions.accounts import answers, forms
from tianlake.functions.accounts.calls import Handler, answer, bearer, form_of, route
from tianlake.functions.accounts.conditions import Conditions, rfc3339
from tianlake.functions.accounts.documents import account_document, key_document, new_key_document, usage_document
from tianlake.functions.accounts.link_paths import check_path
from tianlake.functions.accounts.openapi import document
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Account
from tianlake.functions.accounts.service import AccountService, is_live
from tianlake.functions.accounts.snapshot import MEDIA_TYPE, SECRET, Snapshot, write_snapshot
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.throttle import CALLS, KEYS_MADE, SNAPSHOTS, Throttle
from tianlake.functions.accounts.tokens import is_token
from tianlake.functions.admission import links
from tianlake.functions.admission.credentials import presented, well_formed
from tianlake.functions.admission.door import anonymous
from tianlake.functions.admission.ports import LINKS, Keys, Ledger
from tianlake.functions.admission.records import digest
from tianlake.functions.calls import Call, CallError, Reply
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text
from tianlake.lake.trail import Journal

_log = logging.getLogger(__name__)

_SALT: Final = "guesses"
_REGISTRATION: Final = 20
"""Units of `policy.guesses` that a registration costs: it leaves a row, a wrong token does not."""
_LINK_S: Final = 3600
_LEAST_LINK_S: Final = 60


@dataclass(frozen=True, slots=True)
class Backing:
    """What a server has of accounts: all of them where they are issued, keys and a ledger of its own elsewhere."""

    keys: Keys
    ledger: Ledger
    secret: Callable[[str], bytes]
    """Returns a secret of this server's store by its name."""
    conditions: Callable[[], Conditions]
    code: str
    """Of the node; the issuer's stands in snapshots."""
    accounts: AccountStore | None = None
    issuer: str | None = None
    """Base URL of the node that issues accounts, where this one does not."""
    snapshot: Callable[[], Snapshot] | None = None
    """The snapshot that `keys` come from, where they come from one."""
    journal: Journal | None = None
    """Takes down what is done to accounts and keys."""


def own_accounts(
    store: AccountStore, conditions: Callable[[], Conditions], code: str, journal: Journal | None = None
) -> Backing:
    """Return the backing of a node that issues accounts and keys itself, and keeps a trail of that in `journal`."""
    return Backing(store, store, store.secret, conditions, code, accounts=store, journal=journal)


def taken_over(
    store: AccountStore,
    snapshot: SnapshotKeys,
    conditions: Callable[[], Conditions],
    code: str,
    issuer: str | None,
) -> Backing:
    """Return the backing of a node whose keys another one issues; `store` only counts here what is used."""
    current = snapshot.current
    return Backing(snapshot, store, store.secret, conditions, code, issuer=issuer, snapshot=current)


class AccountDesk:
    """Answers account calls. Blocks for as long as the store takes; safe to use from several threads."""

    def __init__(self, backing: Backing) -> None:
        """Open the desk; the store is first asked when a call comes."""
        self._backing = backing
        self._throttle = Throttle(backing.ledger)
        self._salt = cache(lambda: backing.secret(_SALT))
        self._making = Lock()
        self._asked = 0.0
        self._made: tuple[float, bytes] = (0.0, b"")
        self._routes: Mapping[str, Mapping[str, Handler]] = {
            "/accounts": {"POST": self._register},
            "/accounts/me": {"GET": self._me, "DELETE": self._close},
            "/accounts/me/terms": {"POST": self._accept},
            "/accounts/me/keys": {"GET": self._keys, "POST": self._create_key},
            "/accounts/me/keys/*": {"DELETE": self._revoke_key},
            "/accounts/me/keys/*/rotate": {"POST": self._rotate_key},
            "/accounts/me/token": {"POST": self._replace_token},
            "/accounts/me/links": {"POST": self._link},
            "/accounts/snapshot": {"GET": self._snapshot},
            "/accounts/openapi.json": {"GET": self._openapi},
            "/usage": {"GET": self._usage},
        }

    @property
    def paths(self) -> Mapping[str, tuple[str, ...]]:
        """Every path that is answered, `*` for any one part, and its methods."""
        return {path: tuple(methods) for path, methods in self._routes.items()}

    def answer(self, call: Call, now: float) -> Reply:
        """Answer a call at a time (seconds since the epoch). A `HEAD` is answered like `GET`, with its body."""
        return route(self._routes, call, now)

    def close(self, now: float) -> None:
        """Give back what is leased; raises `StoreError`."""
        self._throttle.close(now)

    def _register(self, call: Call, now: float) -> Reply:
        service = self._service()
        wanted = forms.registration(form_of(call))
        guesses = self._backing.conditions().policy.guesses
        self._throttle.charge(self._subnet(call, now), guesses, now, min(_REGISTRATION, guesses.burst))
        made = service.register(wanted, now)
        _log.info("account %s registered, %s", made.account.id, made.account.kind)
        document = {"token": made.token, "account": account_document(made.account, service.conditions())}
        return answer(document, 201, location="/accounts/me")

    def _me(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        return answer(account_document(account, self._backing.conditions()))

    def _close(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        closed = self._service().close(account, now)
        _log.info("account %s closed by its owner", closed.id)
        return answer(account_document(closed, self._backing.conditions()))

    def _accept(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        form = form_of(call)
        forms.known(form, ("version",))
        accepted = self._service().accept(account, forms.text(form, "version", 100), now)
        _log.info("account %s accepted terms %s", accepted.id, accepted.accepted)
        return answer(account_document(accepted, self._backing.conditions()))

    def _keys(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        return answer({"keys": [key_document(each, now) for each in self._service().keys(account)]})

    def _create_key(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        wish = forms.key_wish(form_of(call), now)
        self._throttle.charge(f"keys-{account.id}", KEYS_MADE, now)
        made = self._service().create_key(account, wish, now)
        _log.info("account %s made key %s", account.id, made.issued.record.id)
        return answer(new_key_document(made, now), 201)

    def _revoke_key(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        ended = self._service().revoke_key(account, call.path.split("/")[4], now)
        _log.info("account %s revoked key %s", account.id, ended.record.id)
        return answer(key_document(ended, now))

    def _rotate_key(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        overlap_h = forms.overlap(form_of(call))
        self._throttle.charge(f"keys-{account.id}", KEYS_MADE, now)
        made = self._service().rotate_key(account, call.path.split("/")[4], overlap_h, now)
        _log.info("account %s rotated key %s", account.id, made.issued.record.id)
        return answer(new_key_document(made, now), 201)

    def _replace_token(self, call: Call, now: float) -> Reply:
        account = self._account(call, now)
        forms.known(form_of(call), ())
        made = self._service().replace_token(account)
        _log.info("account %s has another management token", account.id)
        return answer({"token": made.token, "account": account_document(made.account, self._backing.conditions())})

    def _link(self, call: Call, now: float) -> Reply:
        account, service = self._account(call, now), self._service()
        form = form_of(call)
        forms.known(form, ("path", "key", "seconds"))
        path = check_path(forms.text(form, "path", 1025))
        seconds = forms.whole(form, "seconds", _LEAST_LINK_S, links.LONGEST_S, _LINK_S)
        live = [each for each in service.keys(account) if is_live(each, now) and each.record.state == "active"]
        if "key" in form:
            wanted = forms.text(form, "key", 100)
            live = [each for each in live if each.record.id == wanted]
        if not live:
            rule = Text("须为可用密钥的编号，先创建一个。", "must be the id of a key that works; make one first")
            raise CallError(answers.KEY_DEAD, field="key", rule=rule)
        expires = int(now) + seconds
        query = links.signed(service.store.secret(LINKS), path, live[-1].record.digest, expires)
        return answer({"href": f"{path}?{query}", "expires": rfc3339(expires), "key": live[-1].record.id}, 201)

    def _snapshot(self, call: Call, now: float) -> Reply:
        account, store = self._account(call, now), self._service().store
        if account.kind != "node" or account.state != "active":
            raise CallError(answers.NODES_ONLY)
        self._throttle.charge(f"snapshots-{account.id}", SNAPSHOTS, now)
        self._asked = max(self._asked, now)
        with self._making:
            made, data = self._made
            if now > made:  # all who wait are given what the first of them makes
                made = self._asked
                data = write_snapshot(store.keys(), self._backing.code, store.secret(SECRET), made)
                self._made = (made, data)
        _log.info("account %s took the snapshot of keys", account.id)
        return Reply(200, (("content-type", MEDIA_TYPE), ("cache-control", "no-store")), data)

    def _openapi(self, call: Call, now: float) -> Reply:
        del call, now
        told = answer(document())
        return Reply(200, (("content-type", "application/json"), ("cache-control", "public, max-age=3600")), told.body)

    def _usage(self, call: Call, now: float) -> Reply:
        """Answer by a management token, or by a key wherever a key may stand."""
        conditions, ledger = self._backing.conditions(), self._backing.ledger
        account, tier = self._who(call, now)
        told = usage_document(account, tier, conditions.policy, ledger.used(account, now), now)
        return answer(told | {"keys": self._source(now)})

    def _who(self, call: Call, now: float) -> tuple[str, str]:
        shown = presented(call.query, call.headers)
        if shown.credential is not None and is_token(shown.credential) and self._backing.accounts is not None:
            account = self._account(call, now)
            return account.id, account.tier
        subnet = self._subnet(call, now)
        self._throttle.check(subnet, now)
        if shown.credential is None:
            raise CallError(answers.TOKEN_MISSING)
        single = well_formed(shown.credential) and shown.ambiguous is None
        found = self._backing.keys.find(digest(shown.credential)) if single else None
        if found is None or found.state == "revoked":
            self._throttle.charge(subnet, self._backing.conditions().policy.guesses, now)
            raise CallError(answers.KEY_WRONG)
        self._throttle.charge(f"calls-{found.account}", CALLS, now)
        return found.account, found.tier

    def _source(self, now: float) -> dict[str, Any]:
        """Return where keys come from here, and how old what is known of them is."""
        if self._backing.snapshot is None:
            return {"from": "accounts"}
        try:
            found = self._backing.snapshot()
        except LakeError:  # there is none yet
            return {"from": "snapshot", "issuer": None, "issued": None, "age_s": None}
        age = max(0, int(now - found.issued))
        return {"from": "snapshot", "issuer": found.issuer, "issued": rfc3339(found.issued), "age_s": age}

    def _service(self) -> AccountService:
        """Return the service, or say where accounts are issued instead."""
        if self._backing.accounts is None:
            at = self._backing.issuer
            rule = Text(f"请到 {at} 登记。", f"register at {at}") if at else None
            raise CallError(answers.ELSEWHERE, rule=rule)
        return AccountService(self._backing.accounts, self._backing.conditions, self._backing.journal)

    def _account(self, call: Call, now: float) -> Account:
        """Return whose token a call holds. Wrong ones are counted against the subnet, right ones on the account."""
        service, subnet, token = self._service(), self._subnet(call, now), bearer(call)
        self._throttle.check(subnet, now)
        if token is None:
            raise CallError(answers.TOKEN_MISSING)
        try:
            account = service.authenticate(token)
        except CallError:
            self._throttle.charge(subnet, service.conditions().policy.guesses, now)
            raise
        self._throttle.charge(f"calls-{account.id}", CALLS, now)
        return account

    def _subnet(self, call: Call, now: float) -> str:
        """Return the name under which a subnet's tries are counted today: no address."""
        return f"guesses-{anonymous(self._salt(), call.client, now, self._backing.conditions().policy)}"
