"""Both matrix sets are what OGC and Tianditu say, and their tiles show the source at the right place."""

import numpy as np
import pytest
import rasterio
from morecantile import Tile, TileMatrixSet, tms
from pmtiles.reader import MmapSource, all_tiles
from pyproj import CRS

from tianlake.build.raster.grid import GRIDS, Block
from tianlake.lake.matrix_sets import CGCS2000, WEB_MERCATOR
from tianlake.lake.recipes import Tiles
from tianlake.lake.words import Bounds

SCALES = {1: 279541132.014, 5: 17471320.751, 8: 2183915.094, 10: 545978.773, 12: 136494.693, 18: 2132.7296}
"""Level → OGC scale denominator of Tianditu's `c`, from its published level tables."""


def test_the_web_mercator_document_is_the_registered_one():
    ours = TileMatrixSet.model_validate(WEB_MERCATOR.document())
    theirs = tms.get("WebMercatorQuad")
    assert (ours.id, ours.uri, ours.orderedAxes) == (theirs.id, theirs.uri, theirs.orderedAxes)
    assert ours.wellKnownScaleSet == theirs.wellKnownScaleSet
    for zoom in range(WEB_MERCATOR.lowest, 23):
        assert ours.matrix(zoom).matrixWidth == theirs.matrix(zoom).matrixWidth
        assert ours.matrix(zoom).scaleDenominator == pytest.approx(theirs.matrix(zoom).scaleDenominator, rel=1e-12)
        assert ours.matrix(zoom).pointOfOrigin == pytest.approx(theirs.matrix(zoom).pointOfOrigin)


def test_the_c_document_says_latitude_first_as_its_crs_does():
    document = CGCS2000.document()
    assert document["crs"] == "http://www.opengis.net/def/crs/EPSG/0/4490"
    assert [axis.abbrev for axis in CRS.from_epsg(4490).axis_info] == document["orderedAxes"]
    assert all(matrix["pointOfOrigin"] == [90, -180] for matrix in document["tileMatrices"])
    assert all(matrix["cornerOfOrigin"] == "topLeft" for matrix in document["tileMatrices"])


@pytest.mark.parametrize(("zoom", "scale"), SCALES.items())
def test_a_c_level_has_tianditus_scale_and_size(zoom, scale):
    matrix = TileMatrixSet.model_validate(CGCS2000.document()).matrix(zoom)
    assert matrix.scaleDenominator == pytest.approx(scale, rel=1e-8)
    assert (matrix.matrixWidth, matrix.matrixHeight) == (2**zoom, 2 ** (zoom - 1))


def test_c_starts_at_level_1_and_reaches_beyond_tianditus_18():
    levels = [int(matrix["id"]) for matrix in CGCS2000.document()["tileMatrices"]]
    assert levels == list(range(1, 23))


@pytest.mark.parametrize("zoom", [1, 2, 5, 13, 18])
@pytest.mark.parametrize("place", [(116.391, 39.907), (73.5, 53.5), (-179.99, -89.9), (135.1, 3.4)])
def test_a_c_tile_is_the_one_of_tianditus_formula_and_of_morecantile(place, zoom):
    lon, lat = place
    x, y = int((lon + 180) / 360 * 2**zoom), int((90 - lat) / 180 * 2 ** (zoom - 1))
    found = TileMatrixSet.model_validate(CGCS2000.document()).tile(lon, lat, zoom)
    assert (found.x, found.y) == (x, y)
    west, south, east, north = CGCS2000.bounds(zoom, x, y)
    assert west <= lon < east
    assert south < lat <= north
    # Level z is level z - 1 of the registered set over the same degrees.
    same = tms.get("WorldCRS84Quad").xy_bounds(Tile(x, y, zoom - 1))
    assert (west, south, east, north) == pytest.approx(tuple(same), abs=1e-9)


@pytest.mark.parametrize("letter", ["w", "c"])
@pytest.mark.parametrize("zoom", [1, 2, 3, 7])
def test_blocks_cover_exactly_the_tiles_that_morecantile_finds(letter, zoom):
    bounds = Bounds(73.001, 3.001, 135.999, 53.999)
    grid = GRIDS[letter]
    found = {(block.x + col, block.y + row) for block in grid.blocks(bounds, zoom) for _id, col, row in block.tiles()}
    wanted = TileMatrixSet.model_validate(grid.matrix_set.document()).tiles(
        bounds.west, bounds.south, bounds.east, bounds.north, zooms=zoom
    )
    tiles = {(tile.x, tile.y) for tile in wanted}
    assert tiles <= found
    assert len(found) <= max(16, 4 * len(tiles))


@pytest.mark.parametrize("letter", ["w", "c"])
def test_a_block_knows_where_it_lies_in_degrees(letter):
    grid = GRIDS[letter]
    document = TileMatrixSet.model_validate(grid.matrix_set.document())
    west, south, east, north = grid.lonlat(Block(6, 48, 20, 4))
    assert (west, north) == pytest.approx(tuple(document.ul(Tile(48, 20, 6))), abs=1e-6)
    assert (east, south) == pytest.approx(tuple(document.ul(Tile(52, 24, 6))), abs=1e-6)


def test_every_c_pixel_at_the_highest_zoom_is_the_source_pixel_under_its_centre(china, rgba, groups):
    zoom, x, y = 7, 105, 18
    cells = (np.arange(256) + 0.5) / 256
    lon = (x + cells) / 2**zoom * 360 - 180
    lat = 90 - (y + cells) / 2 ** (zoom - 1) * 180
    cols, rows = (lon - 73) * 120, (54 - lat) * 120
    with rasterio.open(china.cog) as dataset:
        source = dataset.read(1)
    values = source[np.ix_(np.floor(rows).astype(int), np.floor(cols).astype(int))]
    table = np.zeros((6, 4), np.uint8)
    for value, color in groups.items():
        table[value] = (*bytes.fromhex(color[1:]), 255)
    got = rgba(china.tile(zoom, x, y, "c"))
    clear = np.abs(rows % 1 - 0.5)[:, np.newaxis].clip(np.abs(cols % 1 - 0.5)) < 0.49
    assert len(np.unique(values)) > 2
    assert clear.mean() > 0.9
    assert (got == np.moveaxis(table[values], -1, 0)).all(axis=0)[clear].all()


@pytest.mark.parametrize(("lon", "lat"), [(102.0, 15.5), (89.2, 42.9), (113.3, 24.3), (126.6, 45.75), (122.5, 30.0)])
def test_both_archives_show_a_place_in_one_colour(china, rgba, lon, lat):
    grids = {letter: TileMatrixSet.model_validate(grid.matrix_set.document()) for letter, grid in GRIDS.items()}
    shown = set()
    for letter, grid in grids.items():
        for zoom in range(3, china.header(letter)["max_zoom"] + 1):
            tile = grid.tile(lon, lat, zoom)
            box = grid.xy_bounds(tile)
            x, y = grid.xy(lon, lat)
            col = int((x - box.left) / (box.right - box.left) * 256)
            row = int((box.top - y) / (box.top - box.bottom) * 256)
            data = china.tile(zoom, *tile[:2], letter)
            shown.add(None if data is None else tuple(rgba(data)[:, row, col].tolist()))
    assert len({(0, 0, 0, 0) if each is None else each for each in shown}) == 1


def test_a_c_archive_names_its_matrix_set_and_lies_within_its_rows(china):
    metadata, header = china.metadata("c"), china.header("c")
    assert metadata["tile_matrix_set"] == "CGCS2000Quad"
    assert (header["min_zoom"], header["max_zoom"]) == (1, 7)
    assert [header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat")] == [73, 3, 136, 54]
    with china.archive_of("c").open("rb") as file:
        places = [place for place, _data in all_tiles(MmapSource(file))]
    assert all(x < 2**z and y < 2 ** (z - 1) for z, x, y in places)
    facts = china.built.assets[2].facts
    assert (facts.matrix_set, facts.variant, facts.tiles) == ("CGCS2000Quad", "c", len(places))


def test_a_recipe_chooses_the_matrix_sets(build, write):
    path = write(np.arange(3600, dtype=np.uint8).reshape(60, 60) % 200)
    made = build(path, tiles=Tiles(matrix_sets=("c",)))
    assert [each.name for each in made.job.out.glob("*.pmtiles")] == ["demo-c.pmtiles"]


def test_a_raster_of_the_whole_world_has_two_tiles_at_level_1(build, write):
    world = np.tile(np.arange(1, 181, dtype=np.uint8)[:, np.newaxis], (1, 360))
    path = write(world, transform=rasterio.transform.from_origin(-180, 90, 1, 1))
    made = build(path, tiles=Tiles(max_zoom=2))
    with made.archive_of("c").open("rb") as file:
        places = {place for place, _data in all_tiles(MmapSource(file))}
    assert places == {(1, 0, 0), (1, 1, 0)} | {(2, x, y) for x in range(4) for y in range(2)}
