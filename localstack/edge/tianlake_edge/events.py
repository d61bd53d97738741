"""CloudFront's viewer-request events as Lambda@Edge gets them (its guide, "Lambda@Edge event structure"). Pure."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from tianlake_edge.messages import Asked, Said

LARGEST: Final = 40_000
"""Bytes that an answer of the function may have, header fields included ("Quotas on Lambda@Edge": 40 KB)."""

Json = dict[str, Any]


def event_of(asked: Asked, distribution: str) -> Json:
    """Return the event of a request. CloudFront gives the function no body: none of ours asks for it."""
    fields = {name: [{"key": name.title(), "value": value}] for name, value in asked.fields.items()}
    request = {
        "clientIp": asked.client,
        "headers": fields,
        "method": asked.method,
        "querystring": asked.query,
        "uri": asked.path,
    }
    config = {
        "distributionDomainName": f"{distribution.lower()}.cloudfront.net",
        "distributionId": distribution,
        "eventType": "viewer-request",
        "requestId": uuid.uuid4().hex,
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def outcome(told: Json, asked: Asked) -> Asked | Said:
    """Return the request as the function lets it go on, or the answer that it gives.

    Raises:
        ValueError: It is neither, or larger than CloudFront takes: a viewer would get 502.
    """
    if "status" in told:
        return _answer(told)
    if not isinstance(told.get("uri"), str) or not told["uri"].startswith("/"):
        raise ValueError("the function gave neither a request nor an answer")
    return replace(asked, path=told["uri"], query=told["querystring"], fields=_fields(told["headers"]))


def _answer(told: Json) -> Said:
    body = str(told.get("body", "")).encode()
    fields = _fields(told.get("headers", {}))
    size = len(body) + sum(len(name) + len(value) for name, value in fields.items())
    if size > LARGEST:
        raise ValueError(f"the function's answer has {size} bytes, {LARGEST} is what CloudFront takes")
    return Said(int(told["status"]), {**fields, "content-length": str(len(body))}, body)


def _fields(headers: Json) -> dict[str, str]:
    return {name.lower(): ", ".join(str(each["value"]) for each in sent) for name, sent in headers.items()}
