"""Sources to assets."""
