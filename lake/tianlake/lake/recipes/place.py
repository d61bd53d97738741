"""What a product of class `place` (地名地址) is told beside its fields."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.lake.recipes.divisions import CodeList, DivisionAreas
from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class Place:
    """The table `[place]` of a recipe."""

    source_id: str | None = None
    """The attribute, after all steps, that tells features of a source apart: what `place_id` is made of where it is
    missing. Without one it is made of name, type and place, and a feature that moves becomes another one."""
    divisions: DivisionAreas | None = None
    """Polygons of the smallest level above the town; city and province follow from the code."""
    towns: DivisionAreas | None = None
    """Polygons of towns (乡级), where an office has them."""
    type_codes: CodeList | None = None
    """The type codes that may be used; their form alone is checked where absent."""

    __pydantic_config__ = STRICT
