"""Tokens of pages: which index, which question, and the row that the page begins after. Pure.

A token is no secret and nothing is trusted in it: whatever it says is looked up or bound as a parameter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.functions.calls import CallError
from tianlake.functions.problems import Problem
from tianlake.functions.web.questions import wrong
from tianlake.lake.plain import Text

GONE: Final = Problem(
    410,
    "page-gone",
    Text(
        "目录已更新，旧的分页已失效；请从第一页重新查询。",
        "The catalog has moved on and these pages are gone; begin again.",
    ),
)

_DIGEST: Final = re.compile(r"[0-9a-f]{16}")
_LONGEST: Final = 4096
_FURTHEST: Final = 10**12
_FREE: Final = frozenset({"token", "limit", "fields", "f"})
"""Parameters that may change from page to page."""


@dataclass(frozen=True, slots=True)
class Token:
    """Where a page begins."""

    digest: str
    """Of the index or records that are paged through."""
    asked: str
    """Of the question (`question_digest`)."""
    row: int
    """The row, or how many there are, before the page; after it where it is read backwards."""
    matched: int
    """How many there are in all, counted with the first page."""
    keys: tuple[str | None, ...] = ()
    """What that row is sorted by, as texts."""
    back: bool = False
    """Whether the page is the one before the row."""

    def text(self) -> str:
        """Return the token as it is sent."""
        told = [self.digest, self.asked, self.row, self.matched, list(self.keys), int(self.back)]
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def read_token(text: str, asked: str, keys: int) -> Token:
    """Return the token that a text is.

    Args:
        text: As it was sent.
        asked: Of the question that it came with.
        keys: How many keys the question sorts by.

    Raises:
        CallError: 400, it is none, or of another question.
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError(text)  # noqa: TRY301 - one rule for all that is no token
        match json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)):
            case [str(digest), str(of), int(row), int(matched), list(found), 0 | 1 as back]:
                token = Token(digest, of, row, matched, tuple(found), bool(back))
            case _:
                raise ValueError(text)  # noqa: TRY301
    except (ValueError, binascii.Error, RecursionError):
        raise wrong("token", "不是本接口给出的分页标记", "is none that this API gave") from None
    texts = all(each is None or _is_text(each) for each in token.keys)
    bounded = 0 <= token.row <= _FURTHEST and 0 <= token.matched <= _FURTHEST
    if not (texts and bounded and _DIGEST.fullmatch(token.digest)):
        raise wrong("token", "不是本接口给出的分页标记", "is none that this API gave")
    if token.asked != asked or len(token.keys) != keys:
        raise wrong(
            "token", "属于另一个查询；分页时其他参数不能改变", "belongs to another question; nothing else may change"
        )
    return token


def _is_text(value: object) -> bool:
    """Say whether a value is a text that UTF-8 can hold: half a surrogate could not be bound."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def question_digest(given: Mapping[str, Any]) -> str:
    """Return what tells a question from others, by its parameters."""
    told = {name: value for name, value in sorted(given.items()) if name not in _FREE}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:12]


def gone() -> CallError:
    """Return the error for a page of what was replaced more than an hour ago."""
    return CallError(GONE)
