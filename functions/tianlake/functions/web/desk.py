"""The desk of the web API: hands each call to its service, and makes an answer of whatever comes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tianlake.functions.accounts.calls import refusal
from tianlake.functions.calls import Call, CallError, Reply
from tianlake.functions.problems import NOT_FOUND, UNAVAILABLE, Problem
from tianlake.functions.web.questions import Handler, Question
from tianlake.lake.current import CurrentReleases
from tianlake.lake.engine import Engine, Inquiry, TooLargeError, TooSlowError
from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.plain import Text

_log = logging.getLogger(__name__)

TOO_SLOW: Final = Problem(
    503,
    "question-too-slow",
    Text("查询用时过长，已中止；请缩小范围。", "The question took too long and was ended; ask for less."),
)

TOO_LARGE: Final = Problem(
    503,
    "question-too-large",
    Text("查询所需内存超限，已中止；请缩小范围。", "The question needs too much memory and was ended; ask for less."),
)

CACHE: Final = "private, max-age=0, must-revalidate"
"""How long an answer may be kept where its service says nothing else: what is current may change at any time."""


@dataclass(frozen=True, slots=True)
class Came:
    """How a call came in."""

    code: str
    """Of the node that is asked."""
    base: str
    """As of `Question`."""
    carried: str = ""
    """As of `Question`."""


class WebDesk:
    """Answers the web API. Blocks: whoever must not, calls it in a thread."""

    def __init__(
        self,
        releases: CurrentReleases,
        engine: Engine,
        routes: Mapping[str, Handler],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Answer by `routes`.

        Args:
            releases: What the nodes publish.
            engine: What is asked.
            routes: Services by path, `/geocoder`; a path that ends in `/` stands for all below it, too.
            close: Ends what the services started.
        """
        self.releases = releases
        """What the nodes publish."""
        self._engine = engine
        self._routes = routes
        self.close = close

    def answer(self, call: Call, came: Came) -> Reply:
        """Answer a call; its cost is in `Server-Timing` (W3C Server Timing)."""
        inquiry = Inquiry(self._engine)
        question = Question(call, came.code, came.base, came.carried, self.releases, inquiry)
        try:
            reply = self._answered(question)
        except CallError as error:
            reply = refusal(error)
        except NotFoundError as error:
            _log.debug("%s: %s", self._route(call.path), error)
            reply = refusal(CallError(NOT_FOUND))
        except TooSlowError as error:
            _log.info("%s: %s", self._route(call.path), error)
            reply = refusal(CallError(TOO_LARGE if isinstance(error, TooLargeError) else TOO_SLOW))
        except (StoreError, ConflictError) as error:
            _log.error("%s: %s", self._route(call.path), error)
            reply = refusal(CallError(UNAVAILABLE, headers={"retry-after": "2"}))
        return _timed(reply, inquiry)

    def _answered(self, question: Question) -> Reply:
        handler = self._routes.get(self._route(question.call.path))
        if handler is None:
            raise CallError(NOT_FOUND)
        try:
            return handler(question)
        except StoreError as error:
            # A release that was withdrawn a moment ago looks like this: what is current is looked at again, once.
            _log.info("%s: %s; looking again", self._route(question.call.path), error)
            for code in self.releases.below(question.code):
                self.releases.of(code, fresh=True)
            return handler(question)

    def _route(self, path: str) -> str:
        """Return the route that a path follows, or nothing: it is what logs may hold of a path."""
        if path in self._routes:
            return path
        return next((route for route in self._routes if route.endswith("/") and f"{path}/".startswith(route)), "")


def _timed(reply: Reply, inquiry: Inquiry) -> Reply:
    told = {name for name, _ in reply.headers}
    more = [] if "cache-control" in told else [("cache-control", CACHE)]
    cost = f'db;dur={inquiry.seconds * 1000:.1f}, bytes;desc="{inquiry.bytes_read}"'
    return replace(reply, headers=(*reply.headers, *more, ("server-timing", cost)))
