"""Whether a request is let in: pure, the same for every adapter, fast enough to be asked for each tile.

Order of checks, as today's service has it (tianditu.md §1.3: key first, then the rest): is there a key, has it the
shape of one, is it known, does it still hold, were the terms accepted, the second secret, what it is bound to; then
whether the tier reaches the product's access class; then the quota.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from tianlake.functions.admission import bindings, links
from tianlake.functions.admission.answers import UNCOUNTED, Admission, Refusal, Seen, redacted, seconds_until
from tianlake.functions.admission.credentials import well_formed
from tianlake.functions.admission.guests import Guest, Standing
from tianlake.functions.admission.headers import quota_fields, spent_headers, tally_of
from tianlake.functions.admission.leases import Lease, Spent, spend
from tianlake.functions.admission.purse import Purse
from tianlake.functions.admission.records import Asked, KeyRecord, digest
from tianlake.functions.admission.refusals import (
    ACCOUNT_SUSPENDED,
    COMPANION_MISSING,
    COMPANION_WRONG,
    DAY_USED_UP,
    KEY_AMBIGUOUS,
    KEY_EXPIRED,
    KEY_MALFORMED,
    KEY_MISSING,
    KEY_REVOKED,
    KEY_UNKNOWN,
    LINK_WRONG,
    NEVER_OUTSIDE,
    STORE_UNAVAILABLE,
    TERMS_NOT_ACCEPTED,
    TIER_TOO_LOW,
    TOO_FAST,
    Reason,
)
from tianlake.lake.access import access_to
from tianlake.lake.plain import Access
from tianlake.lake.quotas import DAY, REACHES, Limit, QuotaPolicy, Tier

RETRY_S: Final = 2
"""When to come back after the store of accounts failed, seconds."""

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a node's operator decided. Read anew for each request, so keep it at hand."""

    policy: QuotaPolicy
    terms: str | None = None
    """Version of the terms that holds, the date it was made (2026-11-27); None where a node has none."""
    strict: bool = False
    """Whether refusals are answered as Tianditu does today. It changes no decision."""
    grace_days: int = 30
    """How long keys of accounts that accepted earlier terms go on working, from the date that is the version."""
    link_secret: bytes | None = field(default=None, repr=False)
    """What signed links are signed with; None where there are none."""
    edge_pass: bytes | None = field(default=None, repr=False)
    """What a request shows that an edge function let in (`headers.ADMITTED`); None where none is believed."""


def admit(
    asked: Asked, key: KeyRecord | None, lease: Lease | Spent | None, now: float, rules: Rules
) -> Admission | Refusal:
    """Return whether a request is let in, and what is left of the lease, or why it is refused.

    Args:
        asked: The request.
        key: Record of the key that was sent, or that its link names; None where there is no such key, or none was sent.
        lease: Lease of the account, or of the subnet of an anonymous client, on the demanded meter; why there is
            none; or None where the store could not be asked.
        now: Seconds since the epoch.
        rules: Policy and terms.
    """
    standing, meter = stand(asked, key, now, rules), asked.demand.meter
    if isinstance(standing, Refusal) or meter is None:
        return standing if isinstance(standing, Refusal) else UNCOUNTED
    limit = standing.limits[meter]
    left = lease if not isinstance(lease, Lease) else spend(lease, 1, now)
    if not isinstance(left, Lease):
        return refused_spending(limit, left, now)
    purse = Purse(left.account, meter, beside=left.remaining)
    guest = Guest(standing, asked.access, tally_of(purse, limit, rules.policy.warn_at, now, standing.notice))
    return Admission(guest, quota_fields(guest))


def refused_spending(limit: Limit, spent: Spent | None, now: float) -> Refusal:
    """Return the refusal of who has nothing to spend; None says that the store could not be asked."""
    if spent is None:
        return unavailable()
    day = spent.reason == "day"
    seen: Seen = {"used": spent.used, "per_day": spent.per_day} if day else {"per_second": f"{limit.per_second:g}"}
    wait = seconds_until(spent.retry, now)
    quota = spent_headers(limit, spent.per_day, wait, day=day)
    return Refusal(DAY_USED_UP if day else TOO_FAST, seen, wait, quota)


def unavailable() -> Refusal:
    """Return the refusal of a request that needs the store while the store does not answer."""
    return Refusal(STORE_UNAVAILABLE, retry_after=RETRY_S)


def stand(asked: Asked, key: KeyRecord | None, now: float, rules: Rules) -> Standing | Refusal:
    """Return who asks and what that entitles to, by every check but the quota's."""
    if asked.demand.meter is None:
        return _NOBODY
    by_link = asked.link is not None and asked.demand.meter == "data"
    wrong = _link(asked, key, now, rules) if by_link else _identify(asked, key)
    if wrong is None and not by_link and asked.credential is None:
        return _anonymous(asked, rules)
    if wrong is None and key is not None:
        wrong = _holds(key, now, rules)
        if wrong is None and not by_link:
            wrong = _companion(key, asked) or bindings.wrong_with(key, asked)
        if wrong is None:
            return _keyed(asked, key, rules)
    reason, seen = wrong or (KEY_UNKNOWN, {})
    return Refusal(reason, redacted(seen, asked.credential, asked.companion))


_Wrong = tuple[Reason, dict[str, str | int | None]]
_NOBODY: Final = Standing(None, None, "", {})


def claims(asked: Asked) -> _Wrong | None:
    """Return what is wrong with the key that was sent, by its look alone; None where it has to be looked up."""
    if asked.ambiguous is not None:
        return KEY_AMBIGUOUS, {"checked": asked.ambiguous}
    if asked.credential is not None and not well_formed(asked.credential):
        return KEY_MALFORMED, {"checked": "length and characters", "length": len(asked.credential)}
    return None


def _link(asked: Asked, key: KeyRecord | None, now: float, rules: Rules) -> _Wrong | None:
    wrong = links.wrong_with(asked.link, rules.link_secret, now) if asked.link else None
    return (LINK_WRONG, {"checked": "key"}) if wrong is None and key is None else wrong


def _identify(asked: Asked, key: KeyRecord | None) -> _Wrong | None:
    wrong = claims(asked)
    if wrong is None and asked.credential is not None and key is None:
        wrong = KEY_UNKNOWN, {"checked": "key"}
    return wrong


def _holds(key: KeyRecord, now: float, rules: Rules) -> _Wrong | None:
    if key.state != "active":
        return (KEY_REVOKED if key.state == "revoked" else ACCOUNT_SUSPENDED), {"key": key.id}
    if key.expires is not None and now >= key.expires:
        return KEY_EXPIRED, {"key": key.id, "expired": int(key.expires)}
    if not _accepted(key.terms, rules.terms) and (not key.terms or now >= _grace_end(rules)):
        return TERMS_NOT_ACCEPTED, {"accepted": key.terms or None, "holds": rules.terms}
    return None


def _accepted(accepted: str, terms: str | None) -> bool:
    """Return whether what was accepted is what holds, or newer: this worker may know the older terms still.

    Dates alone tell which of two is newer: of other versions (9 and 10), none is.
    """
    if terms is None or accepted == terms:
        return True
    return accepted > terms and bool(_DATE.fullmatch(accepted) and _DATE.fullmatch(terms))


@lru_cache(maxsize=16)
def grace_end(version: str, days: int) -> float:
    """Return when keys end whose account accepted only terms before `version`, seconds since the epoch.

    A version that is no date has no grace: 0. An account that accepted no terms has none either.
    """
    try:
        day = date.fromisoformat(version) if _DATE.fullmatch(version) else None
    except ValueError:
        day = None
    return datetime.combine(day + timedelta(days), time(), DAY).timestamp() if day else 0.0


def _grace_end(rules: Rules) -> float:
    return grace_end(rules.terms or "", rules.grace_days)


def _companion(key: KeyRecord, asked: Asked) -> _Wrong | None:
    if key.companion is None:
        return None
    if asked.companion is None:
        return COMPANION_MISSING, {"checked": "sk"}
    right = hmac.compare_digest(digest(asked.companion), key.companion)
    return None if right else (COMPANION_WRONG, {"checked": "sk"})


def _needed(asked: Asked) -> Access:
    return access_to(asked.access, "bulk" if asked.demand.bulk else "archive")


def _reaches(tier: Tier, asked: Asked) -> bool:
    needed = _needed(asked)
    reached = needed != "internal" and REACHES.index(tier.reach) >= REACHES.index(needed)
    return reached and asked.demand.meter in tier.limits


def _anonymous(asked: Asked, rules: Rules) -> Standing | Refusal:
    if asked.access == "internal":
        return Refusal(NEVER_OUTSIDE, {"access": "internal"})
    name = rules.policy.anonymous
    tier = rules.policy.tiers[name]
    if not _reaches(tier, asked):
        return Refusal(KEY_MISSING, {"access": asked.access, "tk": None})
    return Standing(None, None, name, tier.limits)


def _keyed(asked: Asked, key: KeyRecord, rules: Rules) -> Standing | Refusal:
    if asked.access == "internal":
        return Refusal(NEVER_OUTSIDE, {"access": "internal"})
    tier = rules.policy.tiers.get(key.tier)
    if tier is None or not _reaches(tier, asked):
        return Refusal(TIER_TOO_LOW, {"tier": key.tier, "needed": _needed(asked)})
    notice = None
    if not _accepted(key.terms, rules.terms):
        until = datetime.fromtimestamp(_grace_end(rules), DAY).date()
        notice = f'accept "{rules.terms}" before {until}'
    return Standing(key.account, key.id, key.tier, tier.limits, notice)
