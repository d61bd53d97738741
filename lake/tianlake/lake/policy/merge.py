"""Lay the policies of a node and of those above it over each other; no lower one loosens what is above."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.policy.demand import demand
from tianlake.lake.policy.parameters import as_strict, strictest
from tianlake.lake.policy.rules import SEVERITIES, UNSURE, Rule, Status, at_least
from tianlake.lake.policy.values import Change, Policy, ReviewDemand
from tianlake.lake.recipes import ProductCard
from tianlake.lake.records import dump_record
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """What holds at one node."""

    node: str
    """Code of the node."""
    chain: tuple[Policy, ...]
    """National first."""
    rules: Mapping[str, Rule]
    """By id, each as strict as the strictest of the chain."""
    demo: bool
    """Whether a policy of the chain is for demonstrations: no reviewers, a visible mark."""
    digest: str
    """SHA-256 over the canonical bytes of every policy of the chain, hex."""

    @property
    def label(self) -> str:
        """What records call it: `cn-public-map 2026.1 + n156130000 2`."""
        return " + ".join(each.label for each in self.chain)

    def of(self, *checks: str) -> tuple[Rule, ...]:
        """Return the rules of some checks, in the order of the policies."""
        return tuple(each for each in self.rules.values() if each.check in checks)

    def review(self, card: ProductCard) -> ReviewDemand:
        """Return what has to happen before a product may be published (articles 9 and 15 of the Measures)."""
        return demand(card, self.node, self.rules.values(), demo=self.demo)


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

    Where both are versions of one policy (same id), what the newer one leaves out is loosened, too; where `lower` is a
    policy of another id, it lies over `upper` and inherits what it does not mention.
    """
    above = _rules_of(upper)
    found: list[Loosening] = []
    own = {each.id: each for each in lower.rules}
    for id_, rule in own.items():
        if id_ in above:
            found += _looser(above[id_], rule)
    for id_, change in lower.change.items():
        if id_ in above:
            found += _looser(above[id_], changed(above[id_], change))
    if isinstance(upper, Policy) and upper.id == lower.id:
        found += _left_out(upper, lower)
    return tuple(found)


def changed(rule: Rule, change: Change) -> Rule:
    """Return a rule with a change laid over it; whether that is looser is not looked at.

    Raises:
        LakeError: The change names a parameter that the rule has not.
    """
    if unknown := sorted({*change.parameters, *change.add} - {*rule.parameters}):
        raise fault(
            rule.id, unknown[0], f"this rule has no such parameter; it has: {', '.join(rule.parameters) or 'none'}"
        )
    values = rule.parameters | change.parameters
    for name, more in change.add.items():
        values[name] = strictest(name, values[name], more)
    return replace(rule, severity=change.severity or rule.severity, parameters=values)


def effective_policy(policies: Sequence[Policy], at: date, node: str | None = None) -> EffectivePolicy:
    """Return what holds at a node on a day in China.

    Args:
        policies: Of the nation, then of each node down to this one. Of several versions of one policy, the newest that
            holds on that day counts.
        at: The day.
        node: Code of the node; that of the last policy where None.

    Raises:
        LakeError: None holds on that day; a lower one loosens what is above, or a newer version what is verified; a
            rule that is changed or confirmed does not exist.
    """
    chain = _current(policies, at)
    rules: dict[str, Rule] = {}
    for place, policy in enumerate(chain):
        above = _effective(node or policy.node, chain[:place], rules)
        _refuse(policy, loosened(above, policy))
        rules = _laid_over(rules, policy)
    return _effective(node or chain[-1].node, chain, rules)


def _effective(node: str, chain: tuple[Policy, ...], rules: Mapping[str, Rule]) -> EffectivePolicy:
    digest = hashlib.sha256(b"".join(dump_record(each) for each in chain)).hexdigest()
    return EffectivePolicy(node, chain, rules, any(each.demo for each in chain), digest)


def _current(policies: Sequence[Policy], at: date) -> tuple[Policy, ...]:
    """Return the newest version of each policy that holds on a day, in the order of their first mention."""
    chosen: dict[str, Policy] = {}
    for policy in policies:
        if policy.effective > at:
            continue
        other = chosen.get(policy.id)
        if other is None:
            chosen[policy.id] = policy
            continue
        if other.effective == policy.effective and other != policy:
            raise LakeError(f"policy {policy.id}: versions {other.version} and {policy.version} begin on the same day")
        older, newer = sorted((other, policy), key=lambda each: each.effective)
        _refuse(newer, (each for each in loosened(older, newer) if each.status not in UNSURE))
        chosen[policy.id] = newer
    if not chosen:
        raise LakeError(
            f"policy: none holds on {at}: the first begins on {min((p.effective for p in policies), default='no day')}"
        )
    return tuple(chosen.values())


def _refuse(policy: Policy, found: Iterable[Loosening]) -> None:
    """Refuse a policy that loosens something."""
    losses = list(found)
    if losses:
        more = f" (and {len(losses) - 1} more)" if len(losses) > 1 else ""
        raise fault(
            f"policy {policy.label}",
            f"{losses[0].rule}.{losses[0].place}",
            f"{losses[0].lower} is looser than {losses[0].upper} above it{more}; tighten, never loosen",
        )


def _laid_over(rules: Mapping[str, Rule], policy: Policy) -> dict[str, Rule]:
    """Return the rules above with those of a policy over them."""
    found = dict(rules)
    for rule in policy.rules:
        found[rule.id] = _joined(found[rule.id], rule) if rule.id in found else rule
    for place, names in (("change", policy.change), ("confirmed", policy.confirmed)):
        if unknown := next((each for each in names if each not in found), None):
            raise fault(f"policy {policy.label}", f"{place}.{unknown}", "there is no such rule here or above")
    for id_, change in policy.change.items():
        found[id_] = changed(found[id_], change)
    for id_ in policy.confirmed:
        found[id_] = replace(found[id_], confirmed=True)
    return found


def _joined(upper: Rule, lower: Rule) -> Rule:
    """Return the lower rule, as strict as both; `lower` is known not to be looser, so what differs is its words."""
    return replace(lower, confirmed=upper.confirmed)


def _rules_of(policy: Policy | EffectivePolicy) -> Mapping[str, Rule]:
    return policy.rules if isinstance(policy, EffectivePolicy) else {each.id: each for each in policy.rules}


def _looser(upper: Rule, lower: Rule) -> Iterator[Loosening]:
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
