"""What the checks found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tianlake.lake.policy import Rule, Severity, Status
from tianlake.lake.policy.rules import SEVERITIES
from tianlake.lake.words import Text

CHECKER: Final = "1"
"""Version of the checks: raised when they find more, or less, in the same bytes under the same policy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in one place that a rule is about."""

    rule: str
    """Id of the rule."""
    severity: Severity
    """What the rule does at this node; a rule known by hearsay that nobody confirmed refuses nothing."""
    file: str
    """Path within the release."""
    place: str
    """Column, layer, member or tile; empty where it is the whole file."""
    text: Text
    """What was found, without a number of a person."""
    law: str
    status: Status


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks say of one candidate."""

    policy: str
    """Label of the policy: `cn-public-map 2026.1 + n156130000 2`."""
    policy_digest: str
    """SHA-256 over the policies of the chain, hex."""
    checker: str
    findings: tuple[Finding, ...]
    """The worst first, then by rule, file and place."""
    read: tuple[str, ...] = ()
    """What was looked at, where that is not all of a file: `basemap.pmtiles: 5000 of 12000 tiles`."""

    @property
    def refused(self) -> bool:
        """Whether the candidate cannot be published as it is."""
        return any(each.severity == "refuse" for each in self.findings)


def finding(rule: Rule, file: str, place: str, text: Text) -> Finding:
    """Return a finding of a rule."""
    return Finding(rule.id, rule.acts, file, place, text, rule.law, rule.status)


def question(rule: Rule, file: str, place: str, text: Text) -> Finding:
    """Return a finding that no machine can decide: a reviewer must, however strict the rule is otherwise."""
    severity: Severity = "review" if rule.acts == "refuse" else rule.acts
    return Finding(rule.id, severity, file, place, text, rule.law, rule.status)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, each once, as a report has them."""
    return tuple(
        sorted(
            dict.fromkeys(findings),
            key=lambda each: (-SEVERITIES.index(each.severity), each.rule, each.file, each.place, each.text.zh),
        )
    )
