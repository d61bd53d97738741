"""`/v2/administrative`: divisions by name or code, their seats, outlines and what lies below (行政区划服务 V2.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.web.questions import METHOD, Question, json_reply
from tianlake.functions.web.today.centres import Places
from tianlake.functions.web.today.documents import Centres, Document
from tianlake.functions.web.today.published import releases_of
from tianlake.functions.web.today.units import Unit, children, named, units, within
from tianlake.lake.errors import LakeError

DONE: Final = 200
WRONG: Final = 400
NOTHING: Final = 404

MOST_DISTRICTS: Final = 10
MOST_SUGGESTIONS: Final = 20

_METHODS: Final = frozenset({"GET", "HEAD"})
_TRUE: Final = {"true": True, "1": True, "false": False, "0": False, "": False}
_CODE: Final = re.compile(r"156[0-9]*")
_DECIMALS: Final = 6
"""Of a degree: a tenth of a metre."""


class _AskedWrongError(LakeError):
    """A parameter is missing or wrong; the message is for the answer."""


def administrative(question: Question) -> Reply:
    """Answer `/v2/administrative`."""
    if question.call.method not in _METHODS:
        raise CallError(METHOD, headers={"allow": "GET, HEAD"})
    try:
        keyword, depth, outlined = _asked(question.parameters)
    except _AskedWrongError as error:
        return _reply(WRONG, str(error), [], [])
    exact, alike = matching(keyword, question.code)
    if not exact and not alike:
        return _reply(NOTHING, "没有找到行政区：关键字应为一个行政区名称，或 156 开头的九位代码", [], [])
    places = Places(releases_of(question), question.inquiry.ask)
    shown = exact if len(keyword) > 1 else []
    centres = places.centres(list({each.code: each for unit in shown for each in _tree(unit, depth)}.values()))
    districts = []
    for unit in shown:
        district = _district(unit, depth, centres)
        outline = places.outline(unit.code) if outlined else None
        districts.append(district | {"boundary": outline} if outline else district)
    return _reply(DONE, "成功", alike, districts)


def matching(keyword: str, code: str) -> tuple[list[Unit], list[Unit]]:
    """Return the divisions that a keyword names, and, where it fits several, all that it fits.

    Args:
        keyword: A code; or a name, whole, without 省, 市 … at its end, or a part of one.
        code: Of the node that is asked: divisions in it come first.
    """
    exact = list(named(keyword))
    if _CODE.fullmatch(keyword):
        return [each for each in exact if each.name], []
    parts = [each for each in units().values() if keyword in each.name and each not in exact]
    if not exact and len(parts) == 1 and len(keyword) > 1:
        return parts, []

    def order(unit: Unit) -> tuple[bool, int, str]:
        return not within(unit.code, code), -unit.level, unit.code

    exact.sort(key=order)
    alike = [*exact, *sorted(parts, key=order)][:MOST_SUGGESTIONS]
    return exact[:MOST_DISTRICTS], alike if len(alike) > 1 or len(keyword) == 1 else []


def _asked(parameters: dict[str, str]) -> tuple[str, int, bool]:
    sent = {name.lower(): value.strip() for name, value in parameters.items()}
    keyword = sent.get("keyword", "")
    if not keyword:
        raise _AskedWrongError("缺少参数：keyword")
    if len(keyword) > 50:  # noqa: PLR2004 - no name is as long
        raise _AskedWrongError("keyword 最多 50 个字符")
    depth = sent.get("childlevel") or "0"
    if depth not in {"0", "1", "2", "3"}:
        raise _AskedWrongError("childLevel 应为 0、1、2 或 3")
    outlined = _TRUE.get(sent.get("extensions", "").lower())
    if outlined is None:
        raise _AskedWrongError("extensions 应为 true 或 false")
    return keyword, int(depth), outlined


def _tree(unit: Unit, depth: int) -> Iterator[Unit]:
    yield unit
    if depth:
        for each in children(unit):
            yield from _tree(each, depth - 1)


def _district(unit: Unit, depth: int, centres: Centres) -> Document:
    found: Document = {"gb": unit.code, "pgb": unit.parent or "", "name": unit.name, "level": unit.level}
    if unit.code in centres:
        lon, lat = (round(each, _DECIMALS) for each in centres[unit.code])
        found["center"] = {"lng": lon, "lat": lat}
    below = children(unit) if depth else ()
    return found | {"children": [_district(each, depth - 1, centres) for each in below]}


def _reply(status: int, message: str, alike: list[Unit], districts: list[Document]) -> Reply:
    """Return an answer; its HTTP status is the one in it."""
    suggestion = [{"name": each.name, "gb": each.code} for each in alike]
    document = {
        "status": status,
        "message": message,
        "data": {"suggestion": suggestion, "district": districts},
    }
    return json_reply(document, status)
