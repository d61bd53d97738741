"""The S3 client of boto3 as Tianlake sets it up, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.store.locations import S3Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOT_FOUND: Final = 404
_CONFLICT: Final = frozenset({409, 412})  # S3 user guide, "How to prevent object overwrites with conditional writes"
_BAD_RANGE: Final = 416


def make_client(session: boto3.Session, settings: S3Settings) -> S3Client:
    """Return a client whose every request ends in bounded time; touches no network."""
    config = Config(
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        s3={"addressing_style": "path" if settings.uses_paths else "virtual"},
        # Servers other than AWS reject checksum trailers; the length and TLS already guard the body.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with answers(""):
        return session.client("s3", endpoint_url=settings.endpoint_url, region_name=settings.region, config=config)


@contextmanager
def answers(key: str, *, conditional: bool = False) -> Iterator[None]:
    """Turn every error of boto3 into ours: one line, with no request, header or credential in it.

    Args:
        key: The object that the request is about.
        conditional: Whether the request carries a condition, which a missing object does not meet.
    """
    try:
        yield
    except ClientError as error:
        raise _meaning(error, key, conditional=conditional) from None
    except BotoCoreError as error:
        reason = " ".join(str(error).split())
        raise StoreError(f"object {key!r}: no answer from S3: {reason}") from None


def _meaning(error: ClientError, key: str, *, conditional: bool) -> LakeError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    # Only a missing object answers a question; a missing bucket or upload is a failure of the store.
    if status == _NOT_FOUND and code in {"NoSuchKey", "NoSuchVersion", "404"}:
        if conditional:
            return ConflictError(f"object {key!r} was removed by somebody else")
        return NotFoundError(f"object {key!r} does not exist")
    if code == "NoSuchUpload":
        return ConflictError(f"object {key!r}: its upload was ended by somebody else")
    if status in _CONFLICT and conditional:
        return ConflictError(f"object {key!r} was written by somebody else")
    if status == _BAD_RANGE:
        return LakeError(f"object {key!r}: the bytes asked for are not within it")
    return StoreError(f"object {key!r}: S3 refused with {status} {code}")
