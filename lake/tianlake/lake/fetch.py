"""One request over HTTP for a document of another node: no redirect, no more bytes and no more time than allowed."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Final, Protocol

from tianlake.lake.deadline import Deadline
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


def fetch(
    url: str,
    headers: Mapping[str, str],
    limits: Limits,
    ca_file: Path | None = None,
    *,
    target: BinaryIO | None = None,
) -> Fetched | None:
    """Return the document at an http(s) URL, or None where the condition in `headers` says it is the known one (304).

    Args:
        url: Of the document.
        headers: Of the request.
        limits: What it may take.
        ca_file: PEM file of authorities that may have signed the server's certificate, beside those of the system.
        target: Where the document goes instead of into the `body` of what is returned.

    Raises:
        LakeError: It is larger than allowed, or `ca_file` is no such file.
        StatusError: Any other status than 200.
        StoreError: The server does not answer, breaks off, is too slow, or shows a certificate that is not believed.
    """
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - callers name http(s) alone
    memory = BytesIO()
    with Deadline(limits.whole_s) as deadline:
        etag = _fetch(url, request, memory if target is None else target, (limits, deadline, ca_file))
    return None if etag is None else Fetched(memory.getvalue(), etag)


def _fetch(
    url: str, request: urllib.request.Request, sink: BinaryIO, under: tuple[Limits, Deadline, Path | None]
) -> str | None:
    """Write the document into `sink` and return its entity tag, or None where it is the known one."""
    limits, deadline, ca_file = under
    try:
        opened = _opener(url, ca_file, deadline).open(request, timeout=limits.silence_s)
        with opened as answer:
            if answer.status != 200:  # noqa: PLR2004 - OK
                raise StatusError(url, answer.status)
            announced = answer.headers.get("content-length")
            size = _read(url, answer, sink, limits)
            if deadline.is_over:
                raise _late(url, limits)
            if announced is not None and announced.isdecimal() and size != int(announced):
                raise StoreError(f"{url}: broke off after {size} of {announced} bytes")
            return str(answer.headers.get("etag", ""))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_MODIFIED:
                return None
            raise StatusError(url, error.code) from None
    except (OSError, HTTPException) as error:
        if deadline.is_over:
            raise _late(url, limits) from None
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            why = reason.verify_message.partition(", certificate is not valid for")[0]  # what follows is the host
            raise StoreError(f"{url}: its certificate is not believed: {why}") from None
        raise StoreError(f"{url}: does not answer: {' '.join(str(reason).split())}") from None


def _late(url: str, limits: Limits) -> StoreError:
    return StoreError(f"{url}: not there after {limits.whole_s:.0f} s")


def _opener(url: str, ca_file: Path | None, deadline: Deadline) -> urllib.request.OpenerDirector:
    if ca_file is None or not url.startswith("https:"):
        return urllib.request.build_opener(_NoRedirect, *deadline.handlers(None))
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError):
        raise LakeError(
            f"{ca_file.name}: https.ca_file: must be a file of certificates in PEM that can be read"
        ) from None
    return urllib.request.build_opener(_NoRedirect, *deadline.handlers(context))


def _read(url: str, answer: _Answer, sink: BinaryIO, limits: Limits) -> int:
    """Write the body into `sink`; return its size."""
    size = 0
    while part := answer.read1(_PART):
        size += len(part)
        if size > limits.largest:
            raise LakeError(f"{url}: more than the {limits.largest} bytes it may have")
        sink.write(part)
    return size
