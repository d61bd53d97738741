"""Byte ranges as RFC 9110 §14 defines them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tianlake.lake.store.protocol import Span


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The range lies wholly beyond the representation: answer 416 (RFC 9110 §15.5.17)."""


UNSATISFIABLE: Final = Unsatisfiable()

_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)")
_HUGE: Final = 10**18
"""Stands for any number of more digits than an object could have bytes, so that none costs time to read."""


def parse_range(header: str, size: int) -> Span | Unsatisfiable | None:
    """Return the bytes that a `Range` header asks for of a representation of `size` bytes.

    Answers None where the header is to be ignored and the whole is to be sent: another unit, bad syntax
    (RFC 9110 §14.2), or more than one range, which a server may answer with the whole (same section) as S3 does.
    """
    unit, equals, ranges = header.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    # RFC 9110 §5.6.1.2: a recipient ignores empty elements of a list.
    specs = [spec for part in ranges.split(",") if (spec := part.strip(" \t"))]
    if len(specs) != 1 or not (found := _SPEC.fullmatch(specs[0])):
        return None
    first, last = found.groups()
    if not first:
        return _suffix(last, size)
    start = _number(first)
    end = _number(last) if last else _HUGE
    if end < start:
        return None  # §14.1.1: an int-range whose last position is before its first is invalid
    if start >= size:
        return UNSATISFIABLE
    return Span(start, min(end, size - 1) - start + 1)


def _suffix(digits: str, size: int) -> Span | Unsatisfiable | None:
    """Return the last bytes: `bytes=-500`."""
    if not digits:
        return None
    length = _number(digits)
    if length == 0:
        return UNSATISFIABLE  # §14.1.2: a suffix-range is satisfiable if its length is not zero
    if size == 0:
        return None  # satisfiable, but no Content-Range can say "no bytes": the empty whole is the answer
    return Span(max(0, size - length), min(length, size))


def _number(digits: str) -> int:
    short = digits.lstrip("0")
    return int(short or "0") if len(short) < len(str(_HUGE)) else _HUGE


def content_range(span: Span | None, size: int) -> str:
    """Return the `Content-Range` of a part (206), or of no part at all (416): `bytes */size`."""
    return f"bytes */{size}" if span is None else f"bytes {span.start}-{span.start + span.length - 1}/{size}"
