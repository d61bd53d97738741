"""How severities, statuses and findings of policies are said on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tianlake.cli.words import told
from tianlake.lake.policy.rules import Rule, Severity, Status
from tianlake.lake.words import Text

if TYPE_CHECKING:
    from tianlake.build.policy import Finding

SEVERITY: Final[dict[Severity, Text]] = {
    "refuse": Text("拒绝发布", "refused"),
    "review": Text("须审核", "to review"),
    "warn": Text("提示", "noted"),
}

STATUS: Final[dict[Status, Text]] = {
    "verified": Text("已读原文", "verified"),
    "second-hand": Text("转引", "second-hand"),
    "known": Text("未见原文", "known"),
    "derived": Text("推算", "derived"),
}

LONGEST: Final = 40
"""Characters of a list of parameters in a table."""


def shown(rule: Rule) -> str:
    """Return a rule's parameters in one short line."""
    text = ", ".join(f"{name}={_value(value)}" for name, value in rule.parameters.items())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _value(value: object) -> str:
    return f"[{len(value)}]" if isinstance(value, list | dict | tuple) else str(value)


def policy_line(found: Finding) -> str:
    """Return a finding of the policy checks on one line: what it does, where, what, by which rule of which law."""
    where = ": ".join(each for each in (found.file, found.place) if each)
    place = f"{where}: " if where else ""
    return f"{told(SEVERITY[found.severity])}, {found.rule}: {place}{told(found.text)} ({found.law})"
