"""Releases to STAC."""

from tianlake.stac.describer import StacDescriber

__all__ = ["StacDescriber"]
