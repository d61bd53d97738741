"""Answers as Chalice sends them: with CORS, errors included, and nothing that Chalice would turn into one of its own.

An exception that reaches Chalice is a 500 of its making before any middleware of ours, and a binary answer that the
request's `Accept` does not name a 400: neither has CORS headers, so a page could not even read it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from chalice.app import Chalice, Response

from tianlake.functions.accounts.calls import failure, refusal
from tianlake.functions.accounts.snapshot import MEDIA_TYPE
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

LARGEST: Final = 4_400_000
"""Bytes of a binary answer: Lambda sends 6 MB, and base64 makes three bytes four (AWS Lambda quotas)."""

TOO_LARGE: Final = Problem(
    501,
    "snapshot-too-large",
    Text(
        "快照超过函数所能发送的大小，请从网关或以文件取得。",
        "The snapshot is larger than a function may send; take it from a gateway, or as a file.",
    ),
)
NOT_ACCEPTED: Final = Problem(
    406,
    "not-acceptable",
    Text(f"请以 Accept: {MEDIA_TYPE} 请求。", f"Ask for it with Accept: {MEDIA_TYPE}."),
)


def new_app(name: str) -> Chalice:
    """Return a Chalice app that sends our binary answers as such."""
    app = Chalice(app_name=name)
    app.api.binary_types.append(MEDIA_TYPE)
    return app


def sent(reply: Reply, accept: str = "") -> Response:
    """Return an answer as Chalice takes it; `accept` is the request's, which a binary answer must be named in."""
    binary = dict(reply.headers).get("content-type") == MEDIA_TYPE
    if binary and MEDIA_TYPE not in accept:
        binary, reply = False, refusal(CallError(NOT_ACCEPTED))
    elif binary and len(reply.body) > LARGEST:
        binary, reply = False, refusal(CallError(TOO_LARGE))
    body = reply.body if binary else reply.body.decode()
    return Response(body, {**ALWAYS, **dict(reply.headers)}, reply.status)


def always_answers(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer whatever goes wrong in a view with a problem document; its text stays in the log."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except Exception:  # noqa: BLE001 - the last line of defence: logged whole, answered without its text
            _log.exception("%s failed", view.__name__)
            return sent(failure())

    return guarded
