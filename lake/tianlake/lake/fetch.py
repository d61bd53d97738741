"""One request over HTTP for a document of another node: no redirect, no more bytes and no more time than allowed."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import IO, Final, Protocol

from tianlake.lake.errors import LakeError, StoreError

_PART: Final = 1 << 18
_NOT_MODIFIED: Final = 304


class StatusError(StoreError):
    """The server answered, with a status that is no success."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url}: answered with {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """What a foreign document may take."""

    largest: int
    """Bytes of the body."""
    silence_s: float = 60
    """The longest wait for the next bytes."""
    whole_s: float = 3600
    """The longest time for all of it: a server that sends a byte a minute is never silent."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and the entity tag (RFC 9110 §8.8.3) it came with, as it was written; empty where it had none."""

    body: bytes
    etag: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: urllib would send a token along, and go wherever it is sent."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Say that there is no other request."""


class _Answer(Protocol):
    def read1(self, size: int, /) -> bytes: ...


def fetch(url: str, headers: Mapping[str, str], limits: Limits) -> Fetched | None:
    """Return the document at an http(s) URL, or None where the condition in `headers` says it is the known one (304).

    Raises:
        LakeError: It is larger than allowed.
        StatusError: Any other status than 200.
        StoreError: The server does not answer, breaks off, or is too slow.
    """
    until = time.monotonic() + limits.whole_s
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - callers name http(s) alone
    try:
        opened = urllib.request.build_opener(_NoRedirect).open(request, timeout=limits.silence_s)
        with opened as answer:
            if answer.status != 200:  # noqa: PLR2004 - OK
                raise StatusError(url, answer.status)
            announced = answer.headers.get("content-length")
            body = _read(url, answer, until, limits)
            if announced is not None and announced.isdecimal() and len(body) != int(announced):
                raise StoreError(f"{url}: broke off after {len(body)} of {announced} bytes")
            return Fetched(body, answer.headers.get("etag", ""))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_MODIFIED:
                return None
            raise StatusError(url, error.code) from None
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise StoreError(f"{url}: does not answer: {' '.join(str(reason).split())}") from None


def _read(url: str, answer: _Answer, until: float, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(_PART):
        size += len(part)
        if size > limits.largest:
            raise LakeError(f"{url}: more than the {limits.largest} bytes it may have")
        if time.monotonic() > until:
            raise StoreError(f"{url}: not there after {limits.whole_s:.0f} s")
        parts.append(part)
    return b"".join(parts)
