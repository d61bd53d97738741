"""Draws vector tiles as pictures with MapLibre Native, in processes of their own (decision 24)."""
