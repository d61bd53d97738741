"""Where one policy is looser than another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tianlake.lake.errors import fault
from tianlake.lake.policy.effective import EffectivePolicy
from tianlake.lake.policy.parameters import as_strict, strictest
from tianlake.lake.policy.rules import SEVERITIES, UNSURE, Rule, Status, at_least
from tianlake.lake.policy.values import Change, Policy
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class Loosening:
    """One place where a policy allows more than it may."""

    rule: str
    place: str
    """`severity`, `parameters.least_m`, `rules`, `confirmed`, `demo`."""
    upper: str
    lower: str
    status: Status = "verified"
    """Of the rule that is loosened."""

    @property
    def text(self) -> Text:
        """One line for people."""
        where = f"{self.rule}: {self.place}"
        return Text(
            f"{where}：由 {self.upper} 放宽为 {self.lower}", f"{where}: loosened from {self.upper} to {self.lower}"
        )


def loosened(upper: Policy | EffectivePolicy, lower: Policy) -> tuple[Loosening, ...]:
    """Return where `lower` is looser than `upper`.

    Where both are versions of one policy (same id and node), what the newer one leaves out is loosened, too; where
    `lower` is a policy of its own, it lies over `upper` and inherits what it does not mention.
    """
    above = _rules_of(upper)
    found: list[Loosening] = []
    own = {each.id: each for each in lower.rules}
    for id_, rule in own.items():
        if id_ in above:
            found += looser(above[id_], rule)
    for id_, change in lower.change.items():
        if id_ in above:
            found += looser(above[id_], changed(above[id_], change))
    if isinstance(upper, Policy) and upper.key == lower.key:
        found += _left_out(upper, lower)
    return tuple(found)


def changed(rule: Rule, change: Change) -> Rule:
    """Return a rule with a change laid over it; whether that is looser is not looked at.

    Raises:
        LakeError: The change names a parameter that the rule has not.
    """
    if unknown := sorted({*change.parameters, *change.add} - {*rule.parameters}):
        raise fault(
            rule.id,
            unknown[0],
            f"this rule has no such parameter; it has: {', '.join(rule.parameters) or 'none'}",
            zh=f"此规则没有该参数；有：{', '.join(rule.parameters) or '无'}",
        )
    values = rule.parameters | change.parameters
    for name, more in change.add.items():
        values[name] = strictest(name, values[name], more)
    return replace(rule, severity=change.severity or rule.severity, parameters=values)


def _rules_of(policy: Policy | EffectivePolicy) -> Mapping[str, Rule]:
    return policy.rules if isinstance(policy, EffectivePolicy) else {each.id: each for each in policy.rules}


def looser(upper: Rule, lower: Rule) -> Iterator[Loosening]:
    """Yield where a rule is looser than the one of the same id above it."""
    if lower.check != upper.check:
        yield Loosening(upper.id, "check", upper.check, lower.check, upper.status)
        return
    if not at_least(upper.severity, lower.severity):
        yield Loosening(upper.id, "severity", upper.severity, lower.severity, upper.status)
    if lower.status in UNSURE and upper.status not in UNSURE:
        yield Loosening(upper.id, "status", upper.status, lower.status, upper.status)
    for name, value in upper.parameters.items():
        if not as_strict(name, value, lower.parameters[name]):
            yield Loosening(upper.id, f"parameters.{name}", _shown(value), _shown(lower.parameters[name]), upper.status)


_LONGEST: Final = 60
"""Characters of a value in a message."""


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _left_out(older: Policy, newer: Policy) -> Iterator[Loosening]:
    """Yield what a newer version of a policy no longer says."""
    kept = {each.id for each in newer.rules}
    for rule in older.rules:
        if rule.id not in kept:
            yield Loosening(rule.id, "rules", "a rule", "none", rule.status)
    status = {each.id: each.status for each in (*older.rules, *newer.rules)}
    for id_ in set(older.confirmed) - set(newer.confirmed):
        yield Loosening(id_, "confirmed", "confirmed", "not confirmed", status.get(id_, "known"))
    for id_, change in older.change.items():
        yield from _change_left_out(id_, change, newer.change.get(id_, Change()))
    if newer.demo and not older.demo:
        yield Loosening("review.levels", "demo", "reviewed", "not reviewed")


def _change_left_out(id_: str, older: Change, newer: Change) -> Iterator[Loosening]:
    if older.severity and (not newer.severity or not at_least(older.severity, newer.severity)):
        yield Loosening(id_, "severity", older.severity, newer.severity or SEVERITIES[0])
    for part in ("parameters", "add"):
        mine, theirs = getattr(older, part), getattr(newer, part)
        for name, value in mine.items():
            if name not in theirs or not as_strict(name, value, theirs[name]):
                yield Loosening(id_, f"{part}.{name}", _shown(value), _shown(theirs.get(name, "what is above")))
