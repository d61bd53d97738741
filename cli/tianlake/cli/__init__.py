"""The `tianlake` command."""

from tianlake.cli.app import main

__all__ = ["main"]
