"""Which store of accounts a URL names."""

from __future__ import annotations

from pathlib import Path

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.lake.errors import LakeError


def open_accounts(url: str, base: Path) -> AccountStore:
    """Return the store of accounts that a URL names; touches neither files nor network.

    Args:
        url: `sqlite:accounts.sqlite` or `sqlite:/srv/accounts.sqlite`.
        base: The workspace, which relative files start from.

    Raises:
        LakeError: The URL has another form.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        if not rest.strip("/") or rest.startswith("//") or rest.endswith("/") or "\0" in rest:
            raise LakeError(f"accounts url {url!r}: names no file; write sqlite:FILE")
        return SqliteAccounts(base / rest)
    raise LakeError(f"accounts url {url!r}: must be sqlite:FILE")
