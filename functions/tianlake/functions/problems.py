"""Errors as RFC 9457 problem documents: stable codes, both languages, no text of an exception."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tianlake.lake.plain import Text

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error that a client may meet."""

    status: int
    code: str
    """Stable over versions; also the last part of the document's `type`."""
    message: Text


NOT_FOUND: Final = Problem(404, "not-found", Text("没有这个对象。", "There is no such object."))
METHOD_NOT_ALLOWED: Final = Problem(
    405,
    "method-not-allowed",
    Text("不支持此方法；可用的方法见 Allow。", "This method is not served here; Allow names those that are."),
)
UNAVAILABLE: Final = Problem(
    503,
    "store-unavailable",
    Text("存储暂时没有应答，请稍后重试。", "The object store does not answer; please repeat the request."),
)


def problem_body(problem: Problem, more: Mapping[str, object] | None = None) -> bytes:
    """Return the document that tells of `problem`, one line of JSON; `more` are further members of it."""
    document = {
        "type": f"urn:tianlake:problem:{problem.code}",
        "title": problem.message.en,
        "status": problem.status,
        "code": problem.code,
        "message": {"zh": problem.message.zh, "en": problem.message.en},
        **(more or {}),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
