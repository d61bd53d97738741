"""Plain tables: rows without geometry."""
