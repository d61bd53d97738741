"""Account calls: what is asked at `/accounts` and `/usage`, and the answers.

No web framework: the Chalice app and the gateway hand requests in and send what comes back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from tianlake.functions.accounts import answers
from tianlake.functions.calls import Call, CallError, Reply
from tianlake.functions.problems import MEDIA_TYPE as PROBLEM
from tianlake.functions.problems import problem_body
from tianlake.lake.errors import ConflictError, StoreError
from tianlake.lake.plain import Text

_log = logging.getLogger(__name__)

JSON: Final = "application/json"

BODY_BYTES: Final = 65_536
"""Longest body of a call: whoever reads it may stop there."""

_HEADERS: Final = "authorization, content-type, x-api-key"


Handler = Callable[[Call, float], Reply]
"""Answers a call at a time (seconds since the epoch); raises `CallError` and what a store raises."""


def is_call(path: str) -> bool:
    """Say whether a path, from the node's root on, is one of account calls."""
    return path in {"/accounts", "/usage"} or path.startswith("/accounts/")


def route(routes: Mapping[str, Mapping[str, Handler]], call: Call, now: float) -> Reply:
    """Answer a call by the handler of its path and method. A part `*` of a route stands for any one part."""
    try:
        return _handle(routes, call, now)
    except CallError as error:
        return refusal(error)
    except ConflictError as error:
        _log.info("%s %s: %s", call.method, _pattern(routes, call.path), error)
        return refusal(CallError(answers.CHANGED))
    except StoreError as error:
        _log.error("%s %s: %s", call.method, _pattern(routes, call.path), error)
        return refusal(CallError(answers.UNAVAILABLE, headers={"retry-after": "2"}))


def _handle(routes: Mapping[str, Mapping[str, Handler]], call: Call, now: float) -> Reply:
    pattern = _pattern(routes, call.path)
    if not pattern:
        raise CallError(answers.NOT_FOUND)
    methods = routes[pattern]
    allowed = ", ".join(sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
    if call.method == "OPTIONS":
        return _preflight(allowed)
    handler = methods.get("GET" if call.method == "HEAD" else call.method)
    if handler is None:
        raise CallError(answers.METHOD, headers={"allow": allowed})
    return handler(call, now)


def refusal(error: CallError) -> Reply:
    """Return the answer that tells of an error, a problem document; never cached."""
    status, told = error.problem.status, {"content-type": PROBLEM, "cache-control": "no-store", **error.headers}
    if status == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2: it names a scheme. No browser asks its user for Bearer.
        told["www-authenticate"] = 'Bearer realm="tianlake"'
    return Reply(status, tuple(told.items()), error.body())


def failure() -> Reply:
    """Return the answer to a call that broke the program; what broke it is in the log alone."""
    told = (("content-type", PROBLEM), ("cache-control", "no-store"))
    return Reply(500, told, problem_body(answers.INTERNAL))


def answer(document: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer that is not kept anywhere: it may hold a secret that is shown once."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return Reply(status, (("content-type", JSON), ("cache-control", "no-store"), *headers.items()), body)


def form_of(call: Call) -> dict[str, Any]:
    """Return the JSON object in a call's body; an empty body is an empty object.

    Raises:
        CallError: The body is too large, of another media type, or no JSON object.
    """
    if not call.body:
        return {}
    if len(call.body) > BODY_BYTES:
        raise CallError(answers.TOO_LARGE, rule=Text(f"至多 {BODY_BYTES} 字节。", f"at most {BODY_BYTES} bytes"))
    kind, _, parameter = call.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON or parameter.strip().lower() not in {"", "charset=utf-8", 'charset="utf-8"'}:
        raise CallError(answers.MEDIA_TYPE)
    try:
        form = json.loads(call.body.decode(), object_pairs_hook=_single, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise CallError(answers.BODY) from None
    if not isinstance(form, dict):
        raise CallError(answers.BODY)
    return form


def bearer(call: Call) -> str | None:
    """Return the token of `Authorization: Bearer` (RFC 6750 §2.1), or None."""
    scheme, _, token = call.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _single(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is there twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _pattern(routes: Mapping[str, Mapping[str, Handler]], path: str) -> str:
    """Return the route that a path follows, or nothing: it is what logs may hold of a path."""
    if path in routes:
        return path
    parts = path.split("/")
    for pattern in routes:
        wanted = pattern.split("/")
        if len(wanted) == len(parts) and all(w == p or (w == "*" and p) for w, p in zip(wanted, parts, strict=True)):
            return pattern
    return ""


def _preflight(allowed: str) -> Reply:
    told = {
        "allow": allowed,
        "access-control-allow-methods": allowed,
        "access-control-allow-headers": _HEADERS,
        "access-control-max-age": "86400",
    }
    return Reply(204, tuple(told.items()))
