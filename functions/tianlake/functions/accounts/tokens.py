"""Management tokens and ids: made here, checked here. There are no passwords (decision 23)."""

from __future__ import annotations

import hmac
import re
import secrets
import string
from typing import Final

from tianlake.functions.admission.records import digest

_ALPHABET: Final = string.ascii_lowercase + string.digits
_TOKEN: Final = re.compile(r"t[a-z0-9]{40}")
_ID: Final = 16
_KEY_ID: Final = 11


def new_token() -> str:
    """Return a management token: `t` and 40 of a-z and 0-9, 206 random bits. No key is as long."""
    return f"t{_random(40)}"


def is_token(text: str) -> bool:
    """Say whether a text has the form of a management token."""
    return _TOKEN.fullmatch(text) is not None


def is_same(token: str, stored: str) -> bool:
    """Say whether a token is the one whose SHA-256 is stored, in a time that does not tell where they differ."""
    return hmac.compare_digest(digest(token), stored)


def new_account_id() -> str:
    """Return the id of a new account: `a` and 16 of a-z and 0-9."""
    return f"a{_random(_ID)}"


def new_key_id() -> str:
    """Return the short name of a new key: `k` and 11 of a-z and 0-9, 57 random bits: one for all accounts."""
    return f"k{_random(_KEY_ID)}"


def new_companion() -> str:
    """Return a second secret `sk`: 32 of a-z and 0-9, like the key."""
    return _random(32)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
