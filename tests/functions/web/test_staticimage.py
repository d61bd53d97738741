"""Static maps, looked at pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from static_kit import BLACK, BLUE, GREEN, GREY, RED, WHITE, StaticMaps, colour, desk_of, is_near, where, write_node


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("static")
    write_node(made)
    return made


@pytest.fixture(scope="module")
def maps(folder):
    return StaticMaps(desk_of(folder))


def tile_at(lon, lat, zoom):
    """Column and row by the formula of tianditu.md §1.2."""
    return int((lon + 180) / 360 * 2**zoom), int((90 - lat) / 180 * 2 ** (zoom - 1))


def test_each_pixel_is_that_of_the_tile_it_lies_in(maps):
    lon, lat, zoom, width, height = 101.3, 31.7, 4, 500, 390
    picture = maps(center=f"{lon},{lat}", zoom=zoom, width=width, height=height, layers="vec_c")
    assert picture.shape == (height, width, 3)
    cell = 360 / (256 * 2**zoom)
    for row in range(3, 200, 28):
        for column in range(3, width, 31):
            at = lon + (column + 0.5 - width / 2) * cell, lat - (row + 0.5 - height / 2) * cell
            assert tuple(picture[row, column]) == colour(zoom, *tile_at(*at, zoom)), (row, column)


def test_a_map_of_which_nothing_is_said_is_that_of_the_documentation(maps):
    """400 × 300 pixels of Beijing at level 10, vec with cva over it."""
    picture = maps()
    assert picture.shape == (300, 400, 3)
    assert tuple(picture[10, 10]) == colour(5, *tile_at(116.39, 39.9, 5))
    assert np.array_equal(picture, maps(center="116.39127,39.90712", zoom=10, layers="vec_c,cva_c", width="", tk="x"))


def test_labels_lie_over_the_map_in_whatever_order_they_are_named(maps):
    """The middle of tile 12/5 of level 4, which is even: longitude 101.25, latitude 33.75 (row 2 of 22.5°)."""
    x, y = tile_at(101.25, 33.75, 4)
    assert (x, y) == (12, 2)
    for layers in ("vec_c,cva_c", "cva_c,vec_c", " cva_c, vec_c "):
        picture = maps(center="101.25,33.75", zoom=4, width=201, height=201, layers=layers)
        rows, columns = where(picture[:150], BLACK, 0)
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (93, 108, 93, 108), layers
    bare = maps(center="101.25,33.75", zoom=4, width=201, height=201, layers="vec_c")
    assert len(where(bare[:150], BLACK, 0)[0]) == 0


def test_of_two_maps_the_later_one_covers_the_earlier(maps):
    spot = {"center": "100,30", "zoom": 4, "width": 100, "height": 100}
    assert is_near(maps(layers="vec_c,img_c", **spot)[20, 50], GREY)
    assert is_near(maps(layers="img_c,vec_c", **spot)[20, 50], colour(4, *tile_at(100, 30, 4)))


def test_beyond_its_last_level_a_layer_is_scaled(maps):
    """At level 8 a pixel of level 5 is 8: the square of 16 pixels in a tile's middle is one of 128."""
    x, y = 24, 4
    side = 360 / 2**5
    middle = -180 + (x + 0.5) * side, 90 - (y + 0.5) * side
    picture = maps(center=f"{middle[0]},{middle[1]}", zoom=8, width=400, height=500, layers="vec_c,cva_c")
    assert tuple(picture[5, 5]) == colour(5, x, y)
    rows, columns = where(picture[:440], BLACK, 60)
    assert [rows.min(), rows.max(), columns.min(), columns.max()] == pytest.approx([186, 313, 136, 263], abs=2)


def test_at_the_last_level_a_tile_of_the_first_is_still_drawn_in_its_place(maps):
    """One pixel of level 5 is 8192 of level 18: a place well within a tile has that tile's colour alone."""
    lon, lat = -180 + 20.5 * 360 / 2**5, 90 - 4.5 * 360 / 2**5
    picture = maps(center=f"{lon},{lat}", zoom=18, width=1024, height=500, layers="vec_c")
    assert set(map(tuple, picture[:400].reshape(-1, 3))) == {colour(5, 20, 4)}
    x, y = 21, 5
    corner = -180 + x * 360 / 2**5, 90 - y * 360 / 2**5
    around = maps(center=f"{corner[0]},{corner[1]}", zoom=16, width=1024, height=1024, layers="vec_c")
    middle = (np.array(colour(5, x - 1, y - 1)) + np.array(colour(5, x, y))) / 2
    assert is_near(around[512, 512], middle, 2), "between four tiles, half of each"


def test_before_its_first_level_and_where_it_has_no_tiles_a_layer_is_white(maps):
    assert set(map(tuple, maps(center="100,30", zoom=3, layers="cva_c")[:200].reshape(-1, 3))) == {WHITE}
    half = maps(center="0,30", zoom=4, width=200, height=100, layers="img_c")
    assert is_near(half[10, 150], GREY)
    assert tuple(half[10, 50]) == WHITE


def test_the_world_goes_on_beyond_the_antimeridian_and_ends_at_the_poles(maps):
    picture = maps(center="180,80", zoom=3, width=1024, height=400, layers="vec_c")
    assert tuple(picture[199, 511]) == colour(3, 7, 0)
    assert tuple(picture[199, 513]) == colour(3, 0, 0)
    assert tuple(picture[199, 0]) == colour(3, 6, 0)
    assert tuple(picture[199, 1023]) == colour(3, 1, 0)
    pole = 200 - round(10 / (360 / 2048))
    assert tuple(picture[pole - 2, 100]) == WHITE
    assert tuple(picture[pole + 2, 100]) == colour(3, 6, 0)


@pytest.mark.parametrize(
    ("size", "point"), [("l", "101.3,31.7"), ("m", "100.1,32.4"), ("s", "102.9,30.02"), ("-1", "101,31")]
)
def test_a_marker_points_at_the_pixel_that_pixlocation_tells(maps, size, point):
    view = {"center": "101.3,31.7", "zoom": 7, "width": 600, "height": 480}
    told = maps.ask(pixLocation=point, **view)
    assert dict(told.headers)["content-type"] == "text/plain; charset=utf-8"
    x, y = map(int, told.body.decode().split(","))
    style, drawn = ("-1", (230, 0, 18)) if size == "-1" else (f"{size},A,0x00ff00", GREEN)
    rows, columns = where(maps(markers=point, markerStyles=style, **view), drawn, 40)
    assert abs(rows.max() - y) <= 1
    assert abs(columns[rows == rows.max()].mean() - x) <= 1
    assert abs((columns.min() + columns.max()) / 2 - x) <= 1, "the pin stands upright above its place"


def test_markers_have_letters_colours_and_texts_of_their_own(maps):
    view = {"center": "101.3,31.7", "zoom": 7, "width": 600, "height": 480}
    two = maps(markers="100,32|102,32", markerStyles="l,1,0x00ff00|l,2,0x0000ff", **view)
    assert len(where(two, GREEN)[0]) > 200 < len(where(two, BLUE)[0])
    one = maps(markers="100,32|102,32", markerStyles="l,1,0x00ff00", **view)
    assert len(where(one, GREEN)[0]) > 400, "the last style is that of all others"
    plain, text = (maps(markers="101,32", markerStyles=f"m,,,{each},0x0000ff,20", **view) for each in ("", "标注一"))
    changed = np.abs(plain - text).max(axis=2) > 0
    x, y = map(int, maps.ask(pixLocation="101,32", **view).body.decode().split(","))
    rows, columns = np.nonzero(changed)
    assert columns.min() > x
    assert abs(rows.mean() - (y - 13)) < 4
    assert 45 < columns.max() - columns.min() < 75, "three letters of 20 pixels"


def test_the_sample_of_pixlocation_in_the_documentation_comes_out_as_it_says(maps):
    reply = maps.ask(
        center="116.40,39.93",
        width=500,
        height=500,
        zoom=12,
        pixLocation="116.34867,39.94593|116.42626,39.94731",
        markers="not looked at",
    )
    assert reply.body == b"101,204||327,200"


def test_places_outside_of_the_picture_are_negative_or_beyond_it(maps):
    reply = maps.ask(center="100,30", zoom=5, width=100, height=100, pixLocation="90,35|110,25")
    assert reply.body == b"-177,-64||278,164"


def test_a_line_has_its_colour_width_and_opacity(maps):
    view = {"center": "100,30", "zoom": 5, "width": 400, "height": 400, "layers": "vec_c"}
    line = maps(paths="98,30;102,30", pathStyles="0xff0000,9,1", **view)
    rows, columns = where(line, RED, 0)
    assert (rows.min(), rows.max()) == (196, 203) or rows.max() - rows.min() in {8, 9}
    cell = 360 / (256 * 2**5)
    assert abs(columns.min() - (200 - 2 / cell)) < 6 > abs(columns.max() - (200 + 2 / cell))
    under = maps(**view)[200, 200]
    half = maps(paths="98,30;102,30", pathStyles="0xff0000,9,0.5", **view)[200, 200]
    assert is_near(half, (under + np.array(RED)) / 2, 2)
    assert is_near(maps(paths="98,30;102,30", **view)[200, 200], BLUE)


def test_a_line_with_a_fill_is_an_area(maps):
    view = {"center": "100,30", "zoom": 5, "width": 400, "height": 400, "layers": "vec_c"}
    area = maps(paths="98,28;102,28;102,32;98,32", pathStyles="0x0000ff,4,1,0x00ff00", **view)
    assert tuple(area[200, 200]) == GREEN
    cell = 360 / (256 * 2**5)
    edge = round(2 / cell)
    assert is_near(area[200, 200 - edge], BLUE, 0), "it is closed"
    assert not is_near(area[200, 200 - edge - 6], GREEN, 60)
    lines = maps(paths="98,28;102,28;102,32;98,32", pathStyles="0x0000ff,4,1", **view)
    assert not is_near(lines[200, 200 - edge], BLUE, 60), "without a fill it is not"


def test_lines_that_come_from_far_cross_the_picture_where_they_should(maps):
    """At level 18 they are millions of pixels long; Pillow counts in 32 bits."""
    view = {"center": "100,30", "zoom": 18, "width": 300, "height": 300, "layers": "vec_c"}
    line = maps(paths="10,30;170,30|100,-80;100,80", pathStyles="0xff0000,3,1", **view)
    assert all(is_near(line[150, column], RED, 8) for column in range(0, 300, 7))
    assert all(is_near(line[row, 150], RED, 8) for row in range(0, 250, 7))
    area = maps(paths="10,-80;170,-80;170,30;10,30", pathStyles="0x0000ff,1,1,0x00ff00", **view)
    assert tuple(area[20, 20]) != GREEN == tuple(area[200, 20])
    slanting = maps(**view | {"center": "100,32.5"}, paths="10,10;170,50;170,49;10,9", pathStyles="0xff0000,3,1")
    rows, columns = where(slanting[:260], RED, 8)
    assert np.abs((rows - 150) + (columns - 150) / 4).max() < 4, "it rises by 40 degrees on 160"
    assert {0, 299} <= set(columns)
    around = ";".join(["0,50;120,10;-120,40"] * 90)
    often = maps(paths=f"100,20;100,30;{around}", pathStyles="0xff0000,3,1", **view)
    assert is_near(often[250, 150], RED, 8)
    assert len(where(often, RED)[0]) < 3000, "ninety times around the world, ten thousand million pixels, all elsewhere"


def test_a_line_over_the_antimeridian_takes_the_short_way(maps):
    line = maps(
        center="180,0", zoom=3, width=900, height=200, layers="img_c", paths="170,0;-170,0", pathStyles="0xff0000"
    )
    _rows, columns = where(line, RED, 0)
    assert abs(columns.min() - (450 - 10 / (360 / 2048))) < 6 > abs(columns.max() - (450 + 10 / (360 / 2048)))
