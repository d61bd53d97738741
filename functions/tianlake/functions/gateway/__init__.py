"""One server for everything a node serves: files by range, stable aliases, tiles, TileJSON, styles."""
