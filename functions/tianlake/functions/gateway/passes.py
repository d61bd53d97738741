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
        self._key = secrets.token_bytes(32)
        self._known: dict[Seal, Pass] = {}
        self._shown = frozenset({*WANTED, FORWARDED} if trust_forwarded else WANTED)

    def seal(self, scope: Scope, demand: Demand, access: Access) -> Seal:
        """Return what stands for all that a standing follows from: whatever is shown, and what is demanded.

        No part can hold a line feed: neither a query nor a header field may on the wire (RFC 9112 §3, RFC 9110 §5.5).
        """
        names, shown = self._shown, [scope["query_string"]]
        for field in scope["headers"]:
            if field[0] in names:
                shown += field
        peer = scope.get("client")
        digest = blake2b(b"\n".join(shown), digest_size=16, key=self._key).digest()
        return digest, peer[0] if peer else "", demand.meter, demand.bulk, access

    def find(self, seal: Seal, rules: Rules, now: float) -> Guest | None:
        """Return who has that seal, if that was found out a moment ago and under the rules that hold."""
        found = self._known.get(seal)
        if found is None or found.rules is not rules:
            return None
        return found.guest if 0 < found.until - now <= PASS_S else None  # a clock that was set back lengthens nothing

    def keep(self, seal: Seal, asked: Asked, guest: Guest, rules: Rules, now: float) -> None:
        """Remember somebody. A signed link is for one path, which the seal does not hold, and is never remembered."""
        if asked.link is not None:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[seal] = Pass(guest, rules, now + PASS_S)
