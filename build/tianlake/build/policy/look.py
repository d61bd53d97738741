"""What every check is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import duckdb
from shapely.geometry.base import BaseGeometry

from tianlake.build.policy.area import Area
from tianlake.build.policy.ground import allowed
from tianlake.build.policy.stated import Stated
from tianlake.build.policy.texts import TextRules
from tianlake.build.policy.words import Words
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.releases import Candidate


@dataclass(frozen=True)
class Look:
    """One look at one candidate; rules are made ready once for all its files."""

    policy: EffectivePolicy
    candidate: Candidate
    area: Area
    connection: duckdb.DuckDBPyConnection
    """With `spatial`; one for all tables, as loading that takes most of the time of a small one."""
    read: list[str] = field(default_factory=list)
    """What was looked at, where that is not all of a file."""
    _borders: dict[float, BaseGeometry | None] = field(default_factory=dict)

    @cached_property
    def texts(self) -> TextRules:
        """The rules on words and numbers of persons."""
        return TextRules(self.policy)

    @cached_property
    def stated(self) -> Stated:
        """The rules on what columns and members state."""
        return Stated(self.policy, catalog=self.candidate.card.product_class == "catalog")

    @cached_property
    def layers(self) -> tuple[Words, ...]:
        """The rules on names of layers."""
        return tuple(Words(rule) for rule in self.policy.of("layers"))

    @cached_property
    def fields(self) -> tuple[Words, ...]:
        """The rules on names of attributes."""
        return tuple(Words(rule) for rule in self.policy.of("fields"))

    def border(self, tolerance_km: float) -> BaseGeometry | None:
        """Return where the node may publish, in degrees; made once."""
        if tolerance_km not in self._borders:
            self._borders[tolerance_km] = allowed(self.area, tolerance_km)
        return self._borders[tolerance_km]
