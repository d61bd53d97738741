"""Terrain products: heights as COG, terrain-RGB, hillshade and contours."""
