"""What today's search says of a request: its `infocode` and `cndesc` (地名搜索 V2.0, 返回信息码; tianditu.md §1.5)."""

from __future__ import annotations

from typing import Final, Literal

from tianlake.functions.calls import Reply
from tianlake.functions.web.questions import json_reply
from tianlake.lake.errors import LakeError

InfoCode = Literal[1000, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 3000, 3001]

DESCRIPTIONS: Final[dict[InfoCode, str]] = {
    1000: "服务正常",
    2001: "请求参数错误",
    2002: "请求参数格式错误",
    2003: "缺少参数",
    2004: "枚举值错误",
    2005: "经纬度数据错误",
    2006: "经纬度越界",
    2007: "请求数据量溢出",
    3000: "服务器出错",
    3001: "没有找到数据",
}

OK: Final = 1000
WRONG: Final = 2001
FORMAT: Final = 2002
MISSING: Final = 2003
NO_CHOICE: Final = 2004
NO_COORDINATES: Final = 2005
TOO_MANY_POINTS: Final = 2006
TOO_MUCH: Final = 2007
SERVER: Final = 3000
NO_DATA: Final = 3001


class SearchError(LakeError):
    """A search that is not made, for a reason that today's clients know by its number."""

    def __init__(self, infocode: InfoCode, detail: str) -> None:
        """Refuse; `detail` follows the number's own words."""
        super().__init__(f"{infocode}: {detail}")
        self.infocode = infocode
        self.detail = detail


def status(infocode: InfoCode = 1000, detail: str = "") -> dict[str, object]:
    """Return the member `status` of an answer."""
    said = DESCRIPTIONS[infocode]
    return {"cndesc": f"{said}：{detail}" if detail else said, "infocode": infocode}


def refused(error: SearchError) -> Reply:
    """Return the answer to a search that is not made: 400, or 503 where the fault is not the client's.

    The members are those that the public service was seen to answer, the count as a number among them.
    """
    document = {"count": 0, "resultType": 1, "status": status(error.infocode, error.detail)}
    return json_reply(document, 503 if error.infocode == SERVER else 400)
