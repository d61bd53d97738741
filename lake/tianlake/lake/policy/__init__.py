"""What may be published: policies of the nation, its provinces and cities, none looser than those above."""

from tianlake.lake.policy.compare import Loosening, loosened
from tianlake.lake.policy.effective import EffectivePolicy
from tianlake.lake.policy.merge import effective_policy
from tianlake.lake.policy.rules import Rule, Severity, Status
from tianlake.lake.policy.values import Change, Policy, ReviewDemand

__all__ = [
    "Change",
    "EffectivePolicy",
    "Loosening",
    "Policy",
    "ReviewDemand",
    "Rule",
    "Severity",
    "Status",
    "effective_policy",
    "loosened",
]
