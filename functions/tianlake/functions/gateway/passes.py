"""Who was recognised a moment ago: a map sends hundreds of requests that differ in their tile alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from marshal import dumps
from typing import Final

from starlette.types import Scope

from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.headers import ADMITTED
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.gateway.callers import FORWARDED
from tianlake.lake.plain import Access

PASS_S: Final = 1.0
"""How long somebody is not looked at anew, seconds. It adds to the time that a revoked key still works."""

_REMEMBERED: Final = 4096

_PLAIN: Final = 2
"""Version of `marshal` that writes equal values as equal bytes: it knows neither references nor interned strings."""

WANTED: Final = {
    name: name.decode()
    for name in (b"authorization", b"x-api-key", b"referer", b"origin", b"user-agent", ADMITTED.encode())
}
"""Header fields that admission looks at."""

Seal = bytes
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
        """Copied for each seal: to begin a keyed one anew takes half as long again as all the rest of it."""
        self._known: dict[Seal, Pass] = {}
        self._shown = (*WANTED, FORWARDED) if trust_forwarded else tuple(WANTED)

    def find(self, scope: Scope, demand: Demand, access: Access, rules: Rules, now: float) -> tuple[Seal, Guest | None]:
        """Return the seal of a request, and whom it was found out to be of a moment ago, under the rules that hold.

        The seal stands for all that a standing follows from: whatever is shown, and what is demanded.
        """
        headers, peer = scope["headers"], scope.get("client")
        # Once for each map tile: what loops here, loops in C.
        fields = dict(headers)
        shown = tuple(map(fields.get, self._shown)) if len(fields) == len(headers) else self._repeated(headers)
        host = peer[0] if peer else ""
        digest = self._hash.copy()
        digest.update(dumps((scope["query_string"], shown, host, demand.meter, demand.bulk, access), _PLAIN))
        seal = digest.digest()
        found = self._known.get(seal)
        if found is None or found.rules is not rules:
            return seal, None
        # A clock that was set back lengthens nothing.
        return seal, found.guest if 0 < found.until - now <= PASS_S else None

    def _repeated(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
        """Return what is shown where a field is there twice: all of each, in their order."""
        return tuple((name, value) for name, value in headers if name in self._shown)

    def keep(self, seal: Seal, asked: Asked, guest: Guest, rules: Rules, now: float) -> None:
        """Remember somebody. A signed link is for one path, which the seal does not hold, and is never remembered."""
        if asked.link is not None:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[seal] = Pass(guest, rules, now + PASS_S)
