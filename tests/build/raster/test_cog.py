"""The COG holds the source's pixels, in CGCS2000, and nothing else of the source."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_validate

from tianlake.lake.recipes import Raster
from tianlake.lake.words import Bounds

RGBA = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]

NOISE = np.random.default_rng(20261123)


def written(made):
    with rasterio.open(made.cog) as dataset:
        return dataset.read(), dataset.profile


def test_a_crop_of_the_global_file_keeps_every_pixel_and_changes_only_the_name_of_the_crs(china, koppen):
    # 73°E 54°N is column 30360, row 4320 of 30 arc seconds.
    with rasterio.open(koppen) as source:
        expected = source.read(1, window=Window(30360, 4320, 7560, 6120))
    data, profile = written(china)
    assert (data[0] == expected).all()
    assert profile["crs"].to_epsg() == 4490
    assert profile["transform"].almost_equals(from_origin(73, 54, 1 / 120, 1 / 120), precision=1e-9)
    assert (profile["nodata"], profile["dtype"]) == (0, "uint8")


def test_rio_cogeo_finds_no_error_and_no_warning(china):
    assert cog_validate(china.cog, strict=True, quiet=True) == (True, [], [])
    rio = Path(sys.executable).with_name("rio")
    done = subprocess.run(
        [rio, "cogeo", "validate", "--strict", china.cog], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "is a valid cloud optimized GeoTIFF" in done.stdout) == (0, True), done.stderr


def test_blocks_are_512_and_overviews_reach_down_to_one_block(china):
    with rasterio.open(china.cog) as dataset:
        assert dataset.block_shapes == [(512, 512)]
        assert dataset.overviews(1) == [2, 4, 8, 16]
        assert dataset.compression.name == "deflate"


def test_overviews_of_classes_hold_classes_that_are_there(china):
    with rasterio.open(china.cog) as dataset:
        full = dataset.read(1)
    with rasterio.open(china.cog, overview_level=1) as overview:
        coarse = overview.read(1)
    cells = full.reshape(1530, 4, 1890, 4).transpose(0, 2, 1, 3).reshape(1530, 1890, 16)
    assert (cells == coarse[..., np.newaxis]).any(axis=2).all()


def test_overviews_of_amounts_are_averages(build, write):
    made = build(write(NOISE.uniform(0, 100, (1024, 1024)).astype("float32")))
    with rasterio.open(made.cog) as dataset:
        full = dataset.read(1)
    with rasterio.open(made.cog, overview_level=0) as overview:
        coarse = overview.read(1)
    assert np.allclose(coarse, full.reshape(512, 2, 512, 2).mean(axis=(1, 3)), atol=1e-3)


def test_class_colours_are_the_colour_table_that_qgis_draws(china):
    with rasterio.open(china.cog) as dataset:
        assert dataset.colorinterp == (ColorInterp.palette,)
        table = dataset.colormap(1)
    assert [table[value][:3] for value in (1, 5)] == [(0x2C, 0x7F, 0xB8), (0xA6, 0xBD, 0xDB)]


def test_a_palette_in_the_file_makes_it_categorical(build, write):
    colormap = {3: (255, 0, 0, 255), 7: (0, 0, 255, 255)}
    data = NOISE.choice(np.array([3, 7], np.uint8), (700, 700))
    made = build(write(data, colormap=colormap))
    with rasterio.open(made.cog) as dataset:
        assert (dataset.colormap(1)[3], dataset.colormap(1)[7]) == (colormap[3], colormap[7])
    with rasterio.open(made.cog, overview_level=0) as overview:
        assert set(np.unique(overview.read(1))) == {3, 7}


def test_nothing_of_the_machine_and_no_tag_of_the_source_is_in_the_file(build, write):
    tags = {"TIFFTAG_ARTIST": "Zhang San", "TIFFTAG_DOCUMENTNAME": "C:\\Users\\zhang\\a.tif", "HISTORY": "gdalwarp"}
    made = build(write(NOISE.integers(0, 9, (60, 60)).astype("int16"), tags=tags))
    data = made.cog.read_bytes()
    for word in (b"Zhang", b"C:\\", b"gdalwarp", b"source.tif", str(made.job.root).encode(), b"scratch", b"plain"):
        assert word not in data
    with rasterio.open(made.cog) as dataset:
        assert set(dataset.tags()) == {"AREA_OR_POINT"}


def test_a_build_leaves_its_assets_and_no_sidecar_or_scratch_file(build, write):
    path = write(NOISE.integers(0, 9, (60, 60)).astype("int16"))
    made = build(path)
    reports = ["quality.html", "quality.json"]
    found = sorted(each.name for each in made.job.out.iterdir())
    assert found == ["demo-c.pmtiles", "demo.pmtiles", "demo.tif", *reports, "thumbnail.png"]
    assert list(made.job.scratch.iterdir()) == []
    assert [each.name for each in path.parent.iterdir()] == ["source.tif"]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", "uint32", "int32", "int64", "float32", "float64"])
def test_every_number_type_keeps_its_values(build, write, dtype):
    data = NOISE.integers(-100 if dtype[0] != "u" else 0, 100, (40, 50)).astype(dtype)
    got, profile = written(build(write(data)))
    assert profile["dtype"] == dtype
    assert (got[0] == data).all()


def test_declared_nodata_overrides_the_one_in_the_file(build, write):
    data = np.array([[0, 1], [2, 255]], np.uint8)
    made = build(write(data, nodata=0), Raster(nodata=255))
    with rasterio.open(made.cog) as dataset:
        assert dataset.nodata == 255
        assert dataset.dataset_mask().tolist() == [[255, 255], [255, 0]]
    assert (made.facts.bands[0].minimum, made.facts.bands[0].maximum) == (0, 2)


def test_a_nodata_value_that_no_pixel_can_have_marks_nothing(build, write):
    path = write(np.array([[0, 1], [2, 255]], np.uint8), nodata=None)
    # GDAL reads it from the tag GDAL_NODATA; rasterio refuses to write such a file, GDAL's VRT does not.
    vrt = path.with_suffix(".vrt")
    vrt.write_text(
        '<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>116, 0.01, 0, 40, 0, -0.01</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><NoDataValue>-9999</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">source.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with rasterio.open(build(vrt).cog) as dataset:
        assert dataset.nodata is None
        assert (dataset.dataset_mask() == 255).all()


def test_nan_is_missing_in_floats_whatever_the_nodata_value_is(build, write):
    data = np.array([[1, np.nan], [-9999, 4]], np.float32)
    with rasterio.open(build(write(data, nodata=-9999)).cog) as dataset:
        assert (dataset.nodata, dataset.read(1).tolist()) == (-9999, [[1, -9999], [-9999, 4]])
    with rasterio.open(build(write(data, "other.tif")).cog) as dataset:
        assert math.isnan(dataset.nodata)
        assert dataset.dataset_mask().tolist() == [[255, 0], [255, 255]]


def test_a_declared_nodata_leaves_the_values_of_the_wrong_one_alone(build, write):
    data = np.array([[0.0, 1.0], [2.0, -1.0]], np.float32)
    with rasterio.open(build(write(data, nodata=0), Raster(nodata=-1)).cog) as dataset:
        assert dataset.read(1).tolist() == data.tolist()


def test_an_alpha_band_stays(build, write):
    data = NOISE.integers(0, 255, (4, 30, 30)).astype("uint8")
    data[3] = np.where(np.arange(30) < 10, 0, 255)
    made = build(write(data, photometric="RGB", colorinterp=RGBA))
    with rasterio.open(made.cog) as dataset:
        assert dataset.colorinterp[3] is ColorInterp.alpha
        assert (dataset.read() == data).all()
        assert (dataset.dataset_mask() == data[3]).all()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_an_internal_mask_still_masks(build, write, dtype):
    data = NOISE.integers(1, 255, (30, 600)).astype(dtype)
    mask = np.where(np.arange(600) < 500, 255, 0) * np.ones((30, 1))
    made = build(write(data, mask=mask.astype("uint8")))
    with rasterio.open(made.cog) as dataset:
        assert (dataset.dataset_mask() == mask).all()
        assert (dataset.read(1)[mask > 0] == data[mask > 0]).all()
    assert cog_validate(made.cog, strict=True, quiet=True)[0]


def test_pixels_that_are_not_square_stay_so(build, write):
    data = NOISE.integers(0, 9, (20, 30)).astype("int16")
    got, profile = written(build(write(data, transform=from_origin(116, 40, 0.02, 0.005))))
    assert (got[0] == data).all()
    assert (profile["transform"].a, profile["transform"].e) == (0.02, -0.005)


def test_a_raster_in_the_southern_and_western_hemisphere_stays_there(build, write):
    data = NOISE.integers(0, 9, (20, 30)).astype("int16")
    made = build(write(data, transform=from_origin(-70.5, -33.1, 0.01, 0.01)))
    assert made.built.bounds == Bounds(-70.5, -33.3, -70.2, -33.1)
    assert (written(made)[0][0] == data).all()


def test_a_raster_that_stands_on_its_head_is_turned_over_pixel_by_pixel(build, write):
    data = NOISE.integers(1, 9, (20, 30)).astype("int16")
    made = build(write(data, transform=Affine(0.01, 0, 116, 0, 0.01, 39)))
    got, profile = written(made)
    assert profile["transform"].almost_equals(from_origin(116, 39.2, 0.01, 0.01))
    assert (got[0] == data[::-1]).all()


def test_a_rotated_grid_is_straightened_and_its_corners_are_empty(build, write):
    data = np.full((100, 100), 7, np.uint8)
    grid = Affine.translation(116, 40) @ Affine.rotation(-30) @ Affine.scale(0.01, -0.01)
    made = build(write(data, transform=grid))
    with rasterio.open(made.cog) as dataset:
        assert (dataset.transform.b, dataset.transform.d) == (0, 0)
        for col, row in ((5, 5), (50, 50), (95, 50)):
            assert next(dataset.sample([grid @ (col, row)]))[0] == 7
        assert dataset.dataset_mask()[0, -1] == 0


def test_projected_cgcs2000_with_a_zone_number_comes_to_the_right_degrees(build, write):
    # EPSG:4527, zone 39: the easting 39,500,000 is the central meridian 117°E.
    data = np.zeros((400, 400), np.uint8)
    data[100:200, 250:350] = 1
    path = write(data, crs="EPSG:4527", transform=from_origin(39_480_000, 4_420_000, 100, 100), nodata=255)
    made = build(path, Raster(categorical=False))
    east, north = 39_480_000 + 300 * 100, 4_420_000 - 150 * 100
    lon, lat = Transformer.from_crs(4527, 4490, always_xy=True).transform(east, north)
    with rasterio.open(made.cog) as dataset:
        assert dataset.crs.to_epsg() == 4490
        assert next(dataset.sample([(lon, lat)]))[0] == 1
        assert next(dataset.sample([(lon - 0.1, lat)]))[0] == 0
        # The raster is 40 km square around 117°E 39.7°N, a tenth of a degree is 8.6 km.
        middle = (dataset.bounds.left + dataset.bounds.right) / 2
    assert middle == pytest.approx(117, abs=0.01)


def test_a_declared_crs_replaces_one_that_is_no_epsg_code(build, modis, classes):
    cover = classes({value: f"#{value * 10:02x}4040" for value in range(17)})
    made = build(modis, Raster(bounds=Bounds(73, 3, 136, 54), classes=cover), crs="EPSG:4326")
    with rasterio.open(modis) as source:
        expected = source.read(1, window=Window(5060, 720, 1260, 1020))
    assert (written(made)[0][0] == expected).all()


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((116.02, 39.94, 116.05, 39.97), (116.02, 39.94, 116.05, 39.97)),  # on the grid
        ((116.025, 39.945, 116.045, 39.965), (116.02, 39.94, 116.05, 39.97)),  # pixels that are touched
        ((100, 39.95, 116.05, 60), (116.0, 39.95, 116.05, 40.0)),  # reaching beyond the file
        ((116.0451, 39.9451, 116.0452, 39.9452), (116.04, 39.94, 116.05, 39.95)),  # inside one pixel
    ],
)
def test_a_crop_takes_the_whole_pixels_that_the_box_touches(build, write, box, kept):
    data = np.arange(100, dtype="int16").reshape(10, 10)
    made = build(write(data), Raster(bounds=Bounds(*box)))
    assert made.built.bounds.as_list() == pytest.approx(list(kept), abs=1e-9)
    left, top = round((kept[0] - 116) * 100), round((40 - kept[3]) * 100)
    got = written(made)[0][0]
    assert (got == data[top : top + got.shape[0], left : left + got.shape[1]]).all()


def test_scale_offset_and_unit_stay_because_values_mean_nothing_without_them(build, write):
    path = write(NOISE.integers(0, 9, (20, 30)).astype("int16"))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets, dataset.units = (0.1,), (-273.15,), ("degC",)
    with rasterio.open(build(path).cog) as dataset:
        assert (dataset.scales, dataset.offsets, dataset.units) == ((0.1,), (-273.15,), ("degC",))
