"""Answers as Chalice sends them: with CORS, errors included, and nothing that Chalice would turn into one of its own.

An exception that reaches Chalice is a 500 of its making before any middleware of ours, and a binary answer that the
request's `Accept` does not name a 400: neither has CORS headers, so a page could not even read it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec

from chalice.app import Chalice, Response

from tianlake.functions.accounts.calls import failure, refusal
from tianlake.functions.accounts.snapshot import MEDIA_TYPE
from tianlake.functions.api.limits import LARGEST, TOO_LARGE
from tianlake.functions.calls import CallError, Reply
from tianlake.functions.cors import ALWAYS
from tianlake.functions.problems import Problem
from tianlake.lake.plain import Text

_log = logging.getLogger(__name__)

P = ParamSpec("P")

METHODS: Final = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
"""Every route takes them all: that one is not served is for us to say, with CORS."""

ANY_TYPE: Final = ["*/*"]
"""Content types of every route, for the same reason."""

NOT_ACCEPTED: Final = Problem(
    406,
    "not-acceptable",
    Text("请在 Accept 中写明所需的类型。", "Name the type you ask for in Accept."),
)


def new_app(name: str) -> Chalice:
    """Return a Chalice app whose binary answers are snapshots of keys, for who names their type in `Accept`."""
    app = Chalice(app_name=name)
    app.api.binary_types.append(MEDIA_TYPE)
    return app


class AnyBinary(Chalice):
    """A Chalice app that sends every answer as bytes, whatever the client accepts.

    API Gateway turns base64 into bytes only where the first type that a client accepts is one of the API's binary
    types, and browsers ask for pictures with types of their own first; with `*/*` it always does.
    """

    def __init__(self, name: str) -> None:
        """Name the app; it has no routes yet."""
        super().__init__(app_name=name)
        self.api.binary_types = ["*/*"]

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:  # noqa: ANN401 - as of Chalice
        """Answer an event. Chalice refuses a request without `Accept`, which by RFC 9110 §12.5.1 takes anything."""
        headers = dict(event.get("headers") or {})
        if not any(name.lower() == "accept" for name in headers):
            headers["accept"] = "*/*"
        return super().__call__({**event, "headers": headers}, context)


def is_binary(media_type: str) -> bool:
    """Say whether an answer of a type is no text."""
    bare = media_type.partition(";")[0].strip().lower()
    return bool(bare) and not bare.startswith("text/") and not bare.endswith(("json", "xml"))


def sent(reply: Reply, accept: str = "") -> Response:
    """Return an answer as Chalice takes it; `accept` is the request's, which a binary answer must be named in."""
    media_type = dict(reply.headers).get("content-type", "")
    binary = is_binary(media_type)
    if binary and media_type not in accept:
        rule = Text(f"请以 Accept: {media_type} 请求。", f"Ask for it with Accept: {media_type}.")
        binary, reply = False, refusal(CallError(NOT_ACCEPTED, rule=rule))
    elif binary and len(reply.body) > LARGEST:
        binary, reply = False, refusal(CallError(TOO_LARGE))
    body = reply.body if binary else reply.body.decode()
    return Response(body, {**ALWAYS, **dict(reply.headers)}, reply.status)


def sent_as_bytes(reply: Reply) -> Response:
    """Return an answer as an `AnyBinary` app takes it."""
    if len(reply.body) > LARGEST:
        reply = refusal(CallError(TOO_LARGE))
    return Response(reply.body, {**ALWAYS, **dict(reply.headers)}, reply.status)


def answering(send: Callable[[Reply], Response]) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Return what makes a view answer whatever goes wrong with a problem document; its text stays in the log."""

    def guard(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            try:
                return view(*args, **kwargs)
            except Exception:  # noqa: BLE001 - the last line of defence: logged whole, answered without its text
                _log.exception("%s failed", view.__name__)
                return send(failure())

        return guarded

    return guard


always_answers: Final = answering(sent)
