"""Releases to STAC."""
