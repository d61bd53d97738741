"""`postStr` and `ds`: the pseudo-JSON that clients of today's services put into an address (tianditu.md §1.5).

Samples there have single quotes, names without any, trailing commas, and numbers as text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final, Literal, TypeVar, cast

import json5

from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text

MOST_CHARACTERS: Final = 4096
"""Of one object: polygons are the longest that clients send, and an address holds little more."""

_TOLERANT_CHARACTERS: Final = 2048
"""Of an object that is not strict JSON: those take a thousand times as long to read."""

_UNPRINTABLE: Final = re.compile("[\\x00-\\x1f\\ud800-\\udfff]")
_STRUCTURE: Final = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[\[{]""", re.DOTALL)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")

Fields = Mapping[str, str | int | float | bool]
"""What was posted; names in lower case."""

_Value = TypeVar("_Value", str, int, float)


class PostedError(LakeError):
    """What was posted cannot be used."""

    def __init__(self, kind: Literal["format", "missing", "wrong"], field: str, rule: Text) -> None:
        super().__init__(f"{field}: {rule.en}" if field else rule.en)
        self.kind = kind
        """`format`: it is no object of plain values; `missing`, `wrong`: one field is."""
        self.field = field
        """The field, as the service names it; empty where the whole is meant."""
        self.rule = rule


def posted(text: str) -> dict[str, str | int | float | bool]:
    """Return the fields of an object as clients of today's services write it.

    JSON5 is understood. Names are returned in lower case: clients write `keyWord` and `keyword`; the helpers below look
    them up in any case. Of several of one name the last counts; a field that is null is left out.

    Raises:
        PostedError: `format`: it is no object, too long, or holds anything but text, numbers and truth values.
    """
    if len(text) > MOST_CHARACTERS:
        raise _malformed(f"最多 {MOST_CHARACTERS} 个字符", f"has at most {MOST_CHARACTERS} characters")
    # Brackets outside quotes are counted first: what is nested, a parser would follow down.
    if sum(each[0] in "[{" for each in _STRUCTURE.findall(text)) != 1:
        raise _malformed("只接受一个不嵌套的对象", "is one object without others inside")
    found = _read(text)
    if not isinstance(found, dict) or any(isinstance(each, list | dict) for each in found.values()):
        raise _malformed("只接受一个不嵌套的对象", "is one object without others inside")
    return {str(name).lower(): value for name, value in found.items() if value is not None}


def text(fields: Fields, name: str, *, most: int = 200) -> str | None:
    """Return a field as text without blanks at its ends; None where it is missing or blank, or holds no text.

    Raises:
        PostedError: `wrong`: it has more than `most` characters, or control characters.
    """
    value = fields.get(name.lower())
    if value is None:
        return None
    found = (value if isinstance(value, str) else json.dumps(value)).strip()
    if len(found) > most:
        raise wrong(name, f"最多 {most} 个字符", f"has at most {most} characters")
    if _UNPRINTABLE.search(found):
        raise wrong(name, "不能含控制字符", "has no control characters")
    return found or None


def number(fields: Fields, name: str, *, least: float = -math.inf, most: float = math.inf) -> float | None:
    """Return a field as a number, which may have been sent as text; None where it is missing or blank.

    Raises:
        PostedError: `wrong`: it is no finite number, or not from `least` to `most`.
    """
    return _within(_matched(fields, name, _NUMBER, "数字", "a number"), float, name, (least, most))


def whole(fields: Fields, name: str, *, least: int, most: int) -> int | None:
    """Return a field as a whole number, which may have been sent as text; None where it is missing or blank.

    Raises:
        PostedError: `wrong`: it is no whole number, or not from `least` to `most`.
    """
    value = fields.get(name.lower())
    if isinstance(value, float) and value.is_integer():
        fields = {name.lower(): int(value)}
    return _within(_matched(fields, name, _WHOLE, "整数", "a whole number"), int, name, (least, most))


def needed(value: _Value | None, name: str) -> _Value:
    """Return a value that must be there; raises `PostedError`, `missing`, where it is None."""
    if value is None:
        raise PostedError("missing", name, Text(f"缺少参数：{name}", f"{name} is missing"))
    return value


def wrong(name: str, zh: str, en: str) -> PostedError:
    """Return the error for a field that breaks a rule."""
    return PostedError("wrong", name, Text(zh, en))


def _read(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except ValueError:
        pass  # not strict JSON, or a number of thousands of digits
    if len(text) > _TOLERANT_CHARACTERS:
        most = _TOLERANT_CHARACTERS
        raise _malformed(f"非标准 JSON 最多 {most} 个字符", f"has at most {most} characters where it is no strict JSON")
    try:
        return cast("object", json5.loads(text))
    except (ValueError, RecursionError):
        raise _malformed("不是有效的 JSON", "is no valid JSON") from None


def _malformed(zh: str, en: str) -> PostedError:
    return PostedError("format", "", Text(zh, en))


def _matched(fields: Fields, name: str, shape: re.Pattern[str], zh: str, en: str) -> str | None:
    value = fields.get(name.lower())
    if value is None or value == "":
        return None
    # A truth value is no number, though Python has it so.
    found = "" if isinstance(value, bool) else str(value).strip()
    if shape.fullmatch(found) is None:
        raise wrong(name, f"应为{zh}", f"is {en}")
    return found


def _within(found: str | None, kind: type[_Value], name: str, range_: tuple[float, float]) -> _Value | None:
    if found is None:
        return None
    value = kind(found)
    least, most = range_
    if not least <= float(value) <= most or math.isinf(float(value)):
        raise wrong(name, f"应在 {least:g} 到 {most:g} 之间", f"is between {least:g} and {most:g}")
    return value
