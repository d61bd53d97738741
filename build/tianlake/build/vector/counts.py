"""Where the features of one source went, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.lake.releases import Quality


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the features of one source went."""

    layer: str
    read: int = 0
    left_out_by_where: int = 0
    left_out_by_clip: int = 0
    withheld: int = 0
    """Excluded for good (article 18)."""
    without_geometry: int = 0
    """No geometry, or no place: coordinates absent or unreadable, an address that was not found."""
    misplaced: int = 0
    """Longitude and latitude exchanged, or an easting of another zone than the others'."""
    beyond_repair: int = 0
    outside_world: int = 0
    """With a coordinate beyond 180° or 90°."""
    repaired: int = 0
    """Of the written ones."""
    written: int = 0

    @property
    def quality(self) -> Quality:
        """The same in the five numbers of a release."""
        return Quality(
            read=self.read,
            left_out=self.left_out_by_where + self.left_out_by_clip + self.withheld,
            dropped=self.without_geometry + self.misplaced + self.beyond_repair + self.outside_world,
            repaired=self.repaired,
            written=self.written,
        )
