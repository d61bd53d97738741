"""Dated lists of prices; the newest is the one that holds."""
