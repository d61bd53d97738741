"""What tells a gateway, or the web API behind it, that an edge function of ours let a request in and counted it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence


def proves(sent: Sequence[bytes], secret: bytes | None) -> bool:
    """Say whether the values of `headers.ADMITTED` in a request are the proof. Whoever has none is a client.

    Args:
        sent: All of them: one that somebody added to ours makes them worthless.
        secret: Of the account store, `ports.EDGE`; None where none is believed.
    """
    return secret is not None and len(sent) == 1 and hmac.compare_digest(sent[0], secret.hex().encode())
