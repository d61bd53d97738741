"""What a Lambda function may send."""

from __future__ import annotations

from typing import Final

from tianlake.functions.problems import Problem
from tianlake.lake.plain import Text

LARGEST: Final = 4_400_000
"""Bytes of a binary answer: Lambda sends 6 MB, and base64 makes three bytes four (AWS Lambda quotas)."""

TOO_LARGE: Final = Problem(
    501,
    "answer-too-large",
    Text(
        "回答超过函数所能发送的大小（4.4 MB）；请缩小范围，或从网关取得。",
        "The answer is larger than a function may send, 4.4 MB; ask for less, or ask a gateway.",
    ),
)
