"""How long an answer is kept (CloudFront developer guide, "Manage how long content stays in the cache"). Pure."""

from __future__ import annotations

import re
from typing import Final

from tianlake_edge.messages import Said, seconds
from tianlake_edge.policies import CachePolicy

_NEVER: Final = {"no-cache", "no-store", "private"}
_AGE: Final = re.compile(r"(s-maxage|max-age)=\"?(\d+)")

KEPT_STATUSES: Final = frozenset({200, 204, 301, 308})
"""Answers that are kept. Errors are not: their minimum time is 0."""


def ttl_of(said: Said, policy: CachePolicy, now: float) -> float | None:
    """Return for how many seconds an answer is fresh; None where it is not kept at all.

    What the origin says counts within the policy's minimum and maximum; where it says nothing, the default does. An
    answer whose time is 0 is kept and asked about each time, unless the origin forbids to keep it.
    """
    if not policy.keeps or said.status not in KEPT_STATUSES or said.fields.get("vary") == "*":
        return None
    control = said.fields.get("cache-control", "").lower()
    words = {each.strip().partition("=")[0] for each in control.split(",")}
    if words & _NEVER:
        return policy.min_ttl or None
    ages = dict(_AGE.findall(control))
    expires = seconds(said.fields.get("expires"))
    if ages:
        told = float(ages["s-maxage"] if "s-maxage" in ages else ages["max-age"])
    elif expires is not None:
        told = expires - (seconds(said.fields.get("date")) or now)
    else:
        told = policy.default_ttl
    return max(policy.min_ttl, min(told, policy.max_ttl))
