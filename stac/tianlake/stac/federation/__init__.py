"""Federation: a node takes in what its children publish, level by level (articles 3, 4 and 10 of the Measures)."""

from tianlake.stac.federation.compare import Outcome
from tianlake.stac.federation.run import Household, Limit, Report, federate
from tianlake.stac.federation.upward import Upward

__all__ = ["Household", "Limit", "Outcome", "Report", "Upward", "federate"]
