"""What somebody who broke into a server may put among the requests of citizens is refused when it is opened."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases_kit import CASE, RECEIPT, SECRET

from tianlake.lake.cases.letters import read_letter
from tianlake.lake.errors import LakeError
from tianlake.lake.sealed import letter_box, seal

LETTER = {
    "wish": "remove",
    "ground": "privacy",
    "text": "请删除我家的门牌",
    "about": "",
    "name": "",
    "contact": "",
    "receipt": RECEIPT,
    "received": "2026-11-27T02:00:00Z",
    "source": "public",
}


def sealed(**other: Any) -> bytes:
    return seal(json.dumps(LETTER | other).encode(), letter_box(SECRET), CASE)


def test_a_letter_is_read_as_it_was_written() -> None:
    assert read_letter(sealed(), SECRET, CASE, file="f") == LETTER


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"received": "yesterday"}, "f: received: "),
        ({"received": "2026-99-99T99:99:99Z"}, "f: received: "),
        ({"wish": "publish"}, "f: wish: "),
        ({"ground": ["privacy"]}, "f: ground: "),
        ({"source": "officer"}, "f: source: "),
        ({"text": "\x1b[2J"}, "f: text: holds characters that cannot be shown"),
        ({"text": "\ud800"}, "f: text: "),
        ({"receipt": "20261127-aaaaaaaaaaaaaaaaaaaa"}, "f: receipt: is of another case"),
        ({"targets": []}, "f: targets: "),
    ],
    ids=str,
)
def test_a_letter_that_the_form_would_not_take_is_refused(other: dict[str, Any], rule: str) -> None:
    with pytest.raises(LakeError, match=f"^{rule}"):
        read_letter(sealed(**other), SECRET, CASE, file="f")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000], ids=len)
def test_what_is_no_letter_is_refused(body: bytes) -> None:
    with pytest.raises(LakeError, match=r"^f: "):
        read_letter(seal(body, letter_box(SECRET), CASE), SECRET, CASE, file="f")
