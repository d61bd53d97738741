"""Signed links: an address of one file that opens it for some time, where no key can be sent.

    <path>?expires=<seconds since the epoch>&key=<SHA-256 of the key, hex>&signature=<hex>

The signature is HMAC-SHA256 (RFC 2104) over the three, with a secret of the account store. The link names its key by
the digest that the store knows it by, which opens nothing by itself: so a link ends with its key, and is counted on
its account. It stands for one path, and only where that is metered as data: archives and files. What the key is bound
to does not matter: whoever could use the key made the link.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from tianlake.functions.admission.records import SignedLink
from tianlake.functions.admission.refusals import LINK_EXPIRED, LINK_WRONG, Reason

LONGEST_S: Final = 7 * 86_400
"""How long a link may be good for, seconds: a week, as with the object stores' own signed addresses."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_EXPIRES: Final = re.compile(r"[1-9][0-9]{0,11}")


def signed(secret: bytes, path: str, key: str, expires: int) -> str:
    """Return the query that makes `path` a signed link.

    Args:
        secret: At least 32 random bytes, the same ones for every worker.
        path: Raw path of the file from the root of the server, percent-encoded as it will be requested.
        key: `KeyRecord.digest` of the key that the link stands for.
        expires: Seconds since the epoch.
    """
    return f"expires={expires}&key={key}&signature={_signature(secret, path, key, str(expires))}"


def wrong_with(link: SignedLink, secret: bytes | None, now: float) -> tuple[Reason, dict[str, str | int | None]] | None:
    """Return why a link opens nothing, and what was seen; None for a good one. Its key is not looked at here."""
    if secret is None or not (_DIGEST.fullmatch(link.key) and _EXPIRES.fullmatch(link.expires)):
        return LINK_WRONG, {"checked": "members"}
    if not link.signature.isascii():
        return LINK_WRONG, {"checked": "signature"}
    if not hmac.compare_digest(link.signature, _signature(secret, link.path, link.key, link.expires)):
        return LINK_WRONG, {"checked": "signature"}
    expires = int(link.expires)
    if not now < expires:
        return LINK_EXPIRED, {"expired": expires, "now": int(now)}
    return None


def _signature(secret: bytes, path: str, key: str, expires: str) -> str:
    # Neither digits nor hex hold a line feed, so no two triples make the same message.
    return hmac.digest(secret, f"{expires}\n{key}\n{path}".encode(errors="surrogateescape"), hashlib.sha256).hex()
