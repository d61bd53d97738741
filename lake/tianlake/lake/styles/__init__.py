"""How maps draw tiles: MapLibre styles made from what an archive holds. Pure.

They stand on the ground because two sides need them: catalogs publish them, and builds draw pictures with them.
"""

from tianlake.lake.styles.maps import map_style

__all__ = ["map_style"]
