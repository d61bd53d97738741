"""Vector products: any source to GeoParquet and vector PMTiles in CGCS2000."""
