"""Foreign trees: STAC catalogs that no node of ours publishes, listed beside what nodes below hand up."""

from tianlake.stac.foreign.records import Foreign, Limits
from tianlake.stac.foreign.run import Outcome, harvest_foreign

__all__ = ["Foreign", "Limits", "Outcome", "harvest_foreign"]
