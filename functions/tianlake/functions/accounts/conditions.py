"""What an account lives by: limits and terms in force, and what follows from another version of the terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.records import Acceptance, Account
from tianlake.functions.calls import CallError
from tianlake.lake.plain import Text
from tianlake.lake.quotas import QuotaPolicy
from tianlake.lake.terms import Terms


@dataclass(frozen=True, slots=True)
class Conditions:
    """The documents `quotas.json` and `terms.json` of the node that issues accounts."""

    policy: QuotaPolicy
    terms: Terms | None
    """None where nothing needs to be accepted."""

    def due(self, account: Account) -> bool:
        """Say whether the account has yet to accept the terms in force: until then no key is made for it."""
        return self.terms is not None and account.accepted != self.terms.version


def acceptance(terms: Terms, now: float) -> Acceptance:
    """Return what goes on record: version, SHA-256 of what was shown, and when."""
    return Acceptance(terms.version, terms.sha256, rfc3339(now))


def rfc3339(now: float) -> str:
    """Return a time (seconds since the epoch) in UTC, whole seconds."""
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def accepting(account: Account, conditions: Conditions, version: str, now: float) -> Account:
    """Return the account as it is once it accepted the terms in force; refuses any other version."""
    terms = conditions.terms
    if terms is None or version != terms.version:
        rule = Text(f"现行版本：{terms.version}。", f"the version that holds is {terms.version}") if terms else None
        raise CallError(answers.OTHER_TERMS, field="terms", rule=rule)
    return replace(account, terms=(*account.terms, acceptance(terms, now)))
