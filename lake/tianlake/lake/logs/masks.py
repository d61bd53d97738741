"""Names that tell two users apart and nobody who they are: HMACs under a secret that lasts a month.

The secret of a month lies at `private/logs/secrets/<YYYY-MM>.key`, so that all servers of a node write the same name
for the same user, and is destroyed with the last day of that month that is kept. From then on nobody can find out whose
rows a copy of the log holds, not even who has the list of all accounts.
"""

from __future__ import annotations

import hmac
import secrets
import time
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from threading import Lock
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.logs.rows import Row
from tianlake.lake.store import ABSENT, Store

SECRET_BYTES: Final = 32

_NAME_BYTES: Final = 16
_REMEMBERED: Final = 50_000
"""Names that are not computed anew, per node."""

_V4_BITS: Final = 24
_V6_BITS: Final = 56


@lru_cache(50_000)
def network_of(address: str) -> str:
    """Return the network of a client's address, as far as the log tells clients apart: /24 of IPv4, /56 of IPv6.

    Empty for what is no address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    bits = _V4_BITS if isinstance(found, IPv4Address) else _V6_BITS
    return str(ip_network((int(found) if bits == _V6_BITS else str(found), bits), strict=False))


def month_of(moment: float) -> str:
    """Return the month of a moment in UTC, `YYYY-MM`."""
    return time.strftime("%Y-%m", time.gmtime(moment))


class Masks:
    """Names of one node's users. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        """Find secrets in `store`, or make them there."""
        self._store = store
        self._secrets: dict[str, bytes] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._lock = Lock()

    def row(self, row: Row) -> Row:
        """Return a row as it may be written.

        Raises:
            LakeError: The store does not answer, or what it has is no secret.
        """
        month = month_of(row.time)
        return row._replace(
            account=self._name(month, "account", row.account),
            key=self._name(month, "key", row.key and f"{row.account}/{row.key}"),
            client=self._name(month, "client", network_of(row.client)),
        )

    def _name(self, month: str, what: str, text: str) -> str:
        if not text:
            return ""
        asked = (month, what, text)
        if (known := self._names.get(asked)) is not None:
            return known
        digest = hmac.digest(self._secret(month), f"{what}\0{text}".encode(), "sha256")
        if len(self._names) >= _REMEMBERED:
            self._names.clear()
        self._names[asked] = name = digest[:_NAME_BYTES].hex()
        return name

    def _secret(self, month: str) -> bytes:
        with self._lock:
            if (known := self._secrets.get(month)) is None:
                self._secrets[month] = known = self._found(keys.log_secret(month))
        return known

    def _found(self, key: str) -> bytes:
        """Return the secret that lies at `key`, and put one there first where none does."""
        try:
            found = self._store.get(key)[1]
        except NotFoundError:
            try:
                made = secrets.token_bytes(SECRET_BYTES)
                self._store.put(key, made, media_type="application/octet-stream", condition=ABSENT)
            except ConflictError:  # another server was first: its secret counts for all
                return self._found(key)
            return made
        if len(found) != SECRET_BYTES:
            raise LakeError(
                f"{key}: must hold {SECRET_BYTES} bytes; delete it, and users of that month are counted anew"
            )
        return found
