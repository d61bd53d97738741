"""How large the head of a request may be: the same answer however its bytes arrive.

The server under the gateway reads a head into a buffer and looks whether it is over its limit before each read, so that
the last one may lead beyond it: heads of up to twice the limit pass or not by how reads fall. The gateway's own bound
lies at half the limit, and holds for whatever passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FIELDS_BYTES: Final = 64 * 1024
"""Names and values of all header fields together, at most. Browsers' cookies come to a few kilobytes."""

BUFFER_BYTES: Final = 2 * FIELDS_BYTES + 4096
"""The server's buffer for one connection: all fields, the longest first line (65,534 bytes of address) and what stands
between them, so that whatever may pass fits."""


def is_too_large(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Say whether header fields are more than is read: 431 (RFC 6585 §5)."""
    return sum([len(name) + len(value) for name, value in fields]) > FIELDS_BYTES
