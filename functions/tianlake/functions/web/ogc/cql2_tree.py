"""CQL2 as clients send it (OGC 21-065r2), read into its JSON tree within bounds. Pure.

The reader is the package `cql2`. It calls itself for each bracket and for each `NOT` or sign, without a limit of its
own: a text that is nested deeply would end the process. So nesting is bounded before it sees the text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

import cql2

from tianlake.functions.web.questions import wrong

Language = Literal["cql2-text", "cql2-json"]
LANGUAGES: Final[tuple[Language, ...]] = ("cql2-text", "cql2-json")

LONGEST: Final = 8192
"""Characters of a filter: what fits into an address that servers accept."""

DEEPEST: Final = 32
"""Brackets within brackets, and operators within operators."""

_SIGNS: Final = re.compile(r"(?:(?:not\b|[-+])\s*){20}", re.IGNORECASE)
_STEP: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}

Tree = dict[str, Any] | list[Any] | str | float | bool | None


def read(text: str, language: Language) -> Tree:
    """Return the JSON tree of a filter.

    Raises:
        CallError: 400, it is too long or too deep, or none of that language.
    """
    _bounded(text)
    try:
        found = cql2.parse_text(text) if language == "cql2-text" else cql2.parse_json(text)
        tree: Tree = found.to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise wrong("filter", f"不是有效的 {language}：{said}", f"is no valid {language}: {said}") from None
    if _depth(tree) > DEEPEST * 2:
        raise _too_deep()
    return tree


def _bounded(text: str) -> None:
    if len(text) > LONGEST:
        raise wrong("filter", f"不得超过 {LONGEST} 个字符", f"has at most {LONGEST} characters")
    depth = deepest = 0
    for each in text:
        # Also within quotes: a bound need not be exact, and must not be talked around.
        depth = max(depth + _STEP.get(each, 0), 0)
        deepest = max(deepest, depth)
    if deepest > DEEPEST or _SIGNS.search(text):
        raise _too_deep()


def _too_deep() -> Exception:
    return wrong("filter", f"嵌套不得超过 {DEEPEST} 层", f"is nested at most {DEEPEST} deep")


def _depth(tree: Tree) -> int:
    """Return how deep a tree is, without recursion."""
    deepest, left = 0, [(tree, 1)]
    while left:
        each, depth = left.pop()
        deepest = max(deepest, depth)
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        left += [(part, depth + 1) for part in inner]
    return deepest


def as_json(tree: Tree) -> str:
    """Return a tree as text, for messages."""
    return json.dumps(tree, ensure_ascii=False)[:100]
