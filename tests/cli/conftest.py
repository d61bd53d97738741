"""Fixtures of the commands."""

from __future__ import annotations

from desk_kit import desk, made

__all__ = ["desk", "made"]
