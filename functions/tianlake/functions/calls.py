"""A call and its answer without any web framework: the Chalice apps and the gateway hand one in and send the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tianlake.functions.problems import Problem, problem_body
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as every adapter hands it in."""

    method: str
    path: str
    """Decoded, from the node's root on: `/accounts/me`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By name in lower case; several of one name joined by `, `."""
    query: str = field(default="", repr=False)
    """Raw, without `?`."""
    body: bytes = field(default=b"", repr=False)
    client: str = ""
    """Address of the client, as text: that of the connection, or what a trusted proxy says."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; the adapter adds what it adds to every answer (CORS, `nosniff`)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes = b""


class CallError(LakeError):
    """A call that is refused; `problem` says how it is answered."""

    def __init__(
        self,
        problem: Problem,
        *,
        field: str | None = None,
        rule: Text | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        said = (rule or problem.message).en
        super().__init__(f"{field}: {said}" if field else said)
        self.problem = problem
        self.field = field
        """Name of the parameter, or the member of the body, that is wrong."""
        self.rule = rule
        """What is wrong with it, or what else there is to know."""
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        """Further members of the problem document."""

    def body(self) -> bytes:
        """Return the problem document (RFC 9457), with the field and the rule as members of their own."""
        more: dict[str, object] = dict(self.more)
        if self.field is not None:
            more["field"] = self.field
        if self.rule is not None:
            more |= {"detail": self.rule.en, "rule": {"zh": self.rule.zh, "en": self.rule.en}}
        return problem_body(self.problem, more)
