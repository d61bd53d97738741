"""The catalog of what a node holds: records without data."""
