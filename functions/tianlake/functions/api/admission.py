"""Admission for routes of the web API: the same door as at the gateway; errands are run on the spot."""

from __future__ import annotations

from typing import Final

from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.records import Asked
from tianlake.functions.calls import Reply

_TURNS: Final = 20
"""Errands that one request is worth. Each brings it on, unless others spend what was leased before its turn."""


def decide(door: Door, asked: Asked, now: float) -> Admission | Refusal:
    """Return whether a request is let in. Blocks for as long as the store takes.

    Raises:
        RuntimeError: Other requests were always first; with one request at a time, as in Lambda, this cannot be.
    """
    for _ in range(_TURNS):
        decision = door.decide(asked, now)
        if not isinstance(decision, Errand):
            return decision
        decision.run()
    raise RuntimeError(f"{_TURNS} errands, and still no decision")


def admitted(reply: Reply, admission: Admission) -> Reply:
    """Return an answer with what its client is told of the quota."""
    return Reply(reply.status, (*reply.headers, *admission.headers), reply.body)


def refused(refusal: Refusal, *, strict: bool, base: str) -> Reply:
    """Return the answer to a request that is not let in.

    Args:
        refusal: Why not.
        strict: Whether to answer as Tianditu does today (tianditu.md §1.3).
        base: Path or URL of the node's root, with a final `/`, which hints start from.
    """
    told = (("content-type", refusal.content_type(strict)), *refusal.headers)
    return Reply(refusal.status_code(strict), told, refusal.body(strict, base))


def kept_private(reply: Reply) -> Reply:
    """Return an answer that no shared cache hands to those without a key (RFC 9111 §5.2.2.7)."""
    fields = dict(reply.headers)
    fields["cache-control"] = fields.get("cache-control", "private").replace("public", "private")
    fields["vary"] = ", ".join(part for part in (fields.get("vary"), "authorization, x-api-key") if part)
    return Reply(reply.status, tuple(fields.items()), reply.body)
