"""Input that no product can be made of: one line that names the file, the place, the rule and what to do."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from tianlake.build.job import Job
from tianlake.build.raster.build import build_raster
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import ClipStep, Raster, RasterClass, Source, Tiles
from tianlake.lake.words import Bounds, Text

SMALL = np.arange(100, dtype=np.uint8).reshape(10, 10)
RECIPE = "nodes/156000000/products/demo.toml"


def message(build, path, raster=None, **more):
    with pytest.raises(LakeError) as caught:
        build(path, raster, **more)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path.parent) not in text
    return text


def test_a_file_that_is_not_there(build, tmp_path):
    expected = "nowhere.tif: there is no such file in the workspace"
    assert message(build, tmp_path / "nowhere.tif") == expected


@pytest.mark.parametrize("content", [b"", b"id,name\n1,x\n", b"II*\0\x08\0\0\0"])
def test_a_file_that_is_no_raster(build, tmp_path, content):
    path = tmp_path / "odd.tif"
    path.write_bytes(content)
    assert message(build, path).startswith("odd.tif: cannot be read as a raster: ")


def test_a_file_that_was_cut_short(build, koppen, tmp_path):
    path = tmp_path / "short.tif"
    path.write_bytes(koppen.read_bytes()[:3_000_000])
    assert message(build, path).startswith("short.tif: ")


def test_damaged_bytes_inside_a_file_name_the_rows(build, write):
    path = write(np.random.default_rng(1).integers(0, 255, (2000, 1000)).astype("uint8"), compress="deflate")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = bytes(5000)
    path.write_bytes(data)
    assert message(build, path).startswith("source.tif: rows 512 to 1023: the file is damaged, fetch it again (")


def test_a_missing_crs(build, write):
    text = message(build, write(SMALL, crs=None))
    assert text == 'source.tif: crs: the file has no CRS; declare it in the recipe, for example crs = "EPSG:4326"'


def test_the_real_file_whose_crs_is_an_ellipsoid_of_1866(build, modis):
    text = message(build, modis)
    assert "crs: unknown, Unknown based on Clarke 1866 ellipsoid is no EPSG code; declare it" in text
    assert 'crs = "EPSG:4326"' in text


@pytest.mark.parametrize(
    ("crs", "rule"),
    [
        ("EPSG:999999", "'EPSG:999999' is no CRS"),
        ("Beijing 54", "'Beijing 54' is no CRS"),
        ("+proj=laea +lat_0=40 +lon_0=105", "is no EPSG code"),
        ("EPSG:4479", "EPSG:4479 is neither geographic nor projected"),
    ],
)
def test_a_declared_crs_that_is_none(build, write, crs, rule):
    assert rule in message(build, write(SMALL), crs=crs)


def test_a_picture_without_a_place(build, write):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = write(SMALL, transform=rasterio.Affine.identity())
    assert message(build, path).startswith("source.tif: has no geographic position")


def test_complex_numbers(build, write):
    text = message(build, write(SMALL.astype("complex64")))
    assert text == "source.tif: band 1: values of type complex64 cannot be published; convert the file"


@pytest.mark.parametrize("box", [Bounds(70, 3, 71, 54), Bounds(116.02, -10, 116.05, -5)])
def test_a_crop_beside_the_file(build, write, box):
    text = message(build, write(SMALL), Raster(bounds=box))
    expected = "no pixel lies in the box; the file reaches from 116, 39.9, 116.1, 40 (W, S, E, N)"
    assert text == f"source.tif: raster.bounds: {expected}"


def test_a_crop_across_the_antimeridian(build, write):
    assert "cannot cross 180°" in message(build, write(SMALL), Raster(bounds=Bounds(170, 3, -170, 54)))


def test_a_file_in_longitudes_from_0_to_360_is_told_to_crop(build, write):
    wide = write(SMALL, transform=from_origin(0, 90, 36, 18))
    assert "reaches beyond -180..180, -90..90 degrees (0, -90, 360, 90: W, S, E, N); crop it" in message(build, wide)
    assert build(wide, Raster(bounds=Bounds(0, -90, 180, 90))).built.bounds == Bounds(0, -90, 180, 90)


def test_no_valid_pixel(build, write):
    text = message(build, write(np.zeros((9, 9), np.uint8), nodata=0))
    assert text == "source.tif: no pixel holds data; check raster.nodata and raster.bounds"


def test_nodata_that_the_type_cannot_hold(build, write):
    assert "raster.nodata -9999 is no value of type uint8" in message(build, write(SMALL), Raster(nodata=-9999))
    assert "raster.nodata 1.5 is no value of type uint8" in message(build, write(SMALL), Raster(nodata=1.5))


def test_nodata_declared_beside_an_alpha_band(build, write):
    grey = write(np.stack([SMALL, SMALL]), colorinterp=[ColorInterp.gray, ColorInterp.alpha])
    assert "remove raster.nodata" in message(build, grey, Raster(nodata=0))


def class_of(value):
    return RasterClass(value, Text("甲", "A"), "#112233")


@pytest.mark.parametrize(
    ("raster", "expected"),
    [
        (Raster(categorical=True), f"{RECIPE}: raster.classes: a categorical raster needs its classes"),
        (Raster(classes=(class_of(1), class_of(1))), f"{RECIPE}: raster.classes: value 1 is declared twice"),
        (Raster(classes=(class_of(300),)), f"{RECIPE}: raster.classes: value 300 is no value of type uint8"),
        (Raster(classes=(class_of(0),)), f"{RECIPE}: raster.classes: value 0 is the nodata value"),
        (Raster(classes=(class_of(1),)), "source.tif: value 2, 3, 4, 5, 6 has no class"),
    ],
)
def test_classes_that_do_not_fit_the_file(build, write, raster, expected):
    assert message(build, write(SMALL, nodata=0), raster).startswith(expected)


def test_classes_of_a_file_with_three_bands(build, write):
    text = message(build, write(np.stack([SMALL] * 3)), Raster(classes=(class_of(1),)))
    assert text.startswith(f"{RECIPE}: raster: classes need one band of whole numbers; the file has 3 of uint8")


def test_a_lowest_zoom_above_the_highest(build, write):
    text = message(build, write(SMALL), tiles=Tiles(min_zoom=9, max_zoom=4))
    assert text == f"{RECIPE}: tiles.min_zoom: 9 is above the highest zoom 4 of WebMercatorQuad"


@pytest.mark.parametrize(
    ("sources", "steps", "expected"),
    [
        ((Source("a.tif"),), (ClipStep("clip", "b.geojson"),), f"{RECIPE}: steps: a raster product takes no steps"),
    ],
)
def test_what_a_raster_recipe_cannot_ask_for(build, write, sources, steps, expected):
    made = build(write(SMALL))
    wanted = type(made.job.recipe)(made.job.recipe.card, sources, steps)
    job = Job(wanted, "156000000", made.job.root, made.job.out, made.job.scratch)
    with pytest.raises(LakeError, match=r"^nodes/156000000") as caught:
        build_raster(job)
    assert str(caught.value).startswith(expected)
