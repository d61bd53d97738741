"""What readers see while a publisher works: the old release or the new one, never a mixture."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from gateway_kit import RELEASE_1, RELEASE_2, Clock, MemoryReader, ask, ask_async, gateway, pointer, release

from tianlake.functions.gateway.node import FRESH_S
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Bounds

OLD, NEW = b"old" * 1000, b"new!" * 1000
ALIAS = "/tiles/places.pmtiles"
NAME = "places.pmtiles"
STYLE = "/tiles/places/style.json"


def style(name):
    return {"styles/default.json": f'{{"name":"{name}","sources":{{}}}}'.encode()}


FIRST = release(RELEASE_1, {NAME: OLD, "removed.parquet": b"x", **style("old")})
SECOND = release(RELEASE_2, {NAME: NEW, **style("new")})


@pytest.fixture
def reader():
    return MemoryReader(FIRST | SECOND | pointer(RELEASE_1))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(reader, clock):
    return gateway(reader, clock)


def etag(body):
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def test_an_alias_carries_the_bytes_and_the_etag_of_the_current_release(app):
    alias, itself = ask(app, ALIAS), ask(app, f"/releases/places/{RELEASE_1}/{NAME}")
    assert alias.body == itself.body == OLD
    assert alias.headers["etag"] == itself.headers["etag"] == etag(OLD)


def test_a_release_shows_after_a_second_and_a_rollback_too(app, reader, clock):
    for release_id, wanted in [(RELEASE_2, NEW), (RELEASE_1, OLD)]:
        ask(app, ALIAS)
        reader.objects |= pointer(release_id)
        clock.now += FRESH_S
        assert ask(app, ALIAS).body == wanted


def test_within_a_second_the_store_is_asked_once_whatever_the_load(app, reader, clock):
    ask(app, ALIAS)
    asked = len(reader.heads)
    for _ in range(50):
        ask(app, ALIAS, range="bytes=0-15")
    assert len(reader.heads) == asked
    clock.now += FRESH_S
    ask(app, ALIAS, range="bytes=0-15")
    assert reader.heads[asked:] == [keys.pointer("places"), f"releases/places/{RELEASE_1}/{NAME}"]


def test_a_pointer_that_has_not_moved_is_not_read_again(app, reader, clock):
    ask(app, ALIAS)
    clock.now += FRESH_S
    reader.streams.clear()
    ask(app, ALIAS)
    assert [key for key, _ in reader.streams] == [f"releases/places/{RELEASE_1}/{NAME}"]


def test_ranges_of_two_releases_never_mix_when_the_client_holds_on_to_an_etag(app, reader, clock):
    first = ask(app, ALIAS, range="bytes=0-99")
    reader.objects |= pointer(RELEASE_2)
    clock.now += FRESH_S
    assert ask(app, ALIAS, range="bytes=100-199", if_match=first.headers["etag"]).status == 412
    assert ask(app, ALIAS, range="bytes=100-199", if_range=first.headers["etag"]).body == NEW


def test_a_document_shows_at_once(app, reader):
    reader.objects["catalog.json"] = b"1"
    assert ask(app, "/catalog.json").body == b"1"
    reader.objects["catalog.json"] = b"2"
    assert ask(app, "/catalog.json").body == b"2"


def test_an_object_replaced_under_the_request_is_looked_at_again(app, reader):
    reader.objects["catalog.json"] = b"2"
    reader.faults = [ConflictError("replaced")]
    assert ask(app, "/catalog.json").body == b"2"


def test_an_object_replaced_again_and_again_is_a_503(app, reader):
    reader.objects["catalog.json"] = b"2"
    reader.faults = [ConflictError("replaced"), ConflictError("replaced")]
    answer = ask(app, "/catalog.json")
    assert (answer.status, answer.document["code"], answer.headers["retry-after"]) == (503, "changing", "1")


def test_a_condition_is_evaluated_anew_after_a_replacement(app, reader):
    reader.objects["catalog.json"] = b"old"
    held = etag(b"old")
    asked = reader.head

    async def head_then_replace(key):
        info = await asked(key)
        reader.objects["catalog.json"] = b"new"
        return info

    reader.head = head_then_replace
    assert ask(app, "/catalog.json", if_match=held).status == 412


def test_a_release_withdrawn_a_moment_ago_is_gone_although_its_head_is_remembered(app, reader):
    path = f"/releases/places/{RELEASE_1}/{NAME}"
    ask(app, path)
    del reader.objects[path[1:]]
    assert ask(app, path).status == 404


def test_an_alias_follows_the_pointer_away_from_a_release_withdrawn_a_moment_ago(app, reader):
    ask(app, ALIAS)
    for key in FIRST:
        del reader.objects[key]
    reader.objects |= pointer(RELEASE_2)
    assert ask(app, ALIAS).body == NEW


def test_a_style_follows_the_pointer_away_from_a_release_withdrawn_a_moment_ago(app, reader):
    assert ask(app, STYLE).document["name"] == "old"
    for key in FIRST:
        del reader.objects[key]
    reader.objects |= pointer(RELEASE_2)
    assert ask(app, STYLE).document["name"] == "new"


def test_a_style_that_is_gone_is_a_404_although_its_head_is_remembered(app, reader):
    ask(app, STYLE)
    del reader.objects[f"releases/places/{RELEASE_1}/styles/default.json"]
    assert ask(app, STYLE).status == 404


def test_an_alias_never_looked_at_follows_the_pointer_away_too(app, reader):
    ask(app, "/tiles/places.json")  # remembers the pointer, not the archive
    for key in FIRST:
        del reader.objects[key]
    reader.objects |= pointer(RELEASE_2)
    assert ask(app, ALIAS).body == NEW


def test_a_product_withdrawn_altogether_is_gone(app, reader, clock):
    ask(app, ALIAS)
    for key in [*FIRST, keys.pointer("places")]:
        del reader.objects[key]
    assert ask(app, ALIAS).status == 404
    clock.now += FRESH_S
    assert ask(app, "/tiles/places.json").status == 404


def test_an_asset_of_an_earlier_release_has_no_alias(app, reader, clock):
    assert ask(app, "/data/places/removed.parquet").status == 200
    reader.objects |= pointer(RELEASE_2)
    clock.now += FRESH_S
    assert ask(app, "/data/places/removed.parquet").status == 404


def test_readers_during_a_publish_get_the_old_or_the_new_release_whole(reader):
    app = gateway(reader)

    async def read():
        seen = set()
        for _ in range(100):
            answer = await ask_async(app, ALIAS)
            assert answer.status == 200
            assert answer.headers["etag"] == etag(answer.body)
            seen.add(answer.body)
            await asyncio.sleep(0)
        return seen

    async def publish():
        for turn in range(100):
            reader.objects |= pointer((RELEASE_1, RELEASE_2)[turn % 2])
            app._root._seen.clear()
            await asyncio.sleep(0)

    async def both():
        await ask_async(app, ALIAS)  # the first one waits for what it is counted on
        return (await asyncio.gather(read(), read(), publish()))[:2]

    for seen in asyncio.run(both()):
        assert seen == {OLD, NEW}


def test_of_two_archives_the_web_mercator_one_is_the_maps():
    cgcs = TileFacts("mvt", "CGCS2000Quad", 0, 4, Bounds(0, 0, 1, 1), 1)
    both = release(RELEASE_1, {"a.pmtiles": OLD, NAME: NEW}, tiles={"a.pmtiles": cgcs})
    assert ask(gateway(MemoryReader(both | pointer(RELEASE_1))), ALIAS).body == NEW
    only = release(RELEASE_1, {"a.pmtiles": OLD}, tiles={"a.pmtiles": cgcs})
    assert ask(gateway(MemoryReader(only | pointer(RELEASE_1))), ALIAS).body == OLD


def test_a_product_without_tiles_has_no_archive_no_tile_json_and_no_style():
    app = gateway(MemoryReader(release(RELEASE_1, {"places.parquet": b"x"}) | pointer(RELEASE_1)))
    for path in (ALIAS, "/tiles/places.json", "/tiles/places/style.json", "/tiles/places/0/0/0.mvt"):
        assert ask(app, path).status == 404
    assert ask(app, "/data/places/places.parquet").status == 200


def test_a_page_in_a_release_may_run_no_script_and_the_portal_may(app, reader):
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    reader.objects[f"releases/places/{RELEASE_1}/quality.html"] = b"<!doctype html>"
    reader.objects["index.html"] = b"<!doctype html>"
    assert ask(app, f"/releases/places/{RELEASE_1}/quality.html").headers["content-security-policy"] == policy
    assert "content-security-policy" not in ask(app, "/index.html").headers
    assert "content-security-policy" not in ask(app, ALIAS).headers
