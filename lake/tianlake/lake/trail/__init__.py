"""The audit trail of a node (articles 9, 15, 16 and 18 of the Measures): who did what, in one signed chain."""

from tianlake.lake.trail.acts import Act, ActKind, Journal
from tianlake.lake.trail.anchors import Anchor, Anchors
from tianlake.lake.trail.entries import Entry, read_entry
from tianlake.lake.trail.trail import Trail

__all__ = ["Act", "ActKind", "Anchor", "Anchors", "Entry", "Journal", "Trail", "read_entry"]
