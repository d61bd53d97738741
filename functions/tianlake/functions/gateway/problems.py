"""What may go wrong at the gateway, and the answers that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from tianlake.functions import problems
from tianlake.functions.problems import MEDIA_TYPE, Problem, problem_body
from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.words import Text

_RETRY: Final = {"retry-after": "1"}


# What every door of a node may answer, under the names of this one.
NOT_FOUND: Final = problems.NOT_FOUND
METHOD_NOT_ALLOWED: Final = problems.METHOD_NOT_ALLOWED
UNAVAILABLE: Final = problems.UNAVAILABLE

BAD_HOST: Final = Problem(
    400, "bad-host", Text("Host 请求头无效。", "The Host header is not a host name with an optional port.")
)
BAD_PARAMETER: Final = Problem(
    400,
    "bad-parameter",
    Text(
        "请求参数有误：parameter 是参数名，seen 是收到的值，allowed 是允许的值。",
        "A parameter is wrong: `parameter` names it, `seen` is what came, `allowed` what would do.",
    ),
)
NO_BASEMAP: Final = Problem(
    404,
    "no-basemap",
    Text(
        "本节点没有指定底图，或所指的底图不由此服务器提供；见 node.json 的 basemap。",
        "This node names no base map, or one that this server does not have; see `basemap` in node.json.",
    ),
)
NO_LAYER: Final = Problem(
    404,
    "no-layer",
    Text(
        "本节点没有这个图层；allowed 列出已有的图层，其设置见 node.json 的 layers。",
        "This node has no such layer; `allowed` lists those it has, and `layers` in node.json says what they show.",
    ),
)
EMPTY_TILE: Final = Problem(
    404, "empty-tile", Text("此处没有数据，瓦片为空。", "There is no data here: the tile is empty.")
)
TOO_SLOW: Final = Problem(
    408, "too-slow", Text("请求体没有及时到达。", "The body of the request did not arrive in time.")
)
PRECONDITION_FAILED: Final = Problem(
    412,
    "precondition-failed",
    Text(
        "对象已不是 If-Match 所指的版本，请重新读取。",
        "The object is no longer the version that If-Match names; read it anew.",
    ),
)
RANGE_NOT_SATISFIABLE: Final = Problem(
    416,
    "range-not-satisfiable",
    Text(
        "所请求的字节范围超出对象的长度，见 Content-Range。",
        "The range lies beyond the object; Content-Range tells its length.",
    ),
)
HEAD_TOO_LARGE: Final = Problem(
    431,
    "head-too-large",
    Text(
        "请求头字段合计超过 64 KiB，请少发一些。",
        "All header fields together are over 64 KiB; send less in them.",
    ),
)
INTERNAL: Final = Problem(
    500, "internal", Text("服务器内部错误，已记入日志。", "An error on our side; it is in the server's log.")
)
NOT_READY: Final = Problem(
    503,
    "not-ready",
    Text(
        "服务器未就绪：checks 列出各项检查，失败的原因见服务器日志。",
        "The server is not ready: `checks` says what failed, and the server's log says why.",
    ),
)
UNREAD: Final = Problem(
    503,
    "answers-unread",
    Text(
        "服务器上等待读取的大结果过多，请按 Retry-After 稍候再试。",
        "Too many large answers wait for their readers; wait as Retry-After says, and repeat the request.",
    ),
)
CHANGING: Final = Problem(
    503,
    "changing",
    Text("对象正在更新，请稍后重试。", "The object is being replaced right now; please repeat the request."),
)


class NoBaseMapError(NotFoundError):
    """A node names no base map, or one that is not served here."""


OF_ERROR: Final[dict[type[Exception], Problem]] = {
    NotFoundError: NOT_FOUND,
    NoBaseMapError: NO_BASEMAP,
    ConflictError: CHANGING,
    StoreError: UNAVAILABLE,
}
"""What each error of the lake means to a client. Any other exception is `INTERNAL`."""


def problem_response(
    problem: Problem, headers: Mapping[str, str] | None = None, more: Mapping[str, object] | None = None
) -> Response:
    """Return the answer that tells of `problem`: one line of JSON, never cached unless `headers` say so.

    `more` are members that say what this one was about (RFC 9457 §3.2).
    """
    retry = _RETRY if problem.status == 503 else {}  # noqa: PLR2004 - Service Unavailable
    fields = {"content-type": MEDIA_TYPE, "cache-control": "no-store", **retry, **(headers or {})}
    return Response(problem_body(problem, more), problem.status, fields)
