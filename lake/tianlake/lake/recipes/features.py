"""What the features of a vector product are: how they are told apart, and what of their geometry is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """The table `[features]` of a recipe."""

    id: str | None = None
    """The attribute, after all steps, that names a feature for good: never null, never twice. Releases are compared
    by it; without one a product has no changes."""
    z: Literal["keep", "drop"] = "keep"
    """Whether heights of coordinates are kept in GeoParquet; tiles never have any."""

    __pydantic_config__ = STRICT
