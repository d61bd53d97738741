"""What a service of the web API is handed, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

from tianlake.functions.calls import Call, CallError, Reply
from tianlake.functions.problems import METHOD_NOT_ALLOWED, Problem
from tianlake.lake.current import CurrentReleases
from tianlake.lake.engine import Inquiry
from tianlake.lake.plain import Text

JSON: Final = "application/json"

WRONG: Final = Problem(400, "parameter-wrong", Text("参数有误。", "A parameter is wrong."))
METHOD: Final = METHOD_NOT_ALLOWED


@dataclass(frozen=True)
class Question:
    """A call to the web API, that admission let in."""

    call: Call
    code: str
    """Of the node that is asked. Searches cover the nodes below it that are served here, too."""
    base: str
    """Absolute URL of the node's root as the client sees it, with a final `/`."""
    carried: str
    """Query of the client's credentials, which addresses in the answer carry on; empty for none."""
    releases: CurrentReleases = field(repr=False)
    inquiry: Inquiry = field(repr=False)
    """Asks DuckDB; `Server-Timing` tells what that cost."""

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query's parameters, names as they were sent; of several of one name, the last."""
        query = self.call.query
        with suppress(UnicodeError):  # some clients send UTF-8 as it is, not percent-encoded (RFC 3986 §2.5)
            query = query.encode("latin-1").decode()
        return dict(parse_qsl(query, keep_blank_values=True))


Handler = Callable[[Question], Reply]
"""Answers a question; raises `CallError` and what lake and engine raise."""


def json_reply(document: object, status: int = 200, media_type: str = JSON, **headers: str) -> Reply:
    """Return a JSON answer; `_` in the names of header fields stands for `-`."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    more = ((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, (("content-type", media_type), *more), body)


def wrong(field: str, zh: str, en: str) -> CallError:
    """Return the error for one parameter of a call: 400, with the rule in both languages."""
    return CallError(WRONG, field=field, rule=Text(zh, en))
