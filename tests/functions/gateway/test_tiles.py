"""Single tiles, compared with what the reference reader finds in the file."""

from __future__ import annotations

import gzip
import random

import pytest
from gateway_kit import RELEASE_1, Clock, MemoryReader, ask, gateway, generous, pointer, quotas, release
from pmtiles.reader import MemorySource, Reader, all_tiles

from tianlake.functions.gateway.archives import Archives
from tianlake.functions.gateway.node import FRESH_S
from tianlake.functions.gateway.tiles import accepts_gzip
from tianlake.lake.errors import ConflictError

NAME = "places.pmtiles"
OBJECT = f"releases/places/{RELEASE_1}/{NAME}"


def reader_of(archive: bytes) -> MemoryReader:
    return MemoryReader(release(RELEASE_1, {NAME: archive}) | pointer(RELEASE_1))


@pytest.fixture(scope="module")
def vectors(provinces):
    return provinces.read_bytes()


@pytest.fixture(scope="module")
def images(pictures):
    return pictures.read_bytes()


def test_every_tile_of_the_provinces_is_served_as_it_lies_in_the_archive(vectors):
    reader = reader_of(vectors)
    reader.objects |= quotas(generous())
    app = gateway(reader)
    count = 0
    for (z, x, y), stored in all_tiles(MemorySource(vectors)):
        packed = ask(app, f"/tiles/places/{z}/{x}/{y}.mvt", accept_encoding="gzip, br")
        assert packed.body == stored
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        plain = ask(app, f"/tiles/places/{z}/{x}/{y}.pbf", accept_encoding="identity")
        assert plain.body == gzip.decompress(stored)
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != packed.headers["etag"]
        assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
        count += 1
    assert count > 100


def test_tiles_behind_leaf_directories_are_found(many):
    archive = many.read_bytes()
    reference = Reader(MemorySource(archive))
    assert reference.header()["leaf_directory_length"] > 0, "the archive has no leaves to be tested with"
    app = gateway(reader_of(archive))
    for x, y in random.Random(5).sample([(x, y) for x in range(200) for y in range(150)], 60):
        assert ask(app, f"/tiles/places/8/{x}/{y}.mvt", accept_encoding="gzip").body == reference.get(8, x, y)
    assert ask(app, "/tiles/places/8/200/0.mvt").status == 204


def test_pictures_are_served_as_they_are(images):
    app = gateway(reader_of(images))
    answer = ask(app, "/tiles/places/3/5/2.png", accept_encoding="gzip")
    assert answer.body == Reader(MemorySource(images)).get(3, 5, 2)
    assert answer.body.startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "image/png"
    assert not {"content-encoding", "vary"} & set(answer.headers)
    assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"


@pytest.mark.parametrize(
    ("tile", "status"),
    [
        ("2/2/0.png", 200),
        ("2/0/0.png", 204),  # within the zooms, but nothing there
        ("3/0/7.png", 204),
        ("1/0/0.png", 404),  # outside the zooms
        ("4/0/0.png", 404),
        ("2/4/0.png", 404),  # outside the matrix
        ("2/0/4.png", 404),
        ("3/999999999/0.png", 404),
        ("2/2/0.webp", 404),  # another format
        ("2/2/0.mvt", 404),
        ("99/0/0.png", 404),
    ],
)
def test_what_is_not_there_is_empty_within_the_archive_and_missing_outside(images, tile, status):
    answer = ask(gateway(reader_of(images)), f"/tiles/places/{tile}")
    assert answer.status == status
    if status == 204:
        assert answer.body == b""
        assert "content-length" not in answer.headers
    if status == 404:
        assert answer.document["code"] == "not-found"
        assert len(answer.body) < 300


def test_a_tile_can_be_revalidated_without_reading_it(vectors):
    reader = reader_of(vectors)
    app = gateway(reader)
    tag = ask(app, "/tiles/places/3/6/3.mvt", accept_encoding="gzip").headers["etag"]
    reader.streams.clear()
    assert ask(app, "/tiles/places/3/6/3.mvt", accept_encoding="gzip", if_none_match=tag).status == 304
    assert not reader.streams
    assert ask(app, "/tiles/places/3/6/3.mvt", "HEAD", accept_encoding="gzip").headers["etag"] == tag
    assert not reader.streams


def test_with_cached_directories_a_tile_is_one_read_of_just_its_bytes(many):
    archive = many.read_bytes()
    reader = reader_of(archive)
    app = gateway(reader)
    ask(app, "/tiles/places/8/7/7.mvt", accept_encoding="gzip")
    reader.streams.clear()
    answer = ask(app, "/tiles/places/8/7/8.mvt", accept_encoding="gzip")
    [(key, span)] = reader.streams
    assert span is not None
    assert (key, span.length) == (OBJECT, len(answer.body))


def test_a_replaced_archive_is_opened_anew(vectors, images):
    reader, clock = reader_of(images), Clock()
    app = gateway(reader, clock)
    assert ask(app, "/tiles/places/3/5/2.png").status == 200
    reader.objects[OBJECT] = vectors
    clock.now += FRESH_S
    assert ask(app, "/tiles/places/3/6/3.mvt").status == 200
    assert ask(app, "/tiles/places/3/5/2.png").status == 404


def test_leaf_directories_of_a_replaced_archive_are_read_anew(many, others):
    old, new = many.read_bytes(), others.read_bytes()
    reader, clock = reader_of(old), Clock()
    app = gateway(reader, clock)
    for archive in (old, new):
        reader.objects[OBJECT] = archive
        answer = ask(app, "/tiles/places/8/7/7.mvt", accept_encoding="gzip")
        assert answer.body == Reader(MemorySource(archive)).get(8, 7, 7)
        clock.now += FRESH_S


def test_a_tile_replaced_under_the_request_is_looked_for_again(vectors):
    reader = reader_of(vectors)
    app = gateway(reader)
    ask(app, "/tiles/places/3/6/3.mvt")
    reader.faults = [ConflictError("replaced")]
    assert ask(app, "/tiles/places/3/6/3.mvt").status == 200


def test_memory_for_directories_is_bounded(many):
    archive = many.read_bytes()
    reference = Reader(MemorySource(archive))
    app = gateway(reader_of(archive))
    app._archives = Archives(max_entries=5000)  # one leaf of 4096 entries at most
    for x, y in [(1, 1), (150, 140), (60, 100), (1, 1)]:
        assert ask(app, f"/tiles/places/8/{x}/{y}.mvt", accept_encoding="gzip").body == reference.get(8, x, y)
    assert app._archives._leaves.currsize <= 5000
    app._archives = Archives(max_entries=10)  # no leaf fits: nothing is kept, and all is served
    assert ask(app, "/tiles/places/8/1/1.mvt", accept_encoding="gzip").body == reference.get(8, 1, 1)


@pytest.mark.parametrize("spoilt", [b"", b"no archive at all", b"PMTiles\x02" + bytes(120), b"PMTiles\x03"])
def test_what_is_no_archive_is_our_error_and_said_in_the_log(spoilt, caplog):
    assert ask(gateway(reader_of(spoilt)), "/tiles/places/0/0/0.mvt").status == 500
    assert "is no PMTiles v3 archive" in caplog.text


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=x", False),
        ("", False),
        (None, False),
    ],
)
def test_gzip_is_sent_to_those_who_ask_for_it(header, wanted):
    assert accepts_gzip(header) is wanted
