"""The database of a build, in the memory that a build may take; what does not fit is written to its scratch folder."""

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.build.job import Job
from tianlake.lake.duck import connect

SHARE: Final = 0.5
"""Of a process's memory that DuckDB counts as its own: it does not count what geometry, Parquet and Python take."""

MIB: Final = 2**20


def open_database(job: Job) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database for one build.

    Raises:
        LakeError: The wheels of the extensions are missing or made for another DuckDB.
    """
    limit = f"{max(1, int(job.memory * SHARE / MIB))}MiB"
    return connect(memory_limit=limit, threads=job.jobs, scratch=job.scratch)
