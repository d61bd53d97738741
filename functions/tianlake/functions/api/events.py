"""Events of API Gateway (REST, proxy integration, payload format 1.0) as account calls and as requests to admit.

API Gateway hands on a decoded query; it is encoded again, so that one parser reads queries everywhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from tianlake.functions.admission.requests import Request
from tianlake.functions.calls import Call

Event = Mapping[str, Any]

_BROKEN: Final = b"\xff"
"""What a body that is no base64 is taken for: no JSON either."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came in, whichever service of AWS handed it on."""

    request: Request
    method: str
    body: bytes = field(repr=False)
    origin: str
    """URL of the function's root as the client sees it, without a final `/`."""


def sent_by(event: Event, proxies: int, url: str) -> Sent:
    """Return the request that an event is.

    API Gateway answers to host names of its own alone, and says the protocol itself. On its own name, the stage comes
    first in the path.

    Args:
        event: As of `call_of`.
        proxies: As of `call_of`.
        url: Base URL as clients see it; empty where that is API Gateway's own.
    """
    request = request_of(event, proxies)
    return Sent(request, event["requestContext"]["httpMethod"], _body(event), origin_of(event, request.headers, url))


def origin_of(event: Event, headers: Mapping[str, str], url: str) -> str:
    """Return the URL of a function's root as the client sees it, without a final `/`."""
    if url:
        return url.rstrip("/")
    scheme = "https" if headers.get("x-forwarded-proto") == "https" else "http"
    path = str(event.get("path", ""))
    whole = str(event["requestContext"].get("path") or path)
    return f"{scheme}://{headers.get('host', 'localhost')}{whole.removesuffix(path)}"


def call_of(event: Event, proxies: int = 0) -> Call:
    """Return the account call that an event is.

    Args:
        event: As API Gateway or Chalice's own server makes it.
        proxies: How many proxies of ours, a CDN for example, stand in front of API Gateway.
    """
    context = event["requestContext"]
    path = str(context["resourcePath"])
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}}}", str(value))
    return Call(
        context["httpMethod"], path, headers_of(event), query_of(event), _body(event), client_of(event, proxies)
    )


def request_of(event: Event, proxies: int = 0) -> Request:
    """Return what admission needs to know of an event; arguments are the same."""
    path = event.get("path") or event["requestContext"]["path"]
    return Request(str(path), query_of(event), headers_of(event), client_of(event, proxies))


def headers_of(event: Event) -> dict[str, str]:
    """Return header fields by name in lower case, several of one name joined by `, ` (RFC 9110 §5.3)."""
    many: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    fields = {name.lower(): ", ".join(values) for name, values in many.items()}
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()} | fields


def query_of(event: Event) -> str:
    """Return the query, percent-encoded."""
    return urlencode(event.get("multiValueQueryStringParameters") or {}, doseq=True)


def client_of(event: Event, proxies: int) -> str:
    """Return the address of the client.

    API Gateway sees who connects to it, and writes that at the end of `X-Forwarded-For`; each proxy of ours in front
    did the same before. What stands before these the client wrote itself.
    """
    return client_behind(str(event["requestContext"]["identity"]["sourceIp"]), headers_of(event), proxies)


def client_behind(own: str, headers: Mapping[str, str], proxies: int) -> str:
    """Return the address of the client, where `own` is who connects to AWS and `proxies` of ours stand in front."""
    chain = [each.strip() for each in headers.get("x-forwarded-for", "").split(",")]
    return chain[-1 - proxies] if 0 < proxies < len(chain) else own


def _body(event: Event) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not event.get("isBase64Encoded"):
        return body if isinstance(body, bytes) else str(body).encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return _BROKEN
