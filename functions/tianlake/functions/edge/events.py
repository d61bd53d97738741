"""CloudFront's events and answers, as Lambda@Edge has them (developer guide, "Lambda@Edge event structure"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from tianlake.functions.admission.credentials import HEADERS
from tianlake.functions.admission.headers import ADMITTED
from tianlake.functions.admission.requests import Request
from tianlake.functions.cors import ALWAYS

Json = dict[str, Any]

LARGEST: Final = 40_000
"""Bytes that an answer to a viewer request may have, header fields included ("Quotas on Lambda@Edge": 40 KB)."""

_BELIEVED: Final = (ADMITTED, "x-forwarded-host", "x-forwarded-proto")
"""What a gateway behind a proxy believes of it. CloudFront writes the last entry of `X-Forwarded-For` itself."""


def cloudfront_request(event: Json) -> Json:
    """Return the request within an event: `method`, `uri`, `querystring`, `headers`, `clientIp`."""
    found: Json = event["Records"][0]["cf"]["request"]
    return found


def request_of(request: Json) -> Request:
    """Return what admission looks at of a CloudFront request."""
    headers = {name: ", ".join(str(each["value"]) for each in sent) for name, sent in request["headers"].items()}
    return Request(request["uri"], request["querystring"], headers, request["clientIp"])


def unforged(request: Json) -> Json:
    """Return a request without the header fields that a gateway believes, whoever sent them."""
    headers = {name: sent for name, sent in request["headers"].items() if name not in _BELIEVED}
    return {**request, "headers": headers}


def passed_on(request: Json, uri: str, query: str, secret: bytes | None = None) -> Json:
    """Return the request that goes on to cache and origin: without a key, under its one address.

    Args:
        request: As it came.
        uri: Path to ask for, percent-encoded.
        query: Query to send.
        secret: What tells a gateway that the request was let in and counted; None where it need not know.
    """
    sent = unforged(request)
    headers = {name: each for name, each in sent["headers"].items() if name not in HEADERS}
    if secret is not None:
        headers[ADMITTED] = [{"key": ADMITTED, "value": secret.hex()}]
    return {**sent, "uri": uri, "querystring": query, "headers": headers}


def generated(status: int, fields: Iterable[tuple[str, str]], body: bytes = b"", *, head: bool = False) -> Json:
    """Return an answer that the edge gives itself, with the header fields that every answer has."""
    headers: Json = {}
    for name, value in (*ALWAYS.items(), *fields):
        headers.setdefault(name, []).append({"key": name, "value": value})
    answer = {"status": str(status), "statusDescription": _phrase(status), "headers": headers}
    return answer if head or not body else {**answer, "body": body.decode(), "bodyEncoding": "text"}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
