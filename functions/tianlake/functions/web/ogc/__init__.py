"""OGC API Features and OGC API Records over the current releases of one node."""
