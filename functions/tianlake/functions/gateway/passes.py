"""Who was recognised a moment ago: a map sends hundreds of requests that differ in their tile alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from starlette.types import Scope

from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.headers import ADMITTED
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.gateway.callers import FORWARDED
from tianlake.lake.plain import Access
from tianlake.lake.quotas import Meter

PASS_S: Final = 1.0
"""How long somebody is not looked at anew, seconds. It adds to the time that a revoked key still works."""

_REMEMBERED: Final = 4096

WANTED: Final = {
    name: name.decode()
    for name in (b"authorization", b"x-api-key", b"referer", b"origin", b"user-agent", ADMITTED.encode())
}
"""Header fields that admission looks at."""

Seal = tuple[bytes, str, Meter | None, bool, Access]
"""A keyed hash over what was shown, and what else a standing follows from."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Somebody who was recognised."""

    guest: Guest
    rules: Rules
    """Under which that was so."""
    until: float
    """Seconds since the epoch."""


class Passes:
    """Remembers guests by a seal over all that their standing follows from. What was shown is not kept."""

    def __init__(self, *, trust_forwarded: bool = False) -> None:
        """Remember nobody yet; with `trust_forwarded`, clients are those that a proxy in front names."""
        self._hash = blake2b(digest_size=16, key=secrets.token_bytes(32))
        """Copied for each seal: to begin a keyed one anew takes longer."""
        self._known: dict[Seal, Pass] = {}
        self._shown = frozenset({*WANTED, FORWARDED} if trust_forwarded else WANTED)

    def find(self, scope: Scope, demand: Demand, access: Access, rules: Rules, now: float) -> tuple[Seal, Guest | None]:
        """Return the seal of a request, and whom it was found out to be of a moment ago, under the rules that hold.

        The seal stands for all that a standing follows from: whatever is shown, and what is demanded. No part can hold
        a line feed: neither a query nor a header field may on the wire (RFC 9112 §3, RFC 9110 §5.5).
        """
        names, shown = self._shown, [scope["query_string"]]
        for name, value in scope["headers"]:
            if name in names:
                shown.append(name)
                shown.append(value)
        peer = scope.get("client")
        digest = self._hash.copy()
        digest.update(b"\n".join(shown))
        seal = digest.digest(), peer[0] if peer else "", demand.meter, demand.bulk, access
        found = self._known.get(seal)
        if found is None or found.rules is not rules:
            return seal, None
        # A clock that was set back lengthens nothing.
        return seal, found.guest if 0 < found.until - now <= PASS_S else None

    def keep(self, seal: Seal, asked: Asked, guest: Guest, rules: Rules, now: float) -> None:
        """Remember somebody. A signed link is for one path, which the seal does not hold, and is never remembered."""
        if asked.link is not None:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[seal] = Pass(guest, rules, now + PASS_S)
