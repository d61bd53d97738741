"""What the access log says: counted by DuckDB, from the files of the days asked for and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import duckdb

from tianlake.lake.duck import connect
from tianlake.lake.errors import StoreError
from tianlake.lake.logs.parts import readable_parts
from tianlake.lake.logs.window import Window
from tianlake.lake.query import s3_secret
from tianlake.lake.store import S3Settings, Store

By = Literal["all", "day", "hour", "month", "node", "product", "kind", "status", "code", "release"]
"""What requests are counted by."""

BYS: Final[dict[By, str]] = {
    "all": "''",
    "day": "strftime(time::TIMESTAMP + INTERVAL 8 HOUR, '%Y-%m-%d')",
    "hour": "strftime(time::TIMESTAMP + INTERVAL 8 HOUR, '%H')",
    "month": "strftime(time::TIMESTAMP, '%Y-%m')",
    "node": "node",
    "product": "CASE WHEN product <> '' THEN node || ' ' || product ELSE '' END",
    "kind": "kind",
    "status": "(status // 100) || 'xx'",
    "code": "code",
    "release": "CASE WHEN release <> '' THEN node || ' ' || product || ' ' || release ELSE '' END",
}
"""Its SQL. Days and hours are those of China (UTC+08:00); months those of UTC, as names of users last."""

_COUNTED: Final = "source <> 'origin' AND kind <> 'health'"
"""What clients asked: not what a network or proxy in front asked for them, not whether the server lives."""

_FIGURES: Final = """
SELECT {by} AS name,
  count(*) AS requests,
  count(*) FILTER (status < 400) AS answered,
  count(*) FILTER (status BETWEEN 400 AND 499) AS refused,
  count(*) FILTER (status >= 500) AS failed,
  sum(bytes)::BIGINT AS bytes,
  quantile_cont(ms, 0.5) AS p50_ms,
  quantile_cont(ms, 0.99) AS p99_ms,
  count(*) FILTER (cache = 'hit') AS hits,
  count(DISTINCT nullif(account, '')) AS accounts,
  count(DISTINCT nullif(client, '')) AS clients
FROM log WHERE {where} AND name <> '' GROUP BY name ORDER BY name
"""


_REACHED: Final = """
WITH minutes AS (
  SELECT date_trunc('minute', time) AS minute, bool_or(code = '') AS up
  FROM log WHERE source = 'probe' GROUP BY minute
), numbered AS (SELECT *, count(*) FILTER (up) OVER (ORDER BY minute) AS run FROM minutes),
outages AS (
  SELECT epoch(max(minute) - min(minute)) + 60 AS took_s FROM numbered WHERE NOT up GROUP BY run
)
SELECT count(*), count(*) FILTER (up), (SELECT max(took_s) FROM outages) FROM minutes
"""
"""A minute counts as answered where anybody was answered in it; an outage ends with the next such minute."""

_COUNT: Final = "SELECT count(*) FROM log WHERE {where}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked of one node, product or day, or of all together."""

    name: str
    """Which; empty for all together."""
    requests: int
    answered: int
    """With a status below 400."""
    refused: int
    """With 4xx: what is asked wrongly, is not there, or is over a quota."""
    failed: int
    """With 5xx: our fault."""
    bytes: int
    p50_ms: float
    """Half of the answers took no longer, milliseconds."""
    p99_ms: float
    hits: int
    """Requests that a cache answered, at the edge or the client's own after a 304."""
    accounts: int
    """Users with a key, each once a month: their names change with the month."""
    clients: int
    """Networks of addresses (/24, /56), likewise."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What those saw who asked from outside (`logs.probes`)."""

    minutes: int
    """In which somebody asked."""
    answered: int
    """In which somebody was answered."""
    longest_s: float
    """From the first to the last minute of the longest outage, both included; 0 where there was none."""


@dataclass(frozen=True, slots=True)
class LoggedNode:
    """A node whose log is read."""

    store: Store
    url: str
    """Where DuckDB reads its objects, with a final `/` (`query.read_from`)."""


class Log:
    """The rows of some nodes in a window, as a view of DuckDB. Close it."""

    def __init__(self, nodes: Sequence[LoggedNode], window: Window, settings: S3Settings | None) -> None:
        """Open it.

        Raises:
            LakeError: A file is none of the log.
            StoreError: A store does not answer.
        """
        self.files = [
            f"{node.url}{part.key}" for node in nodes for part in readable_parts(node.store, *window.utc_days)
        ]
        remote = any(each.startswith("s3://") for each in self.files)
        self._connection = connect(extensions=("httpfs",) if remote else ())
        if remote:
            self._connection.execute(s3_secret(settings or S3Settings()))
        self._window = window

    def __enter__(self) -> Self:
        """Return the same."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._connection.close()

    def figures(self, by: By = "all", where: str = "TRUE") -> list[Figures]:
        """Return what was asked, by name; nothing where there are no rows.

        Args:
            by: What is counted by.
            where: Further condition in SQL, of this code's own making.
        """
        shown = _FIGURES.replace("AND name <> ''", "") if by == "all" else _FIGURES
        return [Figures(*row) for row in self._rows(shown.format(by=BYS[by], where=f"{_COUNTED} AND {where}"))]

    def reached(self) -> Reached | None:
        """Return what probes saw; None where nobody asked."""
        rows = self._rows(_REACHED)
        if not rows or not rows[0][0]:
            return None
        minutes, answered, longest_s = rows[0]
        return Reached(minutes, answered, longest_s or 0.0)

    def count(self, where: str) -> int:
        """Return how many rows there are of a condition in SQL, counted or not."""
        rows = self._rows(_COUNT.format(where=where))
        return int(rows[0][0]) if rows else 0

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        if not self.files:
            return []
        after, until = self._window.bounds
        source = "FROM (FROM read_parquet($files, hive_partitioning = false) WHERE time >= $after AND time < $until)"
        asked = statement.replace("FROM log", source)
        try:
            return self._connection.execute(asked, {"files": self.files, "after": after, "until": until}).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"access log: {' '.join(str(error).split())}") from None
