"""The database of a build, in the memory that a build may take; what does not fit is written to its scratch folder."""

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.build.job import Job
from tianlake.lake.duck import connect

SHARE: Final = 0.5
"""Of a process's memory that DuckDB counts as its own: it does not count what geometry, Parquet and Python take."""

THREAD: Final = 128
"""MiB that each of DuckDB's threads should have; with less some of its steps fail
(its own advice is 125 MB at least)."""

MIB: Final = 2**20


def open_database(job: Job) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database for one build.

    Raises:
        LakeError: The wheels of the extensions are missing or made for another DuckDB.
    """
    limit = max(1, int(job.memory * SHARE / MIB))
    threads = max(1, min(job.jobs, limit // THREAD))
    return connect(memory_limit=f"{limit}MiB", threads=threads, scratch=job.scratch)
