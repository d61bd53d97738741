"""How pictures were taken, as a recipe says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """How the picture, or each picture, of a source was taken."""

    each: bool = False
    """The files of a folder or glob are scenes of their own; otherwise they are one picture together."""
    acquired: str | None = None
    """When it was taken, or its taking began: RFC 3339 date-time with its offset, or a date (that whole day, UTC)."""
    acquired_end: str | None = None
    """When its taking ended, where that is another moment."""
    acquired_pattern: str | None = None
    """Where file names hold the time: text with `%Y %m %d %H %M %S` in it, such as `_%Y%m%d_`; UTC."""
    sensor: str | None = None
    """Such as `GF-2 PMS`."""
    cloud_cover: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percent."""
    processing_level: str | None = None
    """Such as `L2A`."""
    accuracy_m: Annotated[float, Field(gt=0)] | None = None
    """Planimetric accuracy, metres."""
    native_gsd_m: Annotated[float, Field(gt=0)] | None = None
    """Ground sample distance of the sensor, metres; measured from the file's own grid where absent."""

    __pydantic_config__ = STRICT
