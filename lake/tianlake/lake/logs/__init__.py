"""The access log of a node: one row for each request, as Parquet below `private/logs/`, without keys or addresses."""

from __future__ import annotations

from tianlake.lake.logs.rows import Cache, Kind, Row, Source

__all__ = ["Cache", "Kind", "Row", "Source"]
