"""Which calls are answered, and in which media type: JSON alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from tianlake.functions.admission.credentials import COMPANION, EXPIRES, KEY, LINK_KEY, SIGNATURE
from tianlake.functions.calls import CallError
from tianlake.functions.problems import Problem
from tianlake.functions.web.questions import METHOD, Question, wrong
from tianlake.lake.plain import Text

NOT_ACCEPTABLE: Final = Problem(
    406,
    "not-acceptable",
    Text("只提供 JSON；请在 Accept 中接受 JSON。", "Only JSON is served; accept JSON in Accept."),
)

CREDENTIALS: Final = frozenset({KEY, COMPANION, SIGNATURE, EXPIRES, LINK_KEY})
"""Parameters that admission reads, their names in any case."""

_FORMAT: Final = "f"
_RANGES: Final = frozenset({"*/*", "application/*"})


def check(question: Question, media_type: str, allowed: Collection[str] = ()) -> dict[str, str]:
    """Return the parameters of a call, without credentials and format.

    Args:
        question: The call.
        media_type: Of the answer.
        allowed: Parameters of this resource.

    Raises:
        CallError: 405 for a method other than GET and HEAD, 406 where the answer is not accepted, 400 for a parameter
            that the description does not name (17-069r4 §7.6, `/req/core/query-param-unknown`).
    """
    if question.call.method not in {"GET", "HEAD"}:
        raise CallError(METHOD, headers={"allow": "GET, HEAD, OPTIONS"})
    found: dict[str, str] = {}
    for name, value in question.parameters.items():
        if name.lower() in CREDENTIALS:
            continue
        if name != _FORMAT and name not in allowed:
            known = ", ".join(sorted(allowed)) or "f"
            raise wrong(name[:100], f"没有这个参数；可用：{known}", f"there is no such parameter; there are: {known}")
        found[name] = value
    form = found.pop(_FORMAT, None)
    if form is None:
        _accept(question.call.headers, media_type)
    elif form not in {"json", media_type}:
        raise wrong(_FORMAT, "只有 json", "there is json only")
    return found


def _accept(headers: Mapping[str, str], media_type: str) -> None:
    """Refuse a client that accepts no JSON (RFC 9110 §12.5.1); every answer here is some JSON, by its own type too."""
    said = headers.get("accept", "").strip()
    if not said:
        return
    fitting = _RANGES | {"application/json", media_type.partition(";")[0]}
    for each in said.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        if name in fitting and not any(_is_zero(part) for part in parameters):
            return
    raise CallError(NOT_ACCEPTABLE)


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0").rstrip(".") in {"", "0"}
