"""Lay the policies of a node and of those above it over each other; no lower one loosens what is above."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.policy.compare import Loosening, changed, loosened, looser
from tianlake.lake.policy.effective import EffectivePolicy
from tianlake.lake.policy.rules import UNSURE, Rule
from tianlake.lake.policy.values import Policy
from tianlake.lake.records import dump_record


@dataclass(frozen=True, slots=True)
class Step:
    """What one policy of a chain does to those above it."""

    policy: Policy
    tightened: tuple[Loosening, ...]
    """Where those above are looser: `upper` is what holds from here on."""
    loosened: tuple[Loosening, ...]
    added: tuple[str, ...]
    """Ids of rules that nobody above has."""


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


def steps(policies: Sequence[Policy], at: date, node: str) -> tuple[Step, ...]:
    """Return what each policy of a chain does, those that loosen included; raises as `effective_policy` else does."""
    chain = _current(policies, at)
    rules: dict[str, Rule] = {}
    found: list[Step] = []
    for place, policy in enumerate(chain):
        losses = loosened(_effective(node, chain[:place], rules), policy)
        after = _laid_over(rules, policy)
        gains = [gain for id_, rule in rules.items() for gain in looser(after[id_], rule)]
        found.append(Step(policy, tuple(gains), losses, tuple(id_ for id_ in after if id_ not in rules)))
        rules = {id_: rules.get(id_, rule) for id_, rule in after.items()} if losses else after
    return tuple(found)


def _effective(node: str, chain: tuple[Policy, ...], rules: Mapping[str, Rule]) -> EffectivePolicy:
    digest = hashlib.sha256(b"".join(dump_record(each) for each in chain)).hexdigest()
    return EffectivePolicy(node, chain, rules, any(each.demo for each in chain), digest)


def _current(policies: Sequence[Policy], at: date) -> tuple[Policy, ...]:
    """Return the newest version of each policy that holds on a day, in the order of their first mention."""
    chosen: dict[tuple[str, str], Policy] = {}
    for policy in policies:
        if policy.effective > at:
            continue
        other = chosen.get(policy.key)
        if other is None:
            chosen[policy.key] = policy
            continue
        if other.effective == policy.effective and other != policy:
            raise LakeError(
                f"policy {policy.id}: versions {other.version} and {policy.version} begin on the same day",
                zh=f"政策 {policy.id}：版本 {other.version} 与 {policy.version} 同日生效",
            )
        older, newer = sorted((other, policy), key=lambda each: each.effective)
        _refuse(newer, (each for each in loosened(older, newer) if each.status not in UNSURE))
        chosen[policy.key] = newer
    if not chosen:
        raise LakeError(
            f"policy: none holds on {at}: the first begins on {min((p.effective for p in policies), default='no day')}",
            zh=f"政策：{at} 没有生效的政策",
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
            zh=f"下级 {losses[0].lower} 比上级 {losses[0].upper} 宽松；只能收紧，不能放宽",
        )


def _laid_over(rules: Mapping[str, Rule], policy: Policy) -> dict[str, Rule]:
    """Return the rules above with those of a policy over them."""
    found = dict(rules)
    for rule in policy.rules:
        found[rule.id] = _joined(found[rule.id], rule) if rule.id in found else rule
    for place, names in (("change", policy.change), ("confirmed", policy.confirmed)):
        if unknown := next((each for each in names if each not in found), None):
            raise fault(
                f"policy {policy.label}",
                f"{place}.{unknown}",
                "there is no such rule here or above",
                zh="本级和上级都没有这条规则",
            )
    for id_, change in policy.change.items():
        found[id_] = changed(found[id_], change)
    for id_ in policy.confirmed:
        found[id_] = replace(found[id_], confirmed=True)
    return found


def _joined(upper: Rule, lower: Rule) -> Rule:
    """Return the lower rule, as strict as both; `lower` is known not to be looser, so what differs is its words."""
    return replace(lower, confirmed=upper.confirmed)
