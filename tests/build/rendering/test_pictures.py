"""Pictures of a vector product: what its style draws, where each matrix set has it, the same bytes every time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from picture_kit import GREEN, NAME, SEAT, Level, degree_pixel, drawn_recipe, mercator_pixel
from vector_kit import archive_of, make_job

from tianlake.build.job import Built
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import Pictures
from tianlake.lake.releases import TileFacts
from tianlake.lake.styles import map_style

PIXELS = {"": mercator_pixel, "-c": degree_pixel}


def rgb(color: str) -> tuple[int, int, int]:
    return tuple(bytes.fromhex(color.removeprefix("#")))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def colors(drawn: tuple[Path, Built]) -> dict[str, tuple[int, int, int]]:
    """The colours that the published style names, by layer."""
    folder, _ = drawn
    style = map_style(drawn_recipe(None).card, read_tile_facts(folder / "sample.pmtiles"), "pmtiles://x")
    found = {layer["id"]: layer["paint"] for layer in style["layers"]}
    return {
        "ground": rgb(found["background"]["background-color"]),
        "green": rgb(found["green-area"]["fill-color"]),
    }


@pytest.mark.parametrize("suffix", ["", "-c"])
def test_the_map_is_opaque_and_has_the_colours_of_the_style(drawn, colors, suffix):
    level = Level(drawn[0] / f"sample-map{suffix}.pmtiles", 4)
    west, south, east, north = GREEN
    middle = PIXELS[suffix]((west + east) / 2, (south + north) / 2, 4)
    assert level.at(*middle) == (*colors["green"], 255)
    assert level.at(*PIXELS[suffix](*SEAT, 4)) == (*colors["ground"], 255)
    for tile in level.tiles.values():
        assert tile.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize("suffix", ["", "-c"])
@pytest.mark.parametrize("zoom", [3, 5])
def test_corners_of_an_area_lie_where_the_matrix_set_has_them(drawn, colors, suffix, zoom):
    level = Level(drawn[0] / f"sample-map{suffix}.pmtiles", zoom)
    west, south, east, north = GREEN
    wanted = (*PIXELS[suffix](west, north, zoom), *PIXELS[suffix](east, south, zoom))
    # The edge runs in the middle of its outline, which is neither of both colours.
    inner, outer = level.box(colors["green"]), level.box(colors["ground"], other=True)
    assert [sum(edge) / 2 for edge in zip(inner, outer, strict=True)] == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize("suffix", ["", "-c"])
@pytest.mark.parametrize("zoom", [4, 5])
def test_a_name_stands_on_its_place_in_the_labels_alone(drawn, colors, suffix, zoom):
    x, y = PIXELS[suffix](*SEAT, zoom)
    left, top, right, below = Level(drawn[0] / f"sample-labels{suffix}.pmtiles", zoom).inked()
    assert ((left + right) / 2, (top + below) / 2) == pytest.approx((x, y), abs=3)
    size = below - top
    assert 9 <= size <= 22
    # Chinese letters are as wide as high, in both matrix sets.
    assert right - left == pytest.approx(len(NAME) * size, rel=0.25)
    plain = Level(drawn[0] / f"sample-map{suffix}.pmtiles", zoom)
    assert {plain.at(x, y) for x in range(left, right) for y in range(top, below)} == {(*colors["ground"], 255)}


def test_no_tile_of_names_is_empty(drawn):
    for suffix in PIXELS:
        _, _, tiles = archive_of(drawn[0] / f"sample-map{suffix}.pmtiles")
        _, _, named = archive_of(drawn[0] / f"sample-labels{suffix}.pmtiles")
        assert 0 < len(named) < len(tiles)
        assert set(named) <= set(tiles)
    for zoom in {place[0] for place in named}:
        for tile in Level(drawn[0] / "sample-labels-c.pmtiles", zoom).tiles.values():
            assert tile.getchannel("A").getbbox() is not None


def test_archives_say_what_they_are(drawn):
    folder, built = drawn
    facts = {asset.name: asset.facts for asset in built.assets if isinstance(asset.facts, TileFacts)}
    assert {name: each.variant for name, each in facts.items()} == {
        "sample.pmtiles": "",
        "sample-map.pmtiles": "map",
        "sample-map-c.pmtiles": "map-c",
        "sample-labels.pmtiles": "labels",
        "sample-labels-c.pmtiles": "labels-c",
    }
    for name, each in facts.items():
        header, metadata, tiles = archive_of(folder / name)
        assert each.tiles == header["addressed_tiles_count"] == len(tiles)
        if each.variant:
            assert metadata["tile_matrix_set"] == each.matrix_set
            assert each.matrix_set == ("CGCS2000Quad" if each.variant.endswith("-c") else "WebMercatorQuad")
            assert (each.tile_type, each.tile_size, each.max_zoom) == ("png", 256, 5)
            assert each.bounds.as_list() == pytest.approx([GREEN[0], SEAT[1], GREEN[2], GREEN[3]])
            assert all(y < 2 ** (z - 1) for z, _, y in tiles if each.variant.endswith("-c"))
    assert facts["sample-map.pmtiles"].min_zoom == facts["sample-map-c.pmtiles"].min_zoom == 1
    assert archive_of(folder / "sample-labels.pmtiles")[1]["fonts"]


def test_equal_tiles_are_stored_once(drawn):
    for suffix in PIXELS:
        header, _, tiles = archive_of(drawn[0] / f"sample-map{suffix}.pmtiles")
        assert header["tile_contents_count"] == len({hashlib.sha256(data).digest() for data in tiles.values()})


def test_pictures_are_the_same_bytes_each_time_and_by_any_number_of_processes(drawn, root, tmp_path):
    again = make_job(tmp_path, drawn_recipe(Pictures(max_zoom=5)), root, jobs=1)
    build_vector(again)
    for file in drawn[0].glob("sample-*.pmtiles"):
        assert (again.out / file.name).read_bytes() == file.read_bytes(), file.name


def test_without_pictures_nothing_is_drawn_and_the_vector_tiles_are_the_same(drawn, root, tmp_path):
    plain = make_job(tmp_path, drawn_recipe(None), root)
    built = build_vector(plain)
    assert [asset.name for asset in built.assets if asset.name.endswith(".pmtiles")] == ["sample.pmtiles"]
    assert (plain.out / "sample.pmtiles").read_bytes() == (drawn[0] / "sample.pmtiles").read_bytes()
