"""The `tianlake` command."""
