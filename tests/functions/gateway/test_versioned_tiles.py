"""Tiles under the address of their release: kept by caches for good, and gone when the release is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gateway_kit import CARD, RELEASE_1, RELEASE_2, Clock, MemoryReader, ask, gateway, pointer, release
from layers_kit import FACTS, archive, colour, lake, picture, tiles_of

from tianlake.functions.gateway.node import FRESH_S
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError

TILE = "4/13/6.jpg"
OLD = f"/tiles/imagery/{RELEASE_1}/{TILE}"
NEW = f"/tiles/imagery/{RELEASE_2}/{TILE}"
TOMBSTONE = keys.release_file("imagery", RELEASE_1, keys.TOMBSTONE)
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return lake(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """Return the objects of another release of the imagery, and one of its tiles."""
    name = "imagery.pmtiles"
    tiles = tiles_of(FACTS[name]) | {(4, 13, 6): picture("JPEG", colour(1, 2, 3))}
    body = archive(tmp_path_factory.mktemp("second") / name, tiles, FACTS[name])
    return release(RELEASE_2, {name: body}, card=replace(CARD, id="imagery"), tiles=FACTS), tiles[4, 13, 6]


@pytest.fixture
def reader(made):
    return MemoryReader(made[0])


@pytest.mark.parametrize(
    ("address", "name", "zxy"),
    [
        (TILE, "imagery.pmtiles", (4, 13, 6)),
        ("c/4/13/2.jpg", "imagery-c.pmtiles", (4, 13, 2)),
        ("terrain-rgb/2/3/1.png", "imagery-terrain-rgb.pmtiles", (2, 3, 1)),
    ],
)
def test_a_tile_of_a_release_is_that_of_its_archive_and_may_be_kept_for_good(made, reader, address, name, zxy):
    app = gateway(reader)
    answer = ask(app, f"/tiles/imagery/{RELEASE_1}/{address}")
    assert (answer.status, answer.body) == (200, made[1][name][zxy])
    assert answer.headers["cache-control"] == IMMUTABLE
    assert ask(app, f"/tiles/imagery/{RELEASE_1}/{address}", if_none_match=answer.headers["etag"]).status == 304
    unversioned = ask(app, f"/tiles/imagery/{address}")
    assert (unversioned.body, unversioned.headers["etag"]) == (answer.body, answer.headers["etag"])
    assert unversioned.headers["cache-control"] == "public, max-age=60, must-revalidate"


def test_a_tile_json_leads_to_the_tiles_of_the_release_that_is_current(made, reader, second):
    clock = Clock()
    app = gateway(reader, clock)
    seen = {}
    for current in (RELEASE_1, RELEASE_2, RELEASE_1):  # published, and rolled back
        reader.objects |= second[0] | pointer(current, "imagery")
        clock.now += FRESH_S
        answer = ask(app, "/tiles/imagery.json")
        assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
        [url] = answer.document["tiles"]
        assert url == f"http://lake.test:8765/tiles/imagery/{current}/{{z}}/{{x}}/{{y}}.jpg"
        address = url.removeprefix("http://lake.test:8765").replace("{z}/{x}/{y}", "4/13/6")
        seen[current] = ask(app, address).body
    assert seen == {RELEASE_1: made[1]["imagery.pmtiles"][4, 13, 6], RELEASE_2: second[1]}


def test_pages_opened_before_a_release_keep_their_tiles(made, reader, second):
    reader.objects |= second[0] | pointer(RELEASE_2, "imagery")
    app = gateway(reader)
    assert ask(app, OLD).body == made[1]["imagery.pmtiles"][4, 13, 6]
    assert ask(app, NEW).body == second[1] != ask(app, OLD).body
    assert ask(app, f"/tiles/imagery/{TILE}").body == second[1]


def test_a_withdrawn_release_is_gone_within_a_second_even_where_its_files_are_left(reader):
    clock = Clock()
    app = gateway(reader, clock)
    assert ask(app, OLD).status == 200
    reader.objects[TOMBSTONE] = b"{}"  # a withdrawal that died before it deleted the files
    clock.now += FRESH_S
    assert ask(app, OLD).status == 404


def test_a_release_whose_files_went_away_is_gone(reader):
    clock = Clock()
    app = gateway(reader, clock)
    assert ask(app, OLD).status == 200
    del reader.objects[keys.release_file("imagery", RELEASE_1, "imagery.pmtiles")]
    clock.now += FRESH_S
    assert ask(app, OLD).status == 404


def test_a_release_without_its_manifest_is_none(reader, second):
    reader.objects |= second[0] | pointer(RELEASE_2, "imagery")
    del reader.objects[keys.release_file("imagery", RELEASE_1, keys.MANIFEST)]
    assert ask(gateway(reader), OLD).status == 404


@pytest.mark.parametrize(
    "address",
    [
        f"/tiles/imagery/{RELEASE_2}/{TILE}",
        f"/tiles/nothing/{RELEASE_1}/{TILE}",
        f"/tiles/imagery/{RELEASE_1}/4/13/6.png",
        f"/tiles/imagery/{RELEASE_1}/5/13/6.jpg",
        f"/tiles/imagery/{RELEASE_1}/nothing/4/13/6.jpg",
    ],
)
def test_what_a_release_does_not_have(reader, address):
    assert ask(gateway(reader), address).status == 404


def test_with_what_is_remembered_a_tile_of_a_release_is_one_read(reader):
    app = gateway(reader)
    ask(app, OLD)
    reader.heads.clear()
    reader.streams.clear()
    assert ask(app, f"/tiles/imagery/{RELEASE_1}/4/12/6.jpg").status == 200
    assert (len(reader.heads), len(reader.streams)) == (0, 1)


def test_an_archive_replaced_under_the_request_is_looked_for_again(reader):
    app = gateway(reader)
    ask(app, OLD)
    reader.faults = [ConflictError("replaced")]
    assert ask(app, OLD).status == 200
