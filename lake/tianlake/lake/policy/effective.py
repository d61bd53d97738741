"""What holds at one node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tianlake.lake.policy.demand import demand
from tianlake.lake.policy.rules import Rule
from tianlake.lake.policy.values import Policy, ReviewDemand
from tianlake.lake.recipes import ProductCard

LOG_DAYS: Final = 200
"""Where no policy says it: six months (Cybersecurity Law, article 21) and some days to report of them."""


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

    @property
    def log_days(self) -> int:
        """For how many days the access log is kept."""
        return max((int(each.parameters["kept_days"]) for each in self.of("access-logs")), default=LOG_DAYS)

    def of(self, *checks: str) -> tuple[Rule, ...]:
        """Return the rules of some checks, in the order of the policies."""
        return tuple(each for each in self.rules.values() if each.check in checks)

    def review(self, card: ProductCard) -> ReviewDemand:
        """Return what has to happen before a product may be published (articles 9 and 15 of the Measures)."""
        return demand(card, self.node, self.rules.values(), demo=self.demo)
