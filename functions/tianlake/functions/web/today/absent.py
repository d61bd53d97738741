"""Services of today's API that a lake of tiles and tables cannot answer: routes by car and by bus."""

from __future__ import annotations

from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import Problem
from tianlake.functions.web.questions import Question
from tianlake.lake.plain import Text

NO_ROUTES: Final = Problem(
    404,
    "service-not-provided",
    Text(
        "本平台不提供驾车和公交路线规划；地名搜索、地理编码和行政区划服务可用。",
        "Routes by car or bus are not planned here; search, geocoding and divisions are.",
    ),
)


def no_routes(_question: Question) -> Reply:
    """Refuse `/drive` and `/transit`: an answer in their form could only be made up.

    Raises:
        CallError: Always.
    """
    raise CallError(NO_ROUTES)
