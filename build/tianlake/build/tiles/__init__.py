"""PMTiles archives, whatever is in their tiles."""
