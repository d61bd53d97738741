"""What a plain table is told beside its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tianlake.lake.records import STRICT

ColumnType = Literal["VARCHAR", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"]
"""DuckDB's names; `TIMESTAMP` has no time zone."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table `[table]` of a recipe."""

    types: dict[str, ColumnType] = field(default_factory=dict)
    """Column, after all steps → its type. Text of other columns becomes numbers or dates where all of it safely can."""

    __pydantic_config__ = STRICT
