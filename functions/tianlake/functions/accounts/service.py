"""Accounts and their keys: what may be done to them, and by which rules (articles 8(2) and 16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.answers import wrong
from tianlake.functions.accounts.closing import emptied, emptied_key
from tianlake.functions.accounts.conditions import Conditions, accepting, rfc3339
from tianlake.functions.accounts.forms import KeyWish, Registration
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Account, IssuedKey
from tianlake.functions.accounts.tokens import (
    is_same,
    is_token,
    new_account_id,
    new_companion,
    new_key_id,
    new_token,
)
from tianlake.functions.admission.records import KeyRecord, digest, new_key
from tianlake.functions.calls import CallError
from tianlake.lake.errors import ConflictError
from tianlake.lake.plain import Text
from tianlake.lake.trail import Act, ActKind, Journal

KEYS: Final = 20
"""Keys that an account may have at a time; those that run out after they were rotated are not among them."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account, and the token that is shown this once."""

    account: Account
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown this once."""

    issued: IssuedKey
    key: str = field(repr=False)
    companion: str | None = field(repr=False)
    """The second secret `sk`, where the key has one."""


class AccountService:
    """What people do with accounts. Methods raise `CallError` for what they refuse, `StoreError` as the store does."""

    def __init__(
        self,
        store: AccountStore,
        conditions: Callable[[], Conditions],
        journal: Journal | None = None,
        by: str | None = None,
    ) -> None:
        """Work on `store`, by the conditions that hold whenever something is asked.

        Args:
            store: Of accounts.
            conditions: What holds now.
            journal: Takes down what is about to be done; None where nobody keeps a trail.
            by: Who does it, where that is not the account itself.
        """
        self.store = store
        self.conditions = conditions
        self._journal = journal
        self._by = by

    def register(self, form: Registration, now: float) -> NewAccount:
        """Add an account whose tier follows from its kind; kinds that the policy leaves out are for the operator."""
        tier = self.conditions().policy.registration.get(form.kind)
        if tier is None:
            raise CallError(answers.KIND_CLOSED)
        return self.enrol(form, tier, now)

    def enrol(self, form: Registration, tier: str, now: float) -> NewAccount:
        """Add an account of a tier, as the operator does."""
        self._check_tier(tier)
        token = new_token()
        account = Account(
            id=new_account_id(),
            name=form.name,
            organisation=form.organisation,
            kind=form.kind,
            email=form.email,
            purpose=form.purpose,
            tier=tier,
            state="active",
            created=rfc3339(now),
            token=digest(token),
        )
        if form.terms is not None:
            account = accepting(account, self.conditions(), form.terms, now)
        self._record("account.change", account.id, account.id, what="registered", kind=account.kind, tier=tier)
        self.store.add_account(account)
        return NewAccount(account, token)

    def authenticate(self, token: str) -> Account:
        """Return the account that a management token belongs to; refuses a wrong one."""
        account = self.store.account_by_token(digest(token)) if is_token(token) else None
        if account is None or not is_same(token, account.token):
            raise CallError(answers.TOKEN_WRONG)
        return account

    def accept(self, account: Account, version: str, now: float) -> Account:
        """Put on record that the account accepts the terms in force, and return it; again is no error."""
        conditions = self.conditions()
        if conditions.terms is not None and version == conditions.terms.version == account.accepted:
            return account
        accepted = accepting(account, conditions, version, now)
        self._record("account.change", account.id, account.id, what="accepted terms", version=version)
        return self._replace(account, accepted)

    def replace_token(self, account: Account) -> NewAccount:
        """Give the account another management token; the old one ends at once."""
        self._refuse_closed(account)
        token = new_token()
        self._record("account.change", account.id, account.id, what="another management token")
        return NewAccount(self._replace(account, replace(account, token=digest(token))), token)

    def change(self, account: Account, *, tier: str | None = None, suspended: bool | None = None) -> Account:
        """Give the account another tier or state, as the operator does; its keys have it at once."""
        self._refuse_closed(account)
        state = account.state if suspended is None else "suspended" if suspended else "active"
        if tier is not None:
            self._check_tier(tier)
        new = replace(account, tier=tier or account.tier, state=state)
        if new == account:
            return account
        self._record("account.change", account.id, account.id, what="changed", tier=new.tier, state=new.state)
        return self._replace(account, new)

    def close(self, account: Account, now: float) -> Account:
        """End an account and its keys for good, and erase who it was; again finishes what was interrupted.

        What stays is `closing.emptied`. The account's own token still works until everything else is done.
        """
        self._empty_keys(account, now)
        if account.state != "closed":
            self._record("account.change", account.id, account.id, what="closed")
            account = self._replace(account, emptied(account, rfc3339(now)))
            self._empty_keys(account, now)  # one that was made meanwhile
        return account

    def find_key(self, key_id: str) -> tuple[Account, IssuedKey]:
        """Return a key and whose it is, among all accounts; as the operator does, for it reads every key."""
        found = next((each for each in self.store.keys(None) if each.record.id == key_id), None)
        if found is None:
            raise CallError(answers.NOT_FOUND, rule=Text(f"没有密钥 {key_id}。", f"there is no key {key_id!r}"))
        return self.store.account(found.record.account), found

    def keys(self, account: Account) -> list[IssuedKey]:
        """Return the account's keys, the oldest first."""
        return sorted(self.store.keys(account.id), key=lambda key: (key.created, key.record.id))

    def create_key(self, account: Account, wish: KeyWish, now: float) -> NewKey:
        """Make a key; refuses an account that is suspended, has terms to accept, or has as many as it may."""
        self._may_have_keys(account)
        if self._live(account, now) >= KEYS:
            raise CallError(answers.TOO_MANY_KEYS)
        made = self._add_key(account, wish, now)
        if (
            self._live(account, now) > KEYS
        ):  # others made some at the same time; of those who see it, none keeps its own
            self._end(made.issued, now)
            raise CallError(answers.TOO_MANY_KEYS)
        return made

    def revoke_key(self, account: Account, key_id: str, now: float) -> IssuedKey:
        """End a key; again is no error."""
        key = self._key(account, key_id)
        return key if key.record.state == "revoked" else self._end(key, now)

    def rotate_key(self, account: Account, key_id: str, overlap_h: int, now: float) -> NewKey:
        """Make a key like another, which ends after `overlap_h` hours, or at once for 0.

        The new one has a second secret of its own where the old one has one. Refuses a key that ended or was rotated.
        """
        self._may_have_keys(account)
        old = self._key(account, key_id)
        if not is_live(old, now) or old.replaced_by is not None:
            raise CallError(answers.KEY_DEAD)
        record = old.record
        bound = KeyWish(
            old.label, record.kind, record.hosts, record.networks, record.expires, record.companion is not None
        )
        made = self._add_key(account, bound, now)
        try:
            self._end(old, now, overlap_h=overlap_h, replaced_by=made.issued.record.id)
        except CallError:
            self._end(made.issued, now)  # somebody else ended or rotated the old one: theirs stands
            raise
        return made

    def _empty_keys(self, account: Account, now: float) -> None:
        for key in self.keys(account):
            if (gone := emptied_key(key, now)) == key:
                continue
            if key.revoked is None:
                self._record("key.revoke", key.record.id, account.id, account=account.id, overlap_h=0)
            self._replace_key(key, gone)

    def _replace_key(self, old: IssuedKey, new: IssuedKey) -> None:
        try:
            self.store.replace_key(old, new)
        except ConflictError:
            raise CallError(answers.CHANGED) from None

    def _live(self, account: Account, now: float) -> int:
        """Return how many keys count towards the bound."""
        return sum(is_live(each, now) and each.replaced_by is None for each in self.store.keys(account.id))

    def _refuse_closed(self, account: Account) -> None:
        if account.state == "closed":
            raise CallError(answers.CLOSED)

    def _check_tier(self, tier: str) -> None:
        policy = self.conditions().policy
        tiers = [name for name in policy.tiers if name != policy.anonymous]  # whose keys would open nothing more
        if tier not in tiers:
            listed = ", ".join(tiers)
            raise wrong("tier", f"没有此等级；有：{listed}。", f"there is no tier {tier!r}; there are: {listed}")

    def _may_have_keys(self, account: Account) -> None:
        conditions = self.conditions()
        self._refuse_closed(account)
        if account.state != "active":
            raise CallError(answers.SUSPENDED)
        if conditions.terms is not None and conditions.due(account):
            version = conditions.terms.version
            rule = Text(f"现行条款为 {version}，见 terms.json。", f"terms {version} hold now; read terms.json")
            raise CallError(answers.TERMS_DUE, rule=rule)

    def _add_key(self, account: Account, wish: KeyWish, now: float) -> NewKey:
        key, companion = new_key(), new_companion() if wish.companion else None
        record = KeyRecord(
            digest=digest(key),
            id=new_key_id(),
            account=account.id,
            tier=account.tier,
            kind=wish.kind,
            hosts=wish.hosts,
            networks=wish.networks,
            expires=wish.expires,
            terms=account.accepted,
            companion=digest(companion) if companion else None,
        )
        issued = IssuedKey(record, wish.label, rfc3339(now))
        self._record("key.issue", record.id, account.id, account=account.id, tier=record.tier, bound=record.kind)
        self.store.add_key(issued)
        return NewKey(issued, key, companion)

    def _end(self, old: IssuedKey, now: float, *, overlap_h: int = 0, replaced_by: str | None = None) -> IssuedKey:
        """Revoke a key, or let it expire after an overlap."""
        if overlap_h:
            last = now + overlap_h * 3600
            expires = last if old.record.expires is None else min(last, old.record.expires)
            new = replace(old, record=replace(old.record, expires=expires), replaced_by=replaced_by)
        else:
            record = replace(old.record, state="revoked")
            new = replace(old, record=record, revoked=rfc3339(now), replaced_by=replaced_by or old.replaced_by)
        account = old.record.account
        until = {"replaced_by": replaced_by} if replaced_by else {}
        self._record("key.revoke", old.record.id, account, account=account, overlap_h=overlap_h, **until)
        self._replace_key(old, new)
        return new

    def _record(self, kind: ActKind, subject: str, owner: str, /, **details: object) -> None:
        """Put what is about to be done on record: ids and conditions, never a key, a name or an address."""
        if self._journal is not None:
            self._journal.record(Act(kind, subject, self._by or owner, details))

    def _key(self, account: Account, key_id: str) -> IssuedKey:
        found = next((each for each in self.store.keys(account.id) if each.record.id == key_id), None)
        if found is None:
            raise CallError(answers.NOT_FOUND)
        return found

    def _replace(self, old: Account, new: Account) -> Account:
        try:
            self.store.replace_account(old, new)
        except ConflictError:
            raise CallError(answers.CHANGED) from None
        return new


def is_live(key: IssuedKey, now: float) -> bool:
    """Say whether a key still works, or will again when its account is no longer suspended."""
    return key.record.state != "revoked" and (key.record.expires is None or now < key.record.expires)
