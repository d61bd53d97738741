"""The objects of a bucket for a server: asynchronous ranges through obstore."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import boto3
import obstore
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store as Bucket

from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.store._rules import check_key, check_span
from tianlake.lake.store._s3_values import bare, refuse_removed
from tianlake.lake.store.locations import S3Settings
from tianlake.lake.store.media import media_type_of, without_charset
from tianlake.lake.store.protocol import ObjectInfo, Span

if TYPE_CHECKING:
    from obstore import BytesStream, GetOptions, GetResult
    from obstore.store import ClientConfig, RetryConfig, S3Config

_CHUNK_BYTES: Final = 256 * 1024
_WHOLE_ANSWER: Final = timedelta(days=1)
_DEFAULT_REGION: Final = "us-east-1"


class S3Reader:
    """A `Reader` of the objects of an `S3Store`."""

    def __init__(self, bucket: str, prefix: str, settings: S3Settings, session: boto3.Session | None = None) -> None:
        """Use `bucket`; touches no network. Credentials come from `session`, or boto3's own chain.

        Raises:
            StoreError: There are no credentials.
        """
        self._base = f"{prefix}/" if prefix else ""
        session = session or boto3.Session()
        try:
            credentials = Boto3CredentialProvider(session)
        except ValueError:
            raise StoreError(f"bucket {bucket!r}: no credentials found; see boto3's documentation") from None
        self._bucket = Bucket(
            bucket,
            config=_config(bucket, settings, session.region_name),
            client_options=_client(settings),
            retry_config=_retries(settings),
            credential_provider=credentials,
        )

    async def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError` or `StoreError`."""
        check_key(key)
        with _answers(key):
            found = await self._ask(key, {"head": True})
        refuse_removed(key, found.attributes)
        meta = found.meta
        header = found.attributes.get("Content-Type")
        return ObjectInfo(
            key=key,
            size=meta["size"],
            etag=bare(meta["e_tag"] or ""),
            media_type=media_type_of(key) if header is None else without_charset(header),
            modified=meta["last_modified"].timestamp(),
        )

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        """Return an iterator over the bytes of exactly the version `info` tells of.

        Raises:
            ConflictError: The object is no longer that version. Raised before the first byte.
        """
        check_key(info.key)
        span = span or Span(0, info.size)
        check_span(info.key, span, info.size)
        options: GetOptions = {"if_match": f'"{info.etag}"'}
        if span.length == 0:  # S3 has no way to ask for no bytes
            options["head"] = True
        else:
            options["range"] = (span.start, span.start + span.length)
        try:
            with _answers(info.key):
                found = await self._ask(info.key, options)
        except NotFoundError:
            raise ConflictError(f"object {info.key!r} was removed since it was looked at") from None
        return _chunks(info.key, None if span.length == 0 else found.stream(_CHUNK_BYTES))

    async def _ask(self, key: str, options: GetOptions) -> GetResult:
        return await obstore.get_async(self._bucket, self._base + key, options=options)


async def _chunks(key: str, stream: BytesStream | None) -> AsyncIterator[bytes]:
    if stream is not None:
        with _answers(key):
            async for chunk in stream:
                yield bytes(chunk)


@contextmanager
def _answers(key: str) -> Iterator[None]:
    """Turn every error of obstore into ours: one line, with no request, header or credential in it."""
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError(f"object {key!r} does not exist") from None
    except PreconditionError:
        raise ConflictError(f"object {key!r} was replaced since it was looked at") from None
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(f"object {key!r}: no answer from S3 ({type(error).__name__})") from None


def _config(bucket: str, settings: S3Settings, region: str | None) -> S3Config:
    config: S3Config = {
        "region": settings.region or region or _DEFAULT_REGION,
        "virtual_hosted_style_request": not settings.uses_paths,
    }
    if settings.endpoint_url is not None:
        config["endpoint"] = _endpoint(settings.endpoint_url, None if settings.uses_paths else bucket)
    return config


def _endpoint(url: str, host_bucket: str | None) -> str:
    """Return the base URL as obstore wants it: with the bucket where that is part of the host."""
    if host_bucket is None:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{host_bucket}.{parts.netloc}"))


def _client(settings: S3Settings) -> ClientConfig:
    return {
        "allow_http": (settings.endpoint_url or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=settings.connect_timeout_s),
        "read_timeout": timedelta(seconds=settings.read_timeout_s),
        # A whole answer may take long: a visitor on a slow line reads a big file at that line's pace.
        "timeout": _WHOLE_ANSWER,
    }


def _retries(settings: S3Settings) -> RetryConfig:
    return {
        "max_retries": settings.attempts - 1,
        "retry_timeout": timedelta(seconds=settings.attempts * settings.read_timeout_s),
    }
