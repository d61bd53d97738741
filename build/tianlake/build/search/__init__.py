"""Writes the index that places and entities are searched by, beside their table."""
