"""Nothing is lost silently: what tiles lack is counted, and the limit of 500 kB costs no tile."""

import gzip
import logging
import random

import geopandas
import pytest
import shapely
from shapely import Point, box
from vector_kit import AREAS, CITIES, LINES, PROVINCES, archive_of, decode, ids_by_layer, make_recipe, table_facts

from tianlake.build.job import silent
from tianlake.build.vector import tile_cut
from tianlake.build.vector.build import build_vector
from tianlake.build.vector.features import gather
from tianlake.build.vector.mvt import feature_ids
from tianlake.build.vector.tile_join import join_tiles
from tianlake.build.vector.tiles import plan_cut, write_tiles
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Source, Tiles


def cut(job):
    """Cut the tiles of a job alone and return what is said of them, and the features."""
    with connect(threads=2, scratch=job.scratch) as connection:
        features = gather(connection, job, silent)
        plan = plan_cut(connection, features, job)
        return write_tiles(connection, plan, job.out / "sample.pmtiles", lambda _done: None), features


@pytest.fixture
def crowd(tmp_path):
    """40,000 points in one tile of zoom 6, with names that cannot be packed: too many for 500 kB."""
    rng = random.Random(20261126)
    names = [f"{rng.getrandbits(80):x}" for _ in range(40_000)]
    points = [Point(116 + number % 200 / 100, 38.8 + number // 200 / 100) for number in range(40_000)]
    frame = geopandas.GeoDataFrame({"name": names}, geometry=points, crs=4490)
    frame.to_parquet(tmp_path / "crowd.parquet")
    return tmp_path


def test_what_the_highest_zoom_lacks_is_counted_as_another_reader_counts_it(job_of, crowd, caplog):
    job = job_of(make_recipe(Source("crowd.parquet"), tiles=Tiles(min_zoom=5, max_zoom=6)), crowd)
    with caplog.at_level(logging.WARNING):
        report, features = cut(job)
    assert [zoom.zoom for zoom in report.zooms] == [5, 6]
    for zoom in report.zooms:
        found = ids_by_layer(job.out / "sample.pmtiles", zoom.zoom)["sample"]
        assert features.rows - zoom.absent == len(found) < features.rows
    [dropped] = [finding for finding in report.findings if finding.rule == "tiles.dropped"]
    assert (dropped.fate, dropped.count) == ("dropped", report.zooms[-1].absent)
    assert report.zooms[-1].lost["dropped_as_needed"] >= dropped.count
    assert f"{dropped.count} are missing" in caplog.text
    _, _, tiles = archive_of(job.out / "sample.pmtiles")
    for zoom in report.zooms:
        sizes = [len(data) for (level, _, _), data in tiles.items() if level == zoom.zoom]
        assert (len(sizes), sum(sizes), max(sizes)) == (zoom.tiles, zoom.bytes, zoom.largest)
        assert zoom.largest <= 500_000


def test_a_chosen_zoom_is_raised_until_every_feature_is_there(job_of, crowd, monkeypatch):
    monkeypatch.setattr("tianlake.build.vector.tile_plan.POINT_ZOOM", 6)
    monkeypatch.setattr("tianlake.build.vector.tile_plan.ROOMY", 10_000_000)
    job = job_of(make_recipe(Source("crowd.parquet")), crowd)
    report, features = cut(job)
    assert report.zooms[-1].zoom > 6
    assert report.zooms[-1].absent == 0
    assert len(ids_by_layer(job.out / "sample.pmtiles", report.zooms[-1].zoom)["sample"]) == features.rows


def test_rows_of_geoparquet_and_features_of_the_highest_zoom_are_those_of_the_source(job_of):
    sources = [
        Source(PROVINCES, name="boundary", where=LINES),
        Source(PROVINCES, name="province", where=AREAS),
        Source("cpca/resources/adcodes.csv", name="seat", x="longitude", y="latitude", crs="EPSG:4326"),
    ]
    job = job_of(make_recipe(*sources, tiles=Tiles(max_zoom=6)))
    built = build_vector(job)
    provinces = len(geopandas.read_file(job.root / PROVINCES))
    found = ids_by_layer(job.out / "sample.pmtiles", 6)
    assert {layer: len(ids) for layer, ids in found.items()} == {"boundary": 8, "province": provinces - 8, "seat": 3218}
    assert table_facts(built).rows == provinces + 3218 == built.quality.written


def test_sources_choose_the_attributes_and_zooms_of_their_layers(job_of):
    sources = [
        Source(PROVINCES, name="province", where=AREAS, tile_fields=("name",), max_zoom=3),
        Source(CITIES, name="city", where=AREAS, tile_fields=("gb",), min_zoom=3),
    ]
    job = job_of(make_recipe(*sources, tiles=Tiles(max_zoom=4, fields=("name", "gb"))))
    build_vector(job)
    fields: dict[tuple[int, str], set[str]] = {}
    for zoom in (2, 3, 4):
        for each in decode(job.out / "sample.pmtiles", zoom):
            fields.setdefault((zoom, each["tippecanoe"]["layer"]), set()).update(each["properties"])
    assert fields == {(2, "province"): {"name"}, (3, "province"): {"name"}, (3, "city"): {"gb"}, (4, "city"): {"gb"}}
    _, metadata, _ = archive_of(job.out / "sample.pmtiles")
    layers = {layer["id"]: layer for layer in metadata["vector_layers"]}
    assert set(layers["province"]["fields"]) == {"name"}
    assert (layers["city"]["minzoom"], layers["city"]["maxzoom"]) == (3, 4)


def test_options_of_a_source_hold_for_its_layer_alone(job_of):
    plain = Source(PROVINCES, name="a", where=AREAS)
    coarse = Source(PROVINCES, name="b", where=AREAS, options=("--simplification=30",))
    job = job_of(make_recipe(plain, coarse, tiles=Tiles(min_zoom=3, max_zoom=4)))
    build_vector(job)
    vertices = {"a": 0, "b": 0}
    for each in decode(job.out / "sample.pmtiles", 3):
        vertices[each["tippecanoe"]["layer"]] += shapely.get_num_coordinates(shapely.geometry.shape(each["geometry"]))
    assert vertices["b"] < vertices["a"] / 2


def test_no_tile_is_lost_where_layers_are_too_large_together(job_of, crowd):
    cells = geopandas.GeoDataFrame(
        {"code": [f"{number * 2654435761 % 2**32:08x}" for number in range(30_000)]},
        geometry=[
            box(116 + n % 200 / 100, 38.8 + n // 200 / 100, 116.008 + n % 200 / 100, 38.808 + n // 200 / 100)
            for n in range(30_000)
        ],
        crs=4490,
    )
    cells.to_parquet(crowd / "cells.parquet")
    sources = [Source("crowd.parquet", name="point"), Source("cells.parquet", name="cell")]
    sizes = {}
    for number, chosen in enumerate(([sources[0]], [sources[1]], sources)):
        job = job_of(make_recipe(*chosen, tiles=Tiles(min_zoom=6, max_zoom=7)), crowd)
        cut(job)
        sizes[number] = {place: len(data) for place, data in archive_of(job.out / "sample.pmtiles")[2].items()}
    assert any(sizes[0][place] + sizes[1].get(place, 0) > 500_000 for place in sizes[0])
    assert set(sizes[2]) == set(sizes[0]) | set(sizes[1])
    assert max(sizes[2].values()) <= 500_000
    assert set(ids_by_layer(job.out / "sample.pmtiles", 6)) == {"point", "cell"}


def test_a_tile_that_stays_too_large_is_told(job_of, monkeypatch):
    monkeypatch.setattr(tile_cut, "join_archives", lambda _parts, _target: 3)
    seats = Source("cpca/resources/adcodes.csv", name="seat", x="longitude", y="latitude", crs="EPSG:4326")
    job = job_of(make_recipe(Source(PROVINCES, name="area", where=AREAS), seats, tiles=Tiles(max_zoom=0)))
    with pytest.raises(LakeError, match=r"^tiles: 3 stay larger than 500000 bytes; keep fewer fields"):
        cut(job)


def test_ids_of_every_length_are_read_and_what_is_no_tile_is_told():
    ids = [1, 127, 128, 300, 2**32, 2**53 - 1]
    features = b"".join(message(0x12, b"\x18\x01\x12\x02\0\0\x08" + varint(each) + b"\x22\x01\x09") for each in ids)
    layer = message(0x1A, message(0x0A, b"name") + features + b"\x78\x02" + message(0x22, b"\x19" + bytes(8)))
    other = message(0x1A, message(0x12, b"\x08\x07") + message(0x12, b"\x18\x01"))
    tile = join_tiles([gzip.compress(layer), gzip.compress(other)])
    assert feature_ids(tile) == {*ids, 7}
    with pytest.raises(ValueError, match="no vector tile: wire type 3"):
        feature_ids(gzip.compress(b"\x03"))


def varint(number: int) -> bytes:
    parts = []
    while number >= 128:
        parts.append(number % 128 + 128)
        number //= 128
    return bytes([*parts, number])


def message(key: int, body: bytes) -> bytes:
    return bytes([key]) + varint(len(body)) + body
