"""The client of DynamoDB as Tianlake sets it up, what its errors mean, and the names of tables.

boto3 and Python's own library only: this runs at a CDN's edge too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tianlake.lake.errors import StoreError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
"""Attributes by name, each with its type: `{"S": "…"}`, `{"N": "…"}`, `{"B": …}`."""

ACCOUNT: Final = "account"
"""Sort key of the account itself; those of its keys begin with `KEY`."""

KEY: Final = "key#"

_CONNECT_S: Final = 2
_READ_S: Final = 5
_ATTEMPTS: Final = 3
"""A request waits for these: at most some 20 s in all, where DynamoDB usually answers in a few milliseconds."""

_CONNECTIONS: Final = 50
"""Threads of one worker that may ask at once without waiting for each other."""


class Aws(Protocol):
    """How to reach an AWS service; `S3Settings` is one. Credentials are found by boto3's own chain."""

    @property
    def endpoint_url(self) -> str | None:
        """Base URL of a service other than AWS itself."""

    @property
    def region(self) -> str | None:
        """AWS region; boto3's own chain decides where absent."""


class Tables:
    """Names of the tables that begin with one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.accounts = f"{prefix}-accounts"
        """`account`, `item` → an account (`item` = `account`) or one of its keys (`key#<id>`)."""
        self.digests = f"{prefix}-digests"
        """`digest` → `account` and `item` of what a key's or token's SHA-256 stands for."""
        self.usage = f"{prefix}-usage"
        """`account`, `slot` (`<meter>#<day>`) → what is leased of that day; removed by `expires`."""
        self.secrets = f"{prefix}-secrets"
        """`name` → `value`."""


class Lost(Exception):  # noqa: N818 - no error: somebody else was first
    """A condition on a write did not hold."""

    def __init__(self, reasons: list[str], *, sent_again: bool) -> None:
        super().__init__(*reasons)
        self.reasons = reasons
        """Of a transaction: one for each of its parts, `None` where nothing was wrong with it."""
        self.sent_again = sent_again
        """Whether the request was sent more than once: then the first may have been what changed the item."""


CLIENT: Final = Config(
    connect_timeout=_CONNECT_S,
    read_timeout=_READ_S,
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    max_pool_connections=_CONNECTIONS,
    tcp_keepalive=True,
)


def make_client(aws: Aws | None, session: boto3.Session | None = None, config: Config = CLIENT) -> DynamoDBClient:
    """Return a client whose every request ends in bounded time; touches no network."""
    with failures("accounts"):
        return (session or boto3.Session()).client(
            "dynamodb",
            endpoint_url=aws.endpoint_url if aws else None,
            region_name=aws.region if aws else None,
            config=config,
        )


@contextmanager
def failures(place: str) -> Iterator[None]:
    """Turn errors of boto3 into one line without request or credential; conditions that do not hold into `Lost`."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        again = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
        if code == "ConditionalCheckFailedException":
            raise Lost([code], sent_again=again) from None
        if code == "TransactionCanceledException":
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
            if set(reasons) <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                raise Lost(reasons, sent_again=again) from None
            code = ", ".join(reasons)
        raise StoreError(f"{place}: DynamoDB refused with {code}") from None
    except BotoCoreError as error:
        raise StoreError(f"{place}: no answer from DynamoDB: {' '.join(str(error).split())}") from None


def texts(**values: str) -> Item:
    """Return attributes that are texts."""
    return {name: {"S": value} for name, value in values.items()}


def text(item: Item, name: str) -> str:
    """Return an attribute that is a text; raises `StoreError` where it is missing."""
    try:
        return str(item[name]["S"])
    except LookupError:
        raise StoreError(f"accounts in DynamoDB: an item has no text {name!r}") from None
