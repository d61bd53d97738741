"""Policies as files hold them, and what a review has to do by them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from tianlake.lake.nodes import NodeCode
from tianlake.lake.policy.parameters import PARAMETERS, problem
from tianlake.lake.policy.rules import Rule, Severity
from tianlake.lake.records import STRICT
from tianlake.lake.words import Text

Authority = Literal["national", "provincial", "municipal"]
"""Who reviews maps: 国务院测绘地理信息主管部门, 省级, 设区的市 (地图管理条例, articles 17 and 18)."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_LISTS: Final = frozenset({"superset", "places"})


@dataclass(frozen=True, slots=True)
class Change:
    """How a policy tightens a rule of a policy above it."""

    severity: Severity | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    """Values in place of those above."""
    add: dict[str, Any] = field(default_factory=dict)
    """Entries beside those of a list above."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse values of no known form, and additions to what is no list."""
        for name, value in (*self.parameters.items(), *self.add.items()):
            if rule := problem(name, value):
                msg = f"{name} {rule}"
                raise ValueError(msg)
        for name in self.add:
            if PARAMETERS[name].order not in _LISTS:
                msg = (
                    f"{name}: entries are added to lists that grow stricter with them; state its value under parameters"
                )
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: one file."""

    id: str
    version: str
    effective: date
    """The first day in China it holds."""
    node: NodeCode
    """It binds this node and those below."""
    title: Text
    demo: bool = False
    """Whether releases go out without review, under a visible mark."""
    confirmed: tuple[str, ...] = ()
    """Rules of this policy or one above that the node's operator looked up in the law's text and vouches for."""
    rules: tuple[Rule, ...] = ()
    change: dict[str, Change] = field(default_factory=dict)
    """Id of a rule above → how it is tightened."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse names that fit in no label, and rules that are there twice or vouch for themselves."""
        for name in (self.id, self.version):
            if not _NAME.fullmatch(name):
                msg = f"{name!r}: an id or version is 1 to 63 of letters, digits, '.', '_' and '-'"
                raise ValueError(msg)
        ids = [each.id for each in self.rules]
        if twice := next((each for each in ids if ids.count(each) > 1), None):
            msg = f"rule {twice} is there twice"
            raise ValueError(msg)
        if vouched := next((each.id for each in self.rules if each.confirmed), None):
            msg = f"{vouched}: a rule is confirmed by its id in the policy's list `confirmed`"
            raise ValueError(msg)

    @property
    def key(self) -> tuple[str, str]:
        """What versions of one policy have in common: id and node."""
        return self.id, self.node

    @property
    def label(self) -> str:
        """Id and version, as messages and records name it."""
        return f"{self.id} {self.version}"


@dataclass(frozen=True, slots=True)
class ReviewDemand:
    """What has to happen before one product may be published."""

    levels: int
    """Reviewers one after the other."""
    map_approval: bool
    """Whether a 审图号 is needed."""
    authorities: tuple[Authority, ...]
    """Who may have given it, the highest first."""
    approval_years: float
    """How long a number holds, years."""
    filing_months: float
    """How often additions to an approved internet map are filed, months."""
