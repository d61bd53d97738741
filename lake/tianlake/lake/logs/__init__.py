"""The access log of a node: one row for each request, as Parquet below `private/logs/`, without keys or addresses."""

from __future__ import annotations

from tianlake.lake.logs.masks import Masks, network_of
from tianlake.lake.logs.parts import put_rows, readable_parts
from tianlake.lake.logs.rows import SCHEMA, Cache, Kind, Row, Source

__all__ = ["SCHEMA", "Cache", "Kind", "Masks", "Row", "Source", "network_of", "put_rows", "readable_parts"]
