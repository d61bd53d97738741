"""Receipts: the number that a citizen asks by, and the case it belongs to.

The id of a case is the day and the beginning of a hash of the receipt: it may stand in the trail, and nobody can make
the receipt of it, which opens the status of the case.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import datetime
from typing import Final

RECEIPT: Final = re.compile(r"\d{8}-[a-z2-7]{20}")
"""Day of receipt, UTC, and 100 random bits."""


def new_receipt(now: datetime) -> str:
    """Return a receipt that nobody can guess."""
    return f"{now:%Y%m%d}-{base64.b32encode(secrets.token_bytes(13)).decode().lower()[:20]}"


def case_of(receipt: str) -> str:
    """Return the id of the case of a receipt."""
    return f"c{receipt[:8]}-{hashlib.sha256(receipt.encode()).hexdigest()[:10]}"
