"""What a product of class `entity` (地理实体) is told beside its fields."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.lake.recipes.divisions import CodeList, DivisionAreas
from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class Entity:
    """The table `[entity]` of a recipe."""

    source_id: str | None = None
    """The attribute, after all steps, that tells features of a source apart: what `entity_id` is made of where it
    is missing. Without one it is made of name, class and place, and a feature that moves becomes another one."""
    divisions: DivisionAreas | None = None
    """Where `admin_code` comes from where it is missing: polygons of counties, or of whatever level fits."""
    class_codes: CodeList | None = None
    """The class codes that may be used; the form of GB/T 13923 alone is checked where absent."""

    __pydantic_config__ = STRICT
