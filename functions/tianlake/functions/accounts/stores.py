"""Which store of accounts a URL names. boto3 is imported only where DynamoDB is used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.lake.errors import LakeError

if TYPE_CHECKING:
    from tianlake.functions.accounts.dynamodb_client import Aws

_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""Of names of tables, which have 3 to 255 of these (DynamoDB developer guide, "Naming rules")."""


def open_accounts(url: str, base: Path, aws: Aws | None = None) -> AccountStore:
    """Return the store of accounts that a URL names; touches neither files nor network.

    Args:
        url: `sqlite:accounts.sqlite`, `sqlite:/srv/accounts.sqlite` or `dynamodb:PREFIX`, where tables are called
            `PREFIX-accounts` and so on.
        base: The workspace, which relative files start from.
        aws: How to reach DynamoDB; boto3's own configuration where absent.

    Raises:
        LakeError: The URL has another form.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        if not rest.strip("/") or rest.startswith("//") or rest.endswith("/") or "\0" in rest:
            raise LakeError(f"accounts url {url!r}: names no file; write sqlite:FILE")
        return SqliteAccounts(base / rest)
    if scheme == "dynamodb":
        if not _PREFIX.fullmatch(rest):
            raise LakeError(f"accounts url {url!r}: a prefix of tables has 1 to 200 of a-z, A-Z, 0-9, '_', '.' and '-'")
        from tianlake.functions.accounts.dynamodb import DynamoAccounts  # noqa: PLC0415 - see the module's docstring

        return DynamoAccounts(rest, aws)
    raise LakeError(f"accounts url {url!r}: must be sqlite:FILE or dynamodb:PREFIX")
