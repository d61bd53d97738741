"""A tile shows what the source holds at that place; checked with mercator by hand, pmtiles and rasterio."""

import math

import numpy as np
import pytest
import rasterio
from pmtiles.reader import MmapSource, all_tiles
from pmtiles.tile import TileType
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from tianlake.build.raster.grid import GRIDS
from tianlake.lake.recipes import Raster, Tiles
from tianlake.lake.words import Bounds

RGB = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]


def tile_of(lon, lat, zoom):
    """Return tile column and row and the pixel in it, by the formulas of the slippy map."""
    x = (lon + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom
    return int(x), int(y), int(x % 1 * 256), int(y % 1 * 256)


def places_of(zoom, x, y):
    """Return the longitudes of a tile's columns and the latitudes of its rows, at pixel centres."""
    cells = (np.arange(256) + 0.5) / 256
    lon = (x + cells) / 2**zoom * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + cells) / 2**zoom))))
    return lon, lat


def color_at(made, rgba, lon, lat, zoom):
    x, y, col, row = tile_of(lon, lat, zoom)
    data = made.tile(zoom, x, y)
    return (0, 0, 0, 0) if data is None else tuple(int(value) for value in rgba(data)[:, row, col])


def stored(made):
    with made.archive.open("rb") as file:
        return dict(all_tiles(MmapSource(file)))


def opaque(color):
    return (*bytes.fromhex(color[1:]), 255)


@pytest.mark.parametrize("zoom", [3, 5, 6, 7])
@pytest.mark.parametrize(
    ("place", "group"),
    [
        ((102.0, 15.5), 1),  # the plateau of Khorat
        ((89.2, 42.9), 2),  # Turpan
        ((113.3, 24.3), 3),  # north of Guangzhou
        ((126.6, 45.75), 4),  # Harbin
        ((88.0, 33.5), 5),  # northern Tibet
        ((122.5, 30.0), None),  # the East China Sea
    ],
)
def test_a_known_place_has_the_colour_of_its_class_at_every_zoom(china, rgba, groups, place, group, zoom):
    with rasterio.open(china.cog) as dataset:
        assert next(dataset.sample([place]))[0] == (group or 0)
    expected = (0, 0, 0, 0) if group is None else opaque(groups[group])
    lon, lat = place
    assert color_at(china, rgba, lon, lat, zoom) == expected


@pytest.mark.parametrize(("x", "y"), [(101, 52), (107, 55), (105, 48), (91, 49)])
def test_every_pixel_at_the_highest_zoom_is_the_source_pixel_under_its_centre(china, rgba, groups, x, y):
    lon, lat = places_of(7, x, y)
    cols, rows = (lon - 73) * 120, (54 - lat) * 120
    with rasterio.open(china.cog) as dataset:
        source = dataset.read(1)
    table = np.zeros((6, 4), np.uint8)
    for value, color in groups.items():
        table[value] = opaque(color)
    values = source[np.ix_(np.floor(rows).astype(int), np.floor(cols).astype(int))]
    expected = np.moveaxis(table[values], -1, 0)
    got = rgba(china.tile(7, x, y))
    # A centre on the edge of a source pixel may fall to either side.
    clear = np.abs(rows % 1 - 0.5)[:, np.newaxis].clip(np.abs(cols % 1 - 0.5)) < 0.49
    assert len(np.unique(values)) > 1
    assert clear.mean() > 0.9
    assert (got == expected).all(axis=0)[clear].all()


def test_tiles_with_data_are_stored_and_empty_ones_are_not(china):
    tiles = stored(china)
    with rasterio.open(china.cog) as dataset:
        valid = np.pad(dataset.dataset_mask() > 0, 1)
    expected = set()
    for x in range(89, 113):
        for y in range(41, 64):
            lon, lat = places_of(7, x, y)
            cols = np.floor((lon - 73) * 120).astype(int).clip(-1, 7560) + 1
            rows = np.floor((54 - lat) * 120).astype(int).clip(-1, 6120) + 1
            if valid[np.ix_(rows, cols)].any():
                expected.add((7, x, y))
    assert {zxy for zxy in tiles if zxy[0] == 7} == expected


def test_no_stored_tile_is_empty(china, rgba):
    for data in set(stored(china).values()):
        assert rgba(data)[3].any()


def test_header_and_metadata_tell_a_client_all_it_needs(china, groups):
    header, metadata = china.header(), china.metadata()
    assert header["tile_type"] is TileType.PNG
    assert (header["min_zoom"], header["max_zoom"], header["center_zoom"]) == (0, 7, 2)
    edges = [header[f"{side}_e7"] for side in ("min_lon", "min_lat", "max_lon", "max_lat")]
    assert edges == [730_000_000, 30_000_000, 1_360_000_000, 540_000_000]
    assert (header["center_lon_e7"], header["center_lat_e7"]) == (1_045_000_000, 285_000_000)
    assert header["clustered"]
    assert header["addressed_tiles_count"] == len(stored(china)) == china.tile_facts.tiles
    assert header["tile_contents_count"] == len(set(stored(china).values()))
    wanted = ("name", "description", "attribution", "format", "tile_matrix_set", "tile_size")
    values = [metadata[key] for key in wanted]
    assert values == ["演示栅格", "测试用", "Made in a test", "png", "WebMercatorQuad", 256]
    assert metadata["title"] == {"zh": "演示栅格", "en": "Demo raster"}
    assert [each["color"] for each in metadata["classes"]] == list(groups.values())
    assert metadata["render"]["resampling"] == "nearest"
    facts = china.tile_facts
    assert (facts.tile_type, facts.matrix_set, facts.tile_size) == ("png", "WebMercatorQuad", 256)
    assert (facts.min_zoom, facts.max_zoom, facts.bounds) == (0, 7, Bounds(73, 3, 136, 54))


def test_tiles_of_classes_are_small_palettes_with_only_class_colours(china, groups):
    for zxy in ((7, 101, 52), (4, 12, 6), (0, 0, 0)):
        data = china.tile(*zxy)
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert (data[24], data[25]) == (4, 3)  # bits for an index, colour type "palette"
        length = int.from_bytes(data[data.index(b"PLTE") - 4 :][:4], "big")
        assert length == 3 * (1 + len(groups))


def test_the_whole_world_gets_the_zoom_of_its_pixels_and_ends_where_mercator_ends(build, modis, rgba, classes):
    cover = {value: f"#{value * 15:02x}80{255 - value * 15:02x}" for value in range(17)}
    made = build(modis, Raster(classes=classes(cover)), tiles=Tiles(max_zoom=3), crs="EPSG:4326")
    assert made.tile_facts.bounds == pytest.approx(Bounds(-180, -85.0511288, 180, 85.0511288))
    assert made.tile_facts.tiles == 1 + 4 + 16 + 64
    with rasterio.open(modis) as dataset:
        for lon, lat in ((-179.97, 0.02), (179.97, 0.02), (-62.0, -4.0), (25.0, 23.0), (0.0, -84.9)):
            value = next(dataset.sample([(lon, lat)]))[0]
            assert color_at(made, rgba, lon, lat, 3) == opaque(cover[value])


def test_highest_zoom_is_the_one_nearest_to_the_source_pixels(build, write):
    ones = np.ones((20, 20), np.uint8)
    for degrees, zoom in ((360 / 256 / 2**9, 9), (360 / 256 / 2**9 * 1.3, 9), (360 / 256 / 2**9 * 1.7, 8)):
        made = build(write(ones, transform=from_origin(116, 40, degrees, degrees)))
        assert made.tile_facts.max_zoom == zoom


def test_zooms_of_the_recipe_win(build, write):
    ones = np.ones((200, 200), np.uint8)
    facts = build(write(ones), tiles=Tiles(min_zoom=3, max_zoom=5)).tile_facts
    assert (facts.min_zoom, facts.max_zoom) == (3, 5)


def test_one_colour_everywhere_is_stored_once(build, write, classes):
    made = build(write(np.ones((2000, 2000), np.uint8)), Raster(classes=classes({1: "#336699"})))
    header = made.header()
    inner = [data for data in stored(made).values() if data == made.tile(*max(stored(made)))]
    assert header["addressed_tiles_count"] > header["tile_contents_count"]
    assert len(inner) >= 1
    assert header["tile_data_length"] == sum(map(len, set(stored(made).values())))


def test_a_composite_is_webp_in_its_own_colours_and_clear_where_nothing_is(build, write, rgba):
    data = np.zeros((3, 400, 400), np.uint8)
    data[:, :, 50:200] = np.array([200, 40, 90])[:, np.newaxis, np.newaxis]
    data[:, :, 200:] = np.array([10, 160, 220])[:, np.newaxis, np.newaxis]
    made = build(write(data, nodata=0, photometric="RGB"))
    zoom = made.tile_facts.max_zoom
    x, y, _, _ = tile_of(117, 38, zoom)
    assert made.tile(zoom, x, y)[8:12] == b"WEBP"
    assert color_at(made, rgba, 117.0, 38.0, zoom) == pytest.approx((200, 40, 90, 255), abs=4)
    assert color_at(made, rgba, 119.0, 38.0, zoom) == pytest.approx((10, 160, 220, 255), abs=4)
    assert color_at(made, rgba, 116.2, 38.0, zoom)[3] == 0
    assert made.metadata()["render"] == {"bidx": [1, 2, 3], "rescale": [[0, 255]] * 3, "resampling": "bilinear"}


def test_bands_are_taken_by_the_colour_they_are_named_after(build, write, rgba):
    data = np.zeros((3, 60, 60), np.uint8) + np.array([10, 20, 250], np.uint8)[:, np.newaxis, np.newaxis]
    made = build(write(data, colorinterp=RGB[::-1], photometric="MINISBLACK"))
    zoom = made.tile_facts.max_zoom
    assert made.metadata()["render"]["bidx"] == [3, 2, 1]
    assert color_at(made, rgba, 116.3, 39.7, zoom) == pytest.approx((250, 20, 10, 255), abs=4)


def test_an_alpha_band_makes_the_tile_clear_and_keeps_black_black(build, write, rgba):
    data = np.zeros((4, 300, 300), np.uint8)
    data[3, :, 150:] = 255
    made = build(write(data, photometric="RGB", colorinterp=[*RGB, ColorInterp.alpha]))
    zoom = made.tile_facts.max_zoom
    assert color_at(made, rgba, 116.5, 38.5, zoom)[3] == 0
    assert color_at(made, rgba, 118.5, 38.5, zoom) == pytest.approx((0, 0, 0, 255), abs=2)


def test_a_mask_makes_tiles_clear_at_low_zooms_too(build, write, rgba):
    mask = np.zeros((1500, 1500), np.uint8)
    mask[:, 750:] = 255
    made = build(write(np.full((1500, 1500), 9, np.uint8), mask=mask))
    for zoom in range(4, made.tile_facts.max_zoom + 1):
        assert color_at(made, rgba, 119.0, 32.0, zoom)[3] == 0
        assert color_at(made, rgba, 128.0, 32.0, zoom)[3] == 255


def test_sixteen_bit_colours_are_stretched_from_the_2nd_to_the_98th_percentile(build, write, rgba):
    data = np.random.default_rng(3).integers(1000, 3000, (3, 300, 300)).astype("uint16")
    data[:, 100:200, 100:200] = 3000
    data[:, :2, :2] = 65535
    made = build(write(data, photometric="RGB"))
    [low, high] = made.metadata()["render"]["rescale"][0]
    assert (low, high) == pytest.approx(tuple(np.percentile(data, (2, 98))), rel=1e-3)
    color = color_at(made, rgba, 117.5, 38.5, made.tile_facts.max_zoom)
    assert color == pytest.approx((255, 255, 255, 255), abs=4)


def test_amounts_run_along_the_colour_map_that_the_metadata_names(build, write, rgba):
    data = np.repeat(np.linspace(-50, 150, 400, dtype="float32")[np.newaxis], 300, axis=0)
    data[200:] = np.nan
    made = build(write(data))
    render = made.metadata()["render"]
    assert render["colormap_name"] == "viridis"
    assert render["rescale"] == [pytest.approx(np.percentile(data[:200], (2, 98)), rel=1e-3)]
    zoom = made.tile_facts.max_zoom
    # The ends of viridis: 440154 and fde725 (matplotlib).
    assert color_at(made, rgba, 116.02, 39.0, zoom) == pytest.approx((0x44, 0x01, 0x54, 255), abs=6)
    assert color_at(made, rgba, 119.98, 39.0, zoom) == pytest.approx((0xFD, 0xE7, 0x25, 255), abs=8)
    assert color_at(made, rgba, 118.0, 37.5, zoom)[3] == 0


def test_class_0_is_not_painted_beyond_the_raster_or_under_its_mask(build, write, rgba, classes):
    mask = np.full((200, 200), 255, np.uint8)
    mask[100:] = 0
    made = build(write(np.zeros((200, 200), np.uint8), mask=mask), Raster(classes=classes({0: "#336699"})))
    zoom = made.tile_facts.max_zoom
    assert color_at(made, rgba, 117.0, 39.5, zoom) == opaque("#336699")
    assert color_at(made, rgba, 117.0, 38.5, zoom) == (0, 0, 0, 0)
    assert color_at(made, rgba, 115.99, 39.5, zoom) == (0, 0, 0, 0)


def test_more_classes_than_a_palette_holds_are_drawn_all_the_same(build, write, rgba, classes):
    data = np.arange(300, dtype=np.int16).repeat(30).reshape(90, 100) - 10
    colors = {value: f"#{value % 256:02x}{(value * 7) % 256:02x}33" for value in range(-10, 290)}
    made = build(write(data), Raster(classes=classes(colors)))
    zoom = made.tile_facts.max_zoom
    # 0.01° is less than two tile pixels: the class of the pixel, not of a neighbour.
    x, y, col, row = tile_of(116.505, 39.555, zoom)
    lon, lat = places_of(zoom, x, y)
    value = data[math.floor((40 - lat[row]) * 100), math.floor((lon[col] - 116) * 100)]
    assert color_at(made, rgba, 116.505, 39.555, zoom) == opaque(colors[int(value)])


@pytest.mark.parametrize("zoom", [0, 1, 2, 5, 8])
def test_blocks_come_in_the_order_of_their_tile_ids_and_cover_the_bounds(zoom):
    bounds = Bounds(73, 3, 136, 54)
    ids = [tile_id for block in GRIDS["w"].blocks(bounds, zoom) for tile_id, _, _ in block.tiles()]
    assert ids == sorted(set(ids))
    tiles = {
        (block.x + col, block.y + row) for block in GRIDS["w"].blocks(bounds, zoom) for _, col, row in block.tiles()
    }
    west, north, _, _ = tile_of(73.0001, 53.9999, zoom)
    east, south, _, _ = tile_of(135.9999, 3.0001, zoom)
    assert {(x, y) for x in range(west, east + 1) for y in range(north, south + 1)} <= tiles
    assert all(0 <= x < 2**zoom and 0 <= y < 2**zoom for x, y in tiles)
