"""The thumbnail is a light, recognisable picture in the product's own colours."""

import numpy as np
import pytest
from rasterio.transform import from_origin


def test_the_real_one_is_512_wide_light_and_in_class_colours(china, rgba, groups):
    data = china.thumbnail.read_bytes()
    picture = rgba(data)
    assert len(data) <= 200_000
    # 63° × cos 28.5° by 51°.
    assert picture.shape == (4, 472, 512)
    found = {tuple(int(part) for part in color) for color in np.unique(picture.reshape(4, -1), axis=1).T}
    assert found == {(0, 0, 0, 0)} | {(*bytes.fromhex(color[1:]), 255) for color in groups.values()}


def test_north_is_up_and_west_is_left(build, write, rgba):
    data = np.zeros((3, 100, 100), np.uint8) + 1
    data[0, :50, :50] = 255
    picture = rgba(build(write(data, photometric="RGB")).thumbnail.read_bytes())
    height, width = picture.shape[1:]
    assert picture[0, height // 4, width // 4] == 255
    assert picture[0, height // 4, width * 3 // 4] == picture[0, height * 3 // 4, width // 4] == 1


@pytest.mark.parametrize(("lat", "shape"), [(0.5, (512, 512)), (60.5, (512, 256))])
def test_a_square_of_degrees_is_as_narrow_as_it_is_on_the_ground(build, write, rgba, lat, shape):
    made = build(write(np.ones((100, 100), np.int16), transform=from_origin(10, lat + 0, 0.01, 0.01)))
    assert rgba(made.thumbnail.read_bytes()).shape[1:] == pytest.approx(shape, abs=2)


def test_pure_noise_still_weighs_less_than_200_kb(build, write):
    noise = np.random.default_rng(7).integers(0, 255, (3, 700, 700)).astype("uint8")
    assert 100_000 < build(write(noise, photometric="RGB")).thumbnail.stat().st_size <= 200_000
