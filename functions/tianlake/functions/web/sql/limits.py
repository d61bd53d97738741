"""How much one statement may use (docs/sql.md)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may use; all of it is held in the process that runs it, the time by its parent too."""

    seconds: float = 15.0
    """From its start to the last byte of its answer; API Gateway gives up after 29."""
    grace: float = 3.0
    """How much longer until its process is killed, where it does not end by itself, seconds."""
    rows: int = 100_000
    size: int = 50_000_000
    """Bytes of an answer."""
    memory: int = 512
    """MiB that DuckDB may hold; nothing is written to disk instead."""
    threads: int = 2
    depth: int = 200
    """Expressions within expressions; each level takes stack in several passes of DuckDB."""
    statement: int = 65_536
    """Bytes of a statement in UTF-8: as long as the body of any call."""
