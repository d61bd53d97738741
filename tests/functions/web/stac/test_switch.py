"""What happens to those who are paging while a federation run switches the index."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import shutil
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from stac_api_kit import BASE, CODE, make_items, open_api, wait_until, write_node

from tianlake.functions.web.stac import copies as copies_module
from tianlake.functions.web.stac.shelf import write_shelf
from tianlake.lake import keys

FIRST, SECOND = make_items(60), make_items(90, seed=11)


@pytest.fixture(params=[False, True], ids=["in-place", "copied"])
def opened(request, tmp_path):
    first = write_node(tmp_path / "lake", FIRST)
    api = open_api(tmp_path / "lake", tmp_path / "cache", copying=request.param)
    yield api, tmp_path, first, request.param
    api.desk.close()


def settled(api, count):
    """Wait until the API answers from an index of so many Items."""

    def is_so():
        api.clock[0] += 3
        return api.ask("/search", limit=1).document["numberMatched"] == count

    wait_until(is_so)


def test_pages_stay_in_the_index_that_they_began_in(opened):
    api, folder, _first, _copying = opened
    wanted = api.ask("/search", limit=1000, sortby="-datetime").ids
    page = api.ask("/search", limit=25, sortby="-datetime")
    second = write_node(folder / "lake", SECOND)
    settled(api, len(SECOND))
    seen = [identity for each in api.pages(page) for identity in each.ids]
    assert seen == wanted, "nothing of the new index, and nothing twice or missing"
    fresh = api.ask("/search", limit=1000)
    assert set(fresh.ids) == {each["id"] for each in SECOND}
    back = list(api.pages(list(api.pages(page))[-1], "prev"))
    assert [identity for each in reversed(back) for identity in each.ids] == wanted
    assert second in next(iter(_tokens(api.ask("/search", limit=1))))


def _tokens(said):
    for each in said.document["links"]:
        for token in parse_qs(urlsplit(each["href"]).query).get("token", []):
            yield base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()


def test_a_page_of_an_index_that_is_gone_is_said_to_be_gone(opened):
    """Also where a copy of it is there: the node lets go of an index at once where something in it was withdrawn."""
    api, folder, first, _copying = opened
    onward = api.ask("/search", limit=25).link("next")
    write_node(folder / "lake", SECOND)
    settled(api, len(SECOND))
    assert api.follow(onward).status == 200
    shutil.rmtree(folder / "lake" / CODE / keys.INDEX / first)
    said = api.follow(onward)
    assert (said.status, said.document["code"]) == (410, "page-gone")
    assert {"zh", "en"} == said.document["message"].keys()


def test_no_copy_of_an_index_stays_that_the_node_let_go_of(opened):
    """Whether anybody asks or not: one that was replaced may still be paged through, one that was withdrawn may not."""
    api, folder, first, copying = opened
    cache = folder / "cache" / CODE
    write_node(folder / "lake", SECOND)
    settled(api, len(SECOND))
    api.tidy()
    assert bool(list(cache.glob(f"{first}*"))) == copying, "those who page through it may go on"
    stray = cache / f"{'ab' * 8}-12345678.arrow"  # of a process that is no more
    stray.parent.mkdir(exist_ok=True, parents=True)
    stray.write_bytes(b"withdrawn long ago")
    shutil.rmtree(folder / "lake" / CODE / keys.INDEX / first)
    api.tidy()
    assert list(cache.glob(f"{first}*")) == []
    assert not stray.exists()
    assert api.ask("/search", limit=1).document["numberMatched"] == len(SECOND)
    if copying:
        assert list(cache.glob("*.arrow")), "the copy of the current one stays"


def test_collections_are_paged_through_as_they_were(opened, monkeypatch):
    api, folder, _first, _copying = opened
    first = api.ask("/collections", limit=2)
    wanted = api.ask("/collections", limit=100).ids
    before = set((folder / "lake" / CODE / keys.INDEX).iterdir())
    monkeypatch.setattr("stac_api_kit.collections", list)
    write_node(folder / "lake", SECOND)
    settled(api, len(SECOND))
    assert [identity for each in api.pages(first) for identity in each.ids] == wanted
    assert api.ask("/collections").ids == []
    for each in before:
        each.rename(folder / each.name)
    assert api.follow(first.link("next")).document["code"] == "page-gone", "the node keeps it no more"
    for each in before:
        (folder / each.name).rename(each)
    assert api.follow(first.link("next")).status == 200
    gone = first.link("next")["href"].replace(BASE + "stac", "")
    for number in range(4):
        write_node(folder / "lake", make_items(10 + number))
        settled(api, 10 + number)
    assert api.get(gone).document["code"] == "page-gone"


def test_the_old_index_answers_until_the_copy_of_the_new_one_is_ready(tmp_path, monkeypatch):
    write_node(tmp_path / "lake", FIRST)
    api = open_api(tmp_path / "lake", tmp_path / "cache", copying=True)
    may = threading.Event()

    def slowly(*args):
        may.wait(20)
        write_shelf(*args)

    monkeypatch.setattr(copies_module, "write_shelf", slowly)
    write_node(tmp_path / "lake", SECOND)
    for _ in range(3):
        api.clock[0] += 3
        assert api.ask("/search", limit=1).document["numberMatched"] == len(FIRST)
    may.set()
    settled(api, len(SECOND))
    api.desk.close()


def test_where_no_copy_can_be_made_the_index_is_read_where_it_lies(tmp_path, monkeypatch, caplog):
    write_node(tmp_path / "lake", FIRST)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies_module, "write_shelf", full)
    with caplog.at_level(logging.WARNING):
        api = open_api(tmp_path / "lake", tmp_path / "cache", copying=True)
        assert set(api.ask("/search", limit=1000).ids) == {each["id"] for each in FIRST}
        write_node(tmp_path / "lake", SECOND)
        settled(api, len(SECOND))
    assert "is searched where it lies" in caplog.text
    assert not list((tmp_path / "cache" / CODE).glob("*.arrow"))
    api.desk.close()


def test_copies_of_indexes_replaced_an_hour_ago_are_deleted(tmp_path):
    first = write_node(tmp_path / "lake", FIRST)
    api = open_api(tmp_path / "lake", tmp_path / "cache", copying=True)
    folder = tmp_path / "cache" / CODE
    old = 10_000.0
    second = write_node(tmp_path / "lake", SECOND)
    settled(api, len(SECOND))
    wait_until(lambda: {path.name[:16] for path in folder.glob("*.*")} == {first, second})
    for path in folder.glob(f"{first}*"):
        os.utime(path, (old, old))
    third = write_node(tmp_path / "lake", make_items(20))
    settled(api, 20)
    wait_until(lambda: {path.name[:16] for path in folder.glob("*.*")} == {second, third})
    api.desk.close()


def test_a_second_worker_takes_the_copy_that_the_first_one_made(tmp_path, monkeypatch):
    write_node(tmp_path / "lake", FIRST)
    one = open_api(tmp_path / "lake", tmp_path / "cache", copying=True)
    monkeypatch.setattr(copies_module, "write_shelf", lambda *_args: pytest.fail("made again"))
    other = open_api(tmp_path / "lake", tmp_path / "cache", copying=True)
    assert one.ask("/search", limit=9).body == other.ask("/search", limit=9).body
    one.desk.close()
    assert other.ask("/search", limit=9).status == 200
    other.desk.close()


def test_a_catalog_that_cannot_be_read_for_a_while_leaves_what_was(opened, caplog):
    api, folder, _first, _copying = opened
    wanted = api.ask("/search", limit=1000).ids
    catalog = folder / "lake" / CODE / keys.CATALOG
    kept = catalog.read_bytes()
    for body in (b"{", b'{"links": 3}'):
        catalog.write_bytes(body)
        api.clock[0] += 3
        assert api.ask("/search", limit=1000).ids == wanted
    assert "what was, still holds" in caplog.text
    catalog.write_bytes(kept)


def test_the_digest_in_a_token_is_that_of_the_file(opened):
    api, folder, first, _copying = opened
    body = (folder / "lake" / CODE / keys.index_file(first, "items.parquet")).read_bytes()
    [token] = _tokens(api.ask("/search", limit=1))
    assert json.loads(token)[0] == hashlib.sha256(body).hexdigest()[:16]
