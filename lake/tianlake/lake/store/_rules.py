"""What every store refuses before it touches a disk or a network: keys, prefixes, spans, files to store."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import BinaryIO, Final

from tianlake.lake.errors import LakeError
from tianlake.lake.store.protocol import Span

SCRATCH: Final = ".tmp"
"""First part of keys that no store holds: a directory store keeps unfinished writes there."""

_KEY_BYTES: Final = 1024
"""The longest key of S3 (user guide, "Naming Amazon S3 objects"), bytes of UTF-8."""

_PART_BYTES: Final = 255
"""The longest file name of Linux file systems (NAME_MAX), bytes: every lake can be copied to a directory."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Unicode's general category Cc, which is fixed (Unicode Standard, §23.1)."""


def check_key(key: str) -> None:
    """Refuse a key that not every store could hold, or that could lead out of one.

    Raises:
        LakeError: The key is empty, absolute, too long, not UTF-8, reserved, or holds an empty, `.` or `..`
            part, a backslash or a control character.
    """
    problem = _problem(key) or next(filter(None, map(_part_problem, key.split("/"))), None)
    if problem is None and key.split("/", 1)[0] == SCRATCH:
        problem = f"{SCRATCH}/ is reserved for unfinished writes"
    if problem is not None:
        raise LakeError(f"object key {key!r}: {problem}")


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that no key could start with; its last part may be the beginning of a name.

    Raises:
        LakeError: As `check_key`, for the parts that are complete.
    """
    complete = prefix.split("/")[:-1]
    problem = (_problem(prefix) if prefix else None) or next(filter(None, map(_part_problem, complete)), None)
    if problem is not None:
        raise LakeError(f"key prefix {prefix!r}: {problem}")


def is_key(key: str) -> bool:
    """Return whether `check_key` lets `key` pass."""
    try:
        check_key(key)
    except LakeError:
        return False
    return True


def check_span(key: str, span: Span, size: int) -> None:
    """Refuse a span that does not lie within an object of `size` bytes.

    Raises:
        LakeError: Bytes were asked for that the object does not have.
    """
    if span.start < 0 or span.length < 0 or span.start + span.length > size:
        raise LakeError(f"object {key!r}: {span.length} bytes from {span.start} are not within its {size} bytes")


def open_body(body: bytes | Path) -> BinaryIO:
    """Return what a caller wants stored, to read from.

    Raises:
        LakeError: `body` names a file that cannot be opened.
    """
    if isinstance(body, bytes):
        return io.BytesIO(body)
    try:
        return body.open("rb")
    except OSError as error:
        raise LakeError(f"{body}: cannot be stored: {error.strerror}") from None


def _problem(text: str) -> str | None:
    """Return what is wrong with a key or prefix as a whole."""
    if not text:
        return "must not be empty"
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return "must be valid UTF-8"
    if length > _KEY_BYTES:
        return f"is {length} bytes long, more than {_KEY_BYTES}"
    if "\\" in text:
        return "must not hold a backslash; parts are separated by '/'"
    if _CONTROL.search(text):
        return "must not hold control characters"
    return None


def _part_problem(part: str) -> str | None:
    """Return what is wrong with one part of a key."""
    if not part:
        return "must not start or end with '/' or hold '//'"
    if part in {".", ".."}:
        return f"must not hold the part {part!r}"
    if len(part.encode()) > _PART_BYTES:
        return f"has a part of more than {_PART_BYTES} bytes"
    return None
