"""Rules: what is checked, by which law, how surely it is known and what a finding does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tianlake.lake.policy.parameters import problem
from tianlake.lake.records import STRICT
from tianlake.lake.words import Text

Severity = Literal["refuse", "review", "warn"]
"""What a finding does: the release cannot be published; a reviewer must decide; it is told."""

SEVERITIES: Final[tuple[Severity, ...]] = ("warn", "review", "refuse")
"""From the loosest to the strictest."""

Status = Literal["verified", "second-hand", "known", "derived"]
"""How a rule is known: read in its source, in a second-hand copy, as common knowledge, or computed from what is."""

STATUSES: Final[tuple[Status, ...]] = ("verified", "second-hand", "known", "derived")

UNSURE: Final[frozenset[Status]] = frozenset({"second-hand", "known"})
"""Hearsay refuses nothing until an operator confirms it."""

CHECKS: Final[dict[str, tuple[str, ...]]] = {
    "security": ("members", "allowed_classes"),
    "layers": ("forbidden",),
    "fields": ("forbidden", "exceptions"),
    "values": ("forbidden", "columns"),
    "words": ("forbidden", "exceptions"),
    "gsd": ("least_m",),
    "level": ("most_level",),
    "grid": ("least_m",),
    "contours": ("least_m",),
    "accuracy": ("least_m", "members"),
    "scale-area": ("finest_scale", "most_km2", "members"),
    "image-area": ("finest_m", "most_km2"),
    "grid-area": ("finest_m", "most_km2"),
    "solid-area": ("finest_m", "most_km2"),
    "jurisdiction": ("tolerance_km",),
    "territory": ("claims", "places"),
    "extent": ("claims", "extent_west", "extent_south", "extent_east", "extent_north"),
    "citizen-number": ("skipped_columns",),
    "mobile-number": ("skipped_columns",),
    "plate-number": ("skipped_columns",),
    "leaks": (),
    "review-levels": ("levels",),
    "map-approval": ("map_kinds",),
    "map-authority": ("authority_words", "border_words"),
    "map-validity": ("most_years",),
    "map-filing": ("most_months",),
    "access-logs": ("kept_days",),
}
"""Check → its parameters, each of which a rule must state. Several rules may have one check."""

_ID: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy."""

    id: str
    """`group.name`, unique in a chain of policies."""
    check: str
    """What looks: a key of `CHECKS`."""
    title: Text
    law: str
    """Where it is written: name and article."""
    severity: Severity
    status: Status
    parameters: dict[str, Any] = field(default_factory=dict)
    """Name → value; `parameters.PARAMETERS` gives unit and order of each."""
    note: Text | None = None
    """What an operator should know before confirming it."""
    confirmed: bool = False
    """Whether an operator vouches for it; told by `confirmed` of a policy, never by the rule itself."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse a rule that no check understands."""
        if not _ID.fullmatch(self.id):
            msg = f"id {self.id!r} must look like group.name, of a-z, 0-9 and '-'"
            raise ValueError(msg)
        wanted = CHECKS.get(self.check)
        if wanted is None:
            msg = f"{self.id}: no such check {self.check!r}; there are: {', '.join(CHECKS)}"
            raise ValueError(msg)
        if wrong := sorted({*wanted} ^ {*self.parameters}):
            takes = ", ".join(wanted) or "none"
            msg = f"{self.id}: check {self.check!r} takes exactly the parameters {takes}; see {wrong[0]}"
            raise ValueError(msg)
        for name, value in self.parameters.items():
            if rule := problem(name, value):
                msg = f"{self.id}: {name} {rule}"
                raise ValueError(msg)

    @property
    def acts(self) -> Severity:
        """What a finding does: a rule known by hearsay alone, which nobody confirmed, refuses nothing."""
        if self.severity == "refuse" and self.status in UNSURE and not self.confirmed:
            return "review"
        return self.severity


def at_least(upper: Severity, lower: Severity) -> bool:
    """Tell whether `lower` is at least as strict as `upper`."""
    return SEVERITIES.index(lower) >= SEVERITIES.index(upper)
