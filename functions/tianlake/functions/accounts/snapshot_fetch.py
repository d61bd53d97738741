"""Fetches a snapshot of keys from the node that issues them."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tianlake.functions.accounts.snapshot import MEDIA_TYPE
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.fetch import Limits, StatusError, fetch

LIMITS: Final = Limits(largest=1_000_000_000)
"""Of a snapshot: some ten million keys."""

_UNAUTHORIZED: Final = (401, 403)


def fetch_snapshot(url: str, token: str, ca_file: Path | None = None) -> bytes:
    """Return the snapshot at `url`, as `GET /accounts/snapshot` gives it to the account of a node.

    Raises:
        LakeError: The URL is not https (http is for loopback alone), or the token is refused.
        StoreError: The server does not answer, or answers with something else.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise LakeError(f"{url}: a token is sent over https only; give an https URL or a file")
    try:
        found = fetch(url, {"authorization": f"Bearer {token}", "accept": MEDIA_TYPE}, LIMITS, ca_file)
    except StatusError as error:
        if error.status not in _UNAUTHORIZED:
            raise
        rule = "it must be that of an account of kind node"
        raise LakeError(f"{url}: the token was refused ({error.status}); {rule}") from None
    if found is None:
        raise StoreError(f"{url}: answered with 304, though nothing was known before")
    return found.body


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
