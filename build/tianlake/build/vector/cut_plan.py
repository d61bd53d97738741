"""Everything about the tiles of a product that is settled before they are cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import duckdb

from tianlake.build.job import Job
from tianlake.build.vector.features import Features
from tianlake.build.vector.tile_options import DENSEST, Geometry
from tianlake.build.vector.tile_plan import Together, Zooms, choose_zooms, cut_together
from tianlake.build.vector.tile_rows import Rows, both_families, prepare_rows, survey
from tianlake.lake.words import Bounds

MANY: Final = 100_000
"""Features from which on a product whose features have ids is cut in parts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the features of a product are cut into tiles."""

    job: Job
    bounds: Bounds
    rows: Rows
    geometries: dict[bool, Geometry]
    """What layers of points are (True) and what all others are (False), where there are any."""
    zooms: Zooms
    runs: tuple[Together, ...]

    @property
    def fullest(self) -> tuple[int, ...]:
        """Features in the fullest tile, by zoom from 0."""
        return both_families(self.geometries).fullest

    @property
    def in_parts(self) -> bool:
        """Whether it is cut in parts: there are many features, and their ids stay the same between releases."""
        return self.job.recipe.features.id is not None and sum(self.rows.numbers.values()) >= MANY


def plan_cut(connection: duckdb.DuckDBPyConnection, features: Features, job: Job) -> Plan:
    """Return how the table of features is cut into tiles.

    Raises:
        LakeError: `tiles` of the recipe is wrong.
    """
    rows = prepare_rows(connection, features, job)
    geometries = survey(connection, rows)
    zooms = choose_zooms(job.recipe, both_families(geometries))
    numbers: Counter[str] = Counter()
    for source, number in rows.numbers.items():
        numbers[features.layers[source]] += number
    sparse = {layer for layer, number in numbers.items() if number <= DENSEST}
    runs = cut_together(job.recipe, rows.layers, sparse)
    return Plan(job, Bounds(*features.bounds), rows, geometries, zooms, runs)
