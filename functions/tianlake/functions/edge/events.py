"""CloudFront's events and answers, as Lambda@Edge has them (developer guide, "Lambda@Edge event structure"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from tianlake.functions.admission.credentials import HEADERS, without_credentials
from tianlake.functions.admission.requests import Request
from tianlake.functions.cors import ALWAYS

Json = dict[str, Any]

LARGEST: Final = 40_000
"""Bytes that an answer to a viewer request may have, header fields included ("Quotas on Lambda@Edge": 40 KB)."""


def cloudfront_request(event: Json) -> Json:
    """Return the request within an event: `method`, `uri`, `querystring`, `headers`, `clientIp`."""
    found: Json = event["Records"][0]["cf"]["request"]
    return found


def request_of(request: Json) -> Request:
    """Return what admission looks at of a CloudFront request."""
    headers = {name: ", ".join(str(each["value"]) for each in sent) for name, sent in request["headers"].items()}
    return Request(request["uri"], request["querystring"], headers, request["clientIp"])


def passed_on(request: Json, uri: str | None = None, query: str | None = None) -> Json:
    """Return the request that goes on to cache and origin: without a key, under another address where one is given.

    Args:
        request: As it came.
        uri: Path to ask for instead, percent-encoded.
        query: Query to send instead; by default the one that came, without credentials.
    """
    headers = {name: sent for name, sent in request["headers"].items() if name not in HEADERS}
    kept = without_credentials(request["querystring"]) if query is None else query
    return {**request, "uri": uri or request["uri"], "querystring": kept, "headers": headers}


def generated(status: int, fields: Iterable[tuple[str, str]], body: bytes = b"", *, head: bool = False) -> Json:
    """Return an answer that the edge gives itself, with the header fields that every answer has."""
    headers: Json = {}
    for name, value in (*ALWAYS.items(), *fields):
        headers.setdefault(name, []).append({"key": name, "value": value})
    answer = {"status": str(status), "statusDescription": _phrase(status), "headers": headers}
    return answer if head or not body else {**answer, "body": body.decode(), "bodyEncoding": "text"}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
