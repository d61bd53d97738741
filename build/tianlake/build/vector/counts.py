"""Where the features of one source went, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.lake.releases import Quality


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the features of one source went."""

    layer: str
    read: int
    left_out_by_where: int
    left_out_by_clip: int
    without_geometry: int
    beyond_repair: int
    outside_world: int
    """With a coordinate beyond 180° or 90°."""
    repaired: int
    """Of the written ones."""
    written: int

    @property
    def quality(self) -> Quality:
        """The same in the five numbers of a release."""
        return Quality(
            read=self.read,
            left_out=self.left_out_by_where + self.left_out_by_clip,
            dropped=self.without_geometry + self.beyond_repair + self.outside_world,
            repaired=self.repaired,
            written=self.written,
        )
