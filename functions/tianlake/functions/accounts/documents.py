"""Accounts, keys and usage as callers see them: no hash, no token, and an e-mail address to its owner alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tianlake.functions.accounts.conditions import Conditions, rfc3339
from tianlake.functions.accounts.records import Account, IssuedKey
from tianlake.functions.accounts.service import NewKey, is_live
from tianlake.functions.admission.admit import grace_end
from tianlake.functions.admission.leases import window_end
from tianlake.lake.quotas import METERS, Meter, QuotaPolicy


def account_document(account: Account, conditions: Conditions) -> dict[str, Any]:
    """Return an account as its owner sees it."""
    terms, due = conditions.terms, conditions.due(account)
    end = grace_end(terms.version, terms.grace_days) if terms and due else None
    return {
        "id": account.id,
        "name": account.name,
        "organisation": account.organisation,
        "kind": account.kind,
        "email": account.email,
        "purpose": account.purpose,
        "tier": account.tier,
        "state": account.state,
        "created": account.created,
        "closed": account.closed,
        "terms": {
            "current": terms.version if terms else None,
            "due": due,
            "keys_end": rfc3339(end) if end and account.accepted else None,
            "accepted": [{"version": each.version, "sha256": each.sha256, "at": each.at} for each in account.terms],
        },
    }


def key_document(key: IssuedKey, now: float) -> dict[str, Any]:
    """Return a key as lists show it."""
    record = key.record
    state = record.state if is_live(key, now) or record.state == "revoked" else "expired"
    return {
        "id": record.id,
        "label": key.label,
        "kind": record.kind,
        "hosts": list(record.hosts),
        "networks": list(record.networks),
        "with_sk": record.companion is not None,
        "state": state,
        "created": key.created,
        "expires": rfc3339(record.expires) if record.expires is not None else None,
        "revoked": key.revoked,
        "replaced_by": key.replaced_by,
    }


def new_key_document(made: NewKey, now: float) -> dict[str, Any]:
    """Return a key as it is shown once, with its secrets."""
    secrets = {"key": made.key} | ({"sk": made.companion} if made.companion is not None else {})
    return secrets | key_document(made.issued, now)


def usage_document(
    account: str, tier: str, policy: QuotaPolicy, used: Mapping[Meter, int], now: float
) -> dict[str, Any]:
    """Return what an account used of its day, per meter.

    `used` counts what workers hold in leases, spent or not: a tenth of the day and some leases more than what was
    answered, at most.
    """
    found = policy.tiers.get(tier)
    limits = found.limits if found else {}
    meters = {}
    for meter in (each for each in METERS if each in limits):
        units, limit = used.get(meter, 0), limits[meter].per_day
        meters[meter] = {
            "used": units,
            "limit": limit,
            "remaining": max(0, limit - units),
            "warning": units >= policy.warn_at * limit,
        }
    return {
        "account": account,
        "tier": tier,
        "title": {"zh": found.title.zh, "en": found.title.en} if found else None,
        "reach": found.reach if found else None,
        "resets": rfc3339(window_end(now)),
        "warning": any(each["warning"] for each in meters.values()),
        "meters": meters,
    }
