"""The STAC API of a node (STAC API 1.0.0) over the merged index of its tree, or over its own records."""
