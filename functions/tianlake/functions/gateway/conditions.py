"""Conditional requests as RFC 9110 §13 defines them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from enum import Enum, auto
from typing import Final

from starlette.datastructures import Headers

_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
"""RFC 9110 §8.8.3: an optional weakness flag and an opaque tag in quotes."""

_STRONG_AFTER_S: Final = 1
"""RFC 9110 §8.8.2.2: a date is a strong validator once the clock is a second past it."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a representation from the next."""

    etag: str
    """Strong, opaque, without quotes."""
    modified: float
    """Seconds since the epoch."""

    @property
    def seconds(self) -> int:
        """The time of the last change as HTTP can say it: whole seconds."""
        return int(self.modified)

    def headers(self) -> dict[str, str]:
        """Return the fields that carry the validators."""
        return {"etag": f'"{self.etag}"', "last-modified": formatdate(self.seconds, usegmt=True)}


class Outcome(Enum):
    """What the conditions of a request lead to."""

    SEND = auto()
    NOT_MODIFIED = auto()
    FAILED = auto()


def evaluate(headers: Headers, current: Validators) -> Outcome:
    """Evaluate the conditions of a GET or HEAD in the order of RFC 9110 §13.2.2, `If-Range` aside."""
    if (tags := headers.get("if-match")) is not None:
        if not _strongly_matches(tags, current.etag):
            return Outcome.FAILED
    elif (before := _seconds(headers.get("if-unmodified-since"))) is not None and current.seconds > before:
        return Outcome.FAILED
    if (tags := headers.get("if-none-match")) is not None:
        return Outcome.NOT_MODIFIED if _weakly_matches(tags, current.etag) else Outcome.SEND
    since = _seconds(headers.get("if-modified-since"))
    return Outcome.NOT_MODIFIED if since is not None and current.seconds <= since else Outcome.SEND


def range_applies(headers: Headers, current: Validators, now: float) -> bool:
    """Say whether `If-Range` (RFC 9110 §13.1.5) lets the `Range` of the request count.

    Args:
        headers: Of the request.
        current: Validators of the representation.
        now: Seconds since the epoch.
    """
    wanted = headers.get("if-range")
    if wanted is None:
        return True
    if '"' in wanted:
        return _strongly_matches(wanted, current.etag)
    return _seconds(wanted) == current.seconds and now >= current.seconds + _STRONG_AFTER_S


def _strongly_matches(tags: str, etag: str) -> bool:
    """RFC 9110 §13.1.1: `If-Match` compares strongly, and a weak tag equals nothing."""
    if tags.strip() == "*":
        return True
    return any(opaque == etag and not weak for weak, opaque in _ENTITY_TAG.findall(tags))


def _weakly_matches(tags: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: `If-None-Match` compares weakly."""
    if tags.strip() == "*":
        return True
    return any(opaque == etag for _weak, opaque in _ENTITY_TAG.findall(tags))


def _seconds(date: str | None) -> int | None:
    """Return an HTTP date in seconds since the epoch; a field that is no date is ignored (§13.1.3)."""
    if date is None:
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):
        return None
