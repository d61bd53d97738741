"""Who was recognised a moment ago: a map sends hundreds of requests that differ in their tile alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from starlette.types import Scope

from tianlake.functions.admission.admit import Rules, Standing
from tianlake.functions.admission.records import Asked, Demand
from tianlake.lake.plain import Access

PASS_S: Final = 1.0
"""How long somebody is not looked at anew, seconds. It adds to the time that a revoked key still works."""

_REMEMBERED: Final = 4096

WANTED: Final = {name: name.decode() for name in (b"authorization", b"x-api-key", b"referer", b"origin", b"user-agent")}
"""Header fields that admission looks at."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Somebody who was recognised."""

    standing: Standing
    asked: Asked
    """What is asked for, without what was shown."""
    rules: Rules
    """Under which that was so."""
    until: float
    """Seconds since the epoch."""


class Passes:
    """Remembers standings by a keyed hash over all that they follow from. What was shown is not kept."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, Pass] = {}

    def seal(self, scope: Scope, client: str, demand: Demand, access: Access) -> bytes:
        """Return what stands for all that a standing follows from: whatever is shown, and what is demanded.

        No part can hold a line feed: neither a query nor a header field may on the wire (RFC 9112 §3, RFC 9110 §5.5).
        """
        parts = [scope["query_string"], f"{client} {demand.meter} {demand.bulk} {access}".encode()]
        for field in scope["headers"]:
            if field[0] in WANTED:
                parts += field
        return blake2b(b"\n".join(parts), digest_size=16, key=self._key).digest()

    def find(self, seal: bytes, rules: Rules, now: float) -> Pass | None:
        """Return who has that seal, if that was found out a moment ago and under the rules that hold."""
        found = self._known.get(seal)
        if found is None or found.rules is not rules:
            return None
        return found if 0 < found.until - now <= PASS_S else None  # a clock that was set back lengthens nothing

    def keep(self, seal: bytes, asked: Asked, standing: Standing, rules: Rules, now: float) -> None:
        """Remember somebody. A signed link is for one path, which the seal does not hold, and is never remembered."""
        if asked.link is not None:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[seal] = Pass(standing, Asked(asked.demand, asked.access, asked.client), rules, now + PASS_S)
