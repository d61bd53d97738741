"""What a build says of its files is what an independent look finds in them."""

import math

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from tianlake.build.raster.build import build_raster
from tianlake.lake.recipes import Raster
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import Asset, Quality
from tianlake.lake.words import Bounds


def test_the_facts_of_the_real_crop(china, classes, groups):
    facts = china.facts
    with rasterio.open(china.cog) as dataset:
        data = dataset.read(1)
        valid = dataset.dataset_mask() > 0
        assert (facts.width, facts.height) == (dataset.width, dataset.height)
        assert facts.transform == tuple(dataset.transform)[:6]
    assert facts.bounds == china.built.bounds == Bounds(73, 3, 136, 54)
    assert facts.crs == "EPSG:4490"
    [band] = facts.bands
    assert (band.data_type, band.nodata) == ("uint8", 0)
    assert (band.minimum, band.maximum) == (data[valid].min(), data[valid].max())
    assert facts.classes == classes(groups)
    assert shapely.box(73, 3, 136, 54).covers(shapely.Polygon(facts.footprint))
    assert china.built.quality == Quality()  # counts features; a raster has none


@pytest.mark.parametrize("lat", [0.0, 39.9, -80.0])
def test_the_ground_sample_distance_is_the_side_of_the_middle_pixel_in_metres(build, write, lat):
    facts = build(write(np.ones((10, 10), np.int16), transform=from_origin(10, lat + 0.05, 0.01, 0.01))).facts
    # One degree is 111.32 km of equator, and 110.57 to 111.69 km of meridian.
    across, along = 1113.2 * math.cos(math.radians(lat)), 1111.3
    assert facts.gsd_m == pytest.approx(math.sqrt(across * along), rel=0.006)


def test_extremes_are_those_of_every_pixel_not_of_an_overview(build, write):
    data = np.full((1500, 1500), 10, np.int16)
    data[777, 1333], data[3, 4], data[9, 9] = 32000, -32000, -32768
    [band] = build(write(data, nodata=-32768)).facts.bands
    assert (band.minimum, band.maximum, band.nodata) == (-32000, 32000, -32768)


def test_records_of_assets_survive_json(build, write):
    data = np.array([[np.nan, 1.5], [2, 3]], np.float32)
    for asset in build(write(data)).built.assets:
        text = dump_record(asset)
        assert parse_record(Asset, text, file="asset") == asset
        assert dump_record(parse_record(Asset, text, file="asset")) == text


def test_assets_are_named_hashed_and_titled_in_both_languages(china):
    described = [(each.name, each.role, each.media_type) for each in china.built.assets]
    assert described == [
        ("demo.tif", "data", "image/tiff; application=geotiff; profile=cloud-optimized"),
        ("demo.pmtiles", "visual", "application/vnd.pmtiles"),
        ("demo-c.pmtiles", "visual", "application/vnd.pmtiles"),
        ("thumbnail.png", "thumbnail", "image/png"),
        ("quality.json", "metadata", "application/json"),
        ("quality.html", "metadata", "text/html"),
    ]
    for asset in china.built.assets:
        assert asset.size == (china.job.out / asset.name).stat().st_size
        assert asset.title.zh != asset.title.en


def test_the_same_input_gives_the_same_bytes_whatever_the_number_of_processes(build, koppen, classes, groups):
    raster = Raster(bounds=Bounds(113.4, 36.0, 119.9, 42.7), categorical=True, classes=classes(groups))
    alone, shared = (build(koppen, raster, jobs=jobs).built.assets for jobs in (1, 2))
    assert [each.sha256 for each in alone] == [each.sha256 for each in shared]


def test_each_step_is_told_to_the_end(build, write, tmp_path):
    made = build(write(np.ones((1200, 900), np.int16)))
    told = {}

    class Bar:
        def __init__(self, step, total=None):
            self.step, self.total, self.done = step, total, 0

        def __enter__(self):
            return self.advance

        def advance(self, done):
            self.done += done

        def __exit__(self, *_error):
            told[self.step.en] = (self.total, self.done)

    for each in made.job.out.iterdir():
        each.unlink()
    build_raster(made.job, Bar)
    assert list(told) == [
        "Read the raster",
        "Write the COG",
        "Read back the raster",
        "Cut the tiles (w)",
        "Cut the tiles (c)",
        "Thumbnail",
    ]
    assert told["Read the raster"] == (1200, 1200)
    assert told["Cut the tiles (w)"][0] == told["Cut the tiles (w)"][1] > 0
    assert told["Cut the tiles (c)"][0] == told["Cut the tiles (c)"][1] > 0
