"""Fetches a snapshot of keys from the node that issues them."""

from __future__ import annotations

import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException
from ipaddress import ip_address
from typing import IO, Final
from urllib.parse import urlsplit

from tianlake.functions.accounts.snapshot import MEDIA_TYPE
from tianlake.lake.errors import LakeError, StoreError

TIMEOUT_S: Final = 60
LARGEST: Final = 1_000_000_000
"""Bytes that are taken at most: some ten million keys."""

_UNAUTHORIZED: Final = (401, 403)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: urllib would send the token along to wherever it is sent."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Say that there is no other request."""


def fetch_snapshot(url: str, token: str) -> bytes:
    """Return the snapshot at `url`, as `GET /accounts/snapshot` gives it to the account of a node.

    Raises:
        LakeError: The URL is not https (http is for loopback alone), or the token is refused.
        StoreError: The server does not answer, or answers with something else.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise LakeError(f"{url}: a token is sent over https only; give an https URL or a file")
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}", "accept": MEDIA_TYPE})  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in _UNAUTHORIZED:
                raise LakeError(
                    f"{url}: the token was refused ({error.code}); it must be that of an account of kind node"
                ) from None
            raise StoreError(f"{url}: answered with {error.code}") from None
    except (OSError, HTTPException) as error:
        raise StoreError(f"{url}: does not answer: {' '.join(str(error).split())}") from None
    if len(data) > LARGEST:
        raise LakeError(f"{url}: more than {LARGEST} bytes, which is no snapshot of keys")
    return data


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
