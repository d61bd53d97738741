"""Counts the different features that the tiles of each zoom hold: in the database, which has room on the disk."""

# ruff: noqa: S608 - only names and numbers of ours are put into statements

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ids = npt.NDArray[np.uint64]
"""Distinct ids of features, sorted."""

TABLE: Final = "tile_present"
BATCH: Final = "tile_present_batch"


class Present:
    """Takes ids of features by zoom, the same one from as many tiles as hold it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Start with none."""
        self._connection = connection
        self._zooms: set[int] = set()
        connection.execute(f"CREATE OR REPLACE TABLE {TABLE} (zoom UTINYINT, id UBIGINT)")

    def add(self, ids: Mapping[int, Ids]) -> None:
        """Take zoom → ids."""
        for zoom, found in ids.items():
            self._zooms.add(zoom)
            self._connection.register(BATCH, pa.table({"id": found}))
            self._connection.execute(f"INSERT INTO {TABLE} SELECT {zoom}, id FROM {BATCH}")
            self._connection.unregister(BATCH)

    def count(self) -> dict[int, int]:
        """Return zoom → number of different features, and forget them."""
        found = {}
        for zoom in sorted(self._zooms):  # one after the other: each alone is large enough
            query = f"SELECT count(*) FROM (SELECT DISTINCT id FROM {TABLE} WHERE zoom = {zoom})"
            [(found[zoom],)] = self._connection.sql(query).fetchall()
        self._connection.execute(f"DROP TABLE {TABLE}")
        return found
