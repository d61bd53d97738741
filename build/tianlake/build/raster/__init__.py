"""Raster products: any raster to COG in CGCS2000 and raster PMTiles."""
