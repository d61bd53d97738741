"""A node's objects as the edge reads them: small documents whole, archives by their first bytes. boto3 only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from tianlake.functions.edge.config import Config
from tianlake.lake.errors import StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CLIENT: Final = BotoConfig(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1}, tcp_keepalive=True
)
"""How S3 and DynamoDB are asked. A viewer-request function has 5 s in all ("Quotas on Lambda@Edge"): better to fail in
time to say so."""

_ABSENT: Final = {"404", "NoSuchKey", "NotFound"}


class Objects(Protocol):
    """Reads objects of nodes. Every method raises `StoreError` when the store fails."""

    def read(self, code: str, key: str, first: int | None = None) -> bytes | None:
        """Return an object, or its `first` bytes; None where there is none."""

    def size(self, code: str, key: str) -> int | None:
        """Return an object's size in bytes; None where there is none."""


class S3Objects:
    """Objects in buckets of S3."""

    def __init__(self, config: Config) -> None:
        """Use the buckets of `config`; touches no network. Credentials are found by boto3's own chain."""
        self._nodes = config.nodes
        self._client: S3Client = boto3.Session().client(
            "s3", region_name=config.region, endpoint_url=config.endpoint_url, config=CLIENT
        )

    def read(self, code: str, key: str, first: int | None = None) -> bytes | None:
        """Return an object, or its `first` bytes; None where there is none."""
        part: Any = {"Range": f"bytes=0-{first - 1}"} if first else {}
        with _failures(key):
            return self._client.get_object(**self._place(code, key), **part)["Body"].read()
        return None

    def size(self, code: str, key: str) -> int | None:
        """Return an object's size in bytes; None where there is none."""
        with _failures(key):
            return self._client.head_object(**self._place(code, key))["ContentLength"]
        return None

    def _place(self, code: str, key: str) -> Any:  # noqa: ANN401 - arguments of boto3
        bucket = self._nodes[code]
        return {"Bucket": bucket.name, "Key": f"{bucket.prefix}{key}"}


@contextmanager
def _failures(key: str) -> Iterator[None]:
    """Let an object that is absent pass, and turn every other failure into a `StoreError`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
        if code not in _ABSENT:
            raise StoreError(f"{key}: the bucket does not answer: {code or type(error).__name__}") from error
