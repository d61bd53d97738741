"""What answers say of an account's quota, so that a client can slow down before it is refused.

Field names are those of draft-ietf-httpapi-ratelimit-headers-06 (RateLimit-Limit, -Remaining, -Reset, -Policy), which
clients know; later drafts fold them into one structured field that hardly any reads. RFC 9110 §10.2.3: Retry-After.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Final

from tianlake.functions.admission.guests import Guest, Tally
from tianlake.functions.admission.purse import Purse
from tianlake.lake.quotas import DAY, Limit

Headers = list[tuple[str, str]]
"""Names in lower case, as HTTP/2 and CloudFront have them."""

Fields = list[tuple[bytes, bytes]]
"""The same as ASGI servers take them, for the adapter that makes some for each tile."""

_REMAINING: Final = b"ratelimit-remaining"
WARNING: Final = b"tianlake-quota-warning"
TERMS: Final = b"tianlake-terms"
"""Said while the account still has time to accept new terms."""

ADMITTED: Final = "tianlake-admitted"
"""Of a request from an edge function to a gateway: it was let in and counted. Its value is a secret, in hexadecimal."""

EXPOSED: Final = (
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, Retry-After, Tianlake-Quota-Warning, "
    "Tianlake-Terms"
)
"""What pages must be let read: part of Access-Control-Expose-Headers."""

_DAY_S: Final = 86_400
_OFFSET_S: Final = DAY.utcoffset(None).total_seconds()
"""Quota days begin so long before those of UTC."""


def tally_of(purse: Purse, limit: Limit, warn_at: float, now: float, notice: str | None = None) -> Tally:
    """Return how somebody is counted on one meter, with a warning from `warn_at` of the day on.

    `notice` is of terms that the account should accept, and until when.
    """
    reset = _DAY_S - int((now + _OFFSET_S) % _DAY_S)
    told = [
        (b"ratelimit-limit", b"%d" % limit.per_day),
        (b"ratelimit-reset", b"%d" % reset),
        (b"ratelimit-policy", _policy(limit.per_day, limit.per_second, limit.burst)),
    ]
    if notice is not None:
        told.append((TERMS, notice.encode()))
    return Tally(purse, limit, told, limit.per_day - ceil(warn_at * limit.per_day))


def quota_fields(guest: Guest) -> Fields:
    """Return what a guest is told whose request was counted (`tell_quota`)."""
    fields: Fields = []
    tell_quota(guest, fields)
    return fields


def tell_quota(guest: Guest, fields: Fields) -> None:
    """Add what a guest is told whose request was counted: the quota with the least left, and what else to know.

    `Remaining` is what this worker knows: at most a few leases (`Limit.slice`) more or less than all workers together.
    """
    tally, sent = guest.tally, guest.sent
    purse = tally.purse
    left = purse.ready + purse.beside
    if sent is not None and (purse := sent.purse).lease is not None:
        bytes_left = purse.ready + purse.beside
        if bytes_left * tally.limit.per_day < left * sent.limit.per_day:
            tally, left = sent, bytes_left
    fields.append((_REMAINING, b"%d" % left))
    fields += tally.told
    if left <= tally.warn_left:
        fields.append((WARNING, _warning(tally, left)))


def _warning(tally: Tally, left: int) -> bytes:
    per_day = tally.limit.per_day
    return f"{(per_day - left) * 100 // per_day}% of {per_day} {tally.purse.meter} used today".encode()


def spent_headers(limit: Limit, per_day: int, wait: float, *, day: bool) -> Headers:
    """Return what a refused request is told: which limit it met, and that it is free again after `wait` seconds."""
    met = per_day if day else max(1, int(limit.per_second))
    return [
        ("ratelimit-limit", str(met)),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", str(max(1, ceil(wait)))),
        ("ratelimit-policy", _policy(limit.per_day, limit.per_second, limit.burst).decode()),
    ]


@lru_cache(maxsize=100)
def _policy(per_day: int, per_second: float, burst: int) -> bytes:
    """Return both limits as the draft's section 3.2 has them: whole units in a window of whole seconds."""
    units, seconds = (1, ceil(1 / per_second)) if per_second < 1 else (int(per_second), 1)
    return f"{per_day};w={_DAY_S}, {units};w={seconds};burst={burst}".encode()
