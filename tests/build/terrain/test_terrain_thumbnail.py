"""The thumbnail of heights is their shade, drawn of heights between the pixels and of none that are missing."""

import numpy as np
from rasterio.transform import from_origin

from tianlake.build.terrain.hillshade import ALTITUDE_DEG
from tianlake.lake.recipes import Tiles

FLAT = 1 + round(254 * np.sin(np.radians(ALTITUDE_DEG)))


def shown(made, picture):
    """Return the brightness of the pixels of the thumbnail that hold data, others masked."""
    drawn = picture(made.file("thumbnail.png").read_bytes())
    return np.ma.masked_array(drawn[..., 0], drawn[..., 3] == 0)


def test_a_small_model_is_enlarged_without_the_edges_of_its_pixels(build, write, picture):
    slope = np.repeat(np.arange(36, dtype=np.int16)[np.newaxis] * 100, 36, axis=0)
    drawn = shown(build(write(slope), tiles=Tiles(max_zoom=5)), picture)
    assert max(drawn.shape) == 512
    inner = drawn[:, 20:-20]
    assert np.ptp(inner.mean(axis=0)) <= 2  # as narrow as meridians are farther north
    assert inner.max() < FLAT - 20 or inner.min() > FLAT + 20


def test_a_coast_is_no_slope(build, write, picture):
    """Land of one height that ends in a ragged coast: whatever is seen of it is flat."""
    pixels = 700
    land = np.random.default_rng(3).random((pixels, pixels)) < np.linspace(0, 1, pixels)
    place = from_origin(100, 31, 1 / pixels, 1 / pixels)
    data = np.where(land, 40, -32768).astype(np.int16)
    made = build(write(data, nodata=-32768, transform=place), tiles=Tiles(max_zoom=5))
    drawn = shown(made, picture)
    assert set(drawn.compressed()) == {FLAT}
    assert 0.1 < drawn.mask.mean() < 0.6  # a pixel that any land gave a height is land
