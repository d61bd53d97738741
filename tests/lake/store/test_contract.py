"""Every sentence of `tianlake.lake.store.protocol`, held against each kind of store."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import BYTES, JSON, Kind, keys

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.store import ABSENT, Matches, ObjectInfo, Span, Store, media_type_of

MIB = 1 << 20

REFUSED = [
    "",
    "/etc/passwd",
    "a/",
    "a//b",
    ".",
    "..",
    "../outside.json",
    "a/../../outside.json",
    "a/./b",
    "a\\b",
    "a\nb",
    "a\0b",
    "a\x7fb",
    "\ud800",
    ".tmp",
    ".tmp/lock",
    "x" * 256,
    "/".join(["x" * 100] * 11),
]

AWKWARD = [
    "地名/廊坊市.json",
    "a b/c+d.json",
    "100%.json",
    "a%2Fb.json",
    "q?x=1&y=2#z.json",
    "..hidden/...json",
    "tilde~'quote'\"double\".json",
    "[x]{y}^`|<z>*.json",
    "😀.json",
    "é.json",
    "e\u0301.json",
]


def same(one: ObjectInfo, other: ObjectInfo) -> bool:
    """Return whether both tell of the same version: S3 answers a write a moment after the time it notes."""
    return replace(one, modified=0) == replace(other, modified=0) and abs(one.modified - other.modified) < 60


def test_what_was_put_is_got(store: Store):
    put = store.put("a/b.json", b"{}", media_type=JSON)
    found, body = store.get("a/b.json")
    assert body == b"{}"
    assert store.head("a/b.json") == found
    assert same(put, found)
    assert (put.key, put.size, put.media_type) == ("a/b.json", 2, JSON)
    assert abs(put.modified - time.time()) < 60


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1])
def test_bytes_and_files_of_any_size_come_back_as_they_were(store: Store, tmp_path: Path, size: int):
    body = os.urandom(size)
    source = tmp_path / "source"
    source.write_bytes(body)
    store.put("bytes.bin", body, media_type=BYTES)
    store.put("file.bin", source, media_type=BYTES)
    assert store.get("bytes.bin")[1] == store.get("file.bin")[1] == body
    assert store.head("file.bin").size == size


def test_a_big_file_comes_back_as_it_was(store: Store, tmp_path: Path):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(MIB) * 17 + b"tail")  # four parts of 5 MiB on S3, the last one short
    put = store.put("big.pmtiles", source, media_type=media_type_of("big.pmtiles"), condition=ABSENT)
    found, body = store.get("big.pmtiles")
    assert hashlib.sha256(body).digest() == hashlib.sha256(source.read_bytes()).digest()
    assert (found.etag, found.size) == (put.etag, 17 * MIB + 4)
    with pytest.raises(ConflictError):
        store.put("big.pmtiles", source, media_type=BYTES, condition=ABSENT)


def test_a_file_that_cannot_be_read_is_refused_by_name(store: Store, tmp_path: Path):
    with pytest.raises(LakeError, match=r"missing\.parquet: cannot be stored: No such file or directory$"):
        store.put("a.parquet", tmp_path / "missing.parquet", media_type=BYTES)
    assert keys(store) == []


def test_what_is_not_there_is_not_found(store: Store):
    for key in ("a", "a/b"):
        with pytest.raises(NotFoundError):
            store.head(key)
        with pytest.raises(NotFoundError):
            store.get(key)
        with pytest.raises(NotFoundError):
            store.get(key, Span(0, 0))
    store.put("a/b", b"", media_type=BYTES)
    for key in ("a", "a/b/c"):
        with pytest.raises(NotFoundError):
            store.head(key)


@pytest.mark.parametrize("span", [Span(0, 1), Span(3, 4), Span(0, 10), Span(9, 1), Span(4, 0), Span(10, 0)])
def test_a_span_gives_those_bytes_and_the_facts_of_the_whole(store: Store, span: Span):
    put = store.put("a.bin", b"0123456789", media_type=BYTES)
    info, part = store.get("a.bin", span)
    assert part == b"0123456789"[span.start : span.start + span.length]
    assert same(info, put)


@pytest.mark.parametrize("span", [Span(0, 11), Span(9, 2), Span(10, 1), Span(11, 0), Span(-1, 2), Span(2, -1)])
def test_a_span_that_is_not_within_the_object_is_refused(store: Store, span: Span):
    store.put("a.bin", b"0123456789", media_type=BYTES)
    with pytest.raises(LakeError, match=r"a\.bin"):
        store.get("a.bin", span)


def test_a_span_of_a_big_object_gives_those_bytes(store: Store):
    body = os.urandom(3 * MIB)
    store.put("a.bin", body, media_type=BYTES)
    assert store.get("a.bin", Span(2 * MIB - 7, 99))[1] == body[2 * MIB - 7 : 2 * MIB + 92]


def test_equal_etags_mean_equal_bytes(store: Store):
    seen: dict[str, bytes] = {}
    for body in (b"one", b"two", b"x" * (MIB + 1), b"y" * (MIB + 1), b"z" * (MIB + 1), b""):
        etag = store.put("a.bin", body, media_type=BYTES).etag
        assert store.head("a.bin").etag == etag
        assert seen.setdefault(etag, body) == body
        assert '"' not in etag
    assert len(seen) == 6


def test_a_put_replaces_what_was_there(store: Store):
    store.put("a.json", b"a much longer text than the next one", media_type=JSON)
    store.put("a.json", b"short", media_type=JSON)
    assert store.get("a.json")[1] == b"short"


def test_an_object_is_only_made_where_there_is_none(store: Store):
    store.put("a.json", b"first", media_type=JSON, condition=ABSENT)
    with pytest.raises(ConflictError, match=r"a\.json"):
        store.put("a.json", b"second", media_type=JSON, condition=ABSENT)
    assert store.get("a.json")[1] == b"first"
    store.delete("a.json")
    store.put("a.json", b"third", media_type=JSON, condition=ABSENT)
    assert store.get("a.json")[1] == b"third"


def test_an_object_is_only_replaced_while_it_has_the_etag(store: Store):
    first = store.put("a.json", b"first", media_type=JSON)
    second = store.put("a.json", b"second", media_type=JSON, condition=Matches(first.etag))
    with pytest.raises(ConflictError, match=r"a\.json"):
        store.put("a.json", b"third", media_type=JSON, condition=Matches(first.etag))
    found, body = store.get("a.json")
    assert (found.etag, body) == (second.etag, b"second")


def test_an_object_that_is_gone_matches_no_etag(store: Store):
    first = store.put("a.json", b"first", media_type=JSON)
    store.delete("a.json")
    with pytest.raises(ConflictError):
        store.put("a.json", b"second", media_type=JSON, condition=Matches(first.etag))
    with pytest.raises(ConflictError):
        store.delete("a.json", condition=Matches(first.etag))
    assert keys(store) == []


def test_conditions_hold_for_big_files_too(store: Store, tmp_path: Path):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(6 * MIB))
    first = store.put("a.bin", source, media_type=BYTES)
    small = store.put("a.bin", b"small", media_type=BYTES, condition=Matches(first.etag))
    with pytest.raises(ConflictError):
        store.put("a.bin", source, media_type=BYTES, condition=Matches(first.etag))
    assert store.get("a.bin")[1] == b"small"
    store.put("a.bin", source, media_type=BYTES, condition=Matches(small.etag))
    assert store.head("a.bin").size == 6 * MIB


def test_a_delete_removes_and_may_be_repeated(store: Store):
    store.put("a/b.json", b"", media_type=JSON)
    store.put("a/c.json", b"", media_type=JSON)
    store.delete("a/b.json")
    store.delete("a/b.json")
    store.delete("never/there.json")
    assert keys(store) == ["a/c.json"]


def test_an_object_is_only_removed_while_it_has_the_etag(store: Store):
    first = store.put("a.json", b"first", media_type=JSON)
    second = store.put("a.json", b"second", media_type=JSON)
    with pytest.raises(ConflictError):
        store.delete("a.json", condition=Matches(first.etag))
    found, body = store.get("a.json")
    assert (found.etag, body) == (second.etag, b"second")
    store.delete("a.json", condition=Matches(second.etag))
    with pytest.raises(NotFoundError):
        store.head("a.json")
    assert keys(store) == []
    store.put("a.json", b"third", media_type=JSON, condition=ABSENT)
    assert store.get("a.json")[1] == b"third"


def test_a_list_is_sorted_by_the_bytes_of_its_keys(store: Store):
    given = ["地名/b", "地名/a", "b", "a.json", "a/x", "a-b/x", "a/b/c", "Z", "éa", "😀", "~"]
    for key in given:
        store.put(key, key.encode(), media_type=media_type_of(key))
    listed = list(store.list())
    assert [info.key for info in listed] == sorted(given, key=str.encode)
    assert listed == [store.head(key) for key in sorted(given, key=str.encode)]


def test_a_prefix_may_end_anywhere(store: Store):
    for key in ["a", "ab/c", "ab/d/e", "abc", "b/ab", "省/市", "省会"]:
        store.put(key, b"", media_type=BYTES)
    assert keys(store, "a") == ["a", "ab/c", "ab/d/e", "abc"]
    assert keys(store, "ab/") == ["ab/c", "ab/d/e"]
    assert keys(store, "ab/d") == ["ab/d/e"]
    assert keys(store, "省") == ["省/市", "省会"]
    assert keys(store, "nothing/here/") == []


def test_a_list_is_complete_beyond_one_page(store: Store, monkeypatch: pytest.MonkeyPatch):
    if hasattr(store, "_client"):
        # S3 pages by 1,000; smaller pages show the same with fewer objects.
        ask = store._client.list_objects_v2
        monkeypatch.setattr(store._client, "list_objects_v2", lambda **given: ask(**given, MaxKeys=7))
    names = [f"n{number:03}" for number in range(30)]
    for name in names:
        store.put(name, b"", media_type=BYTES)
    assert keys(store) == names


def test_folders_to_skip_are_left_out_and_all_else_is_listed_in_order(store: Store):
    given = ["a/x", "a.json", "a0/x", "b/c/d", "b/c.json", "c/x", "top.json"]
    for key in given:
        store.put(key, b"1", media_type=media_type_of(key))
    left = sorted({*given} - {"a/x", "b/c/d", "b/c.json"}, key=str.encode)
    assert [info.key for info in store.list(skip=("a/", "b/", "none/"))] == left
    assert list(store.list(skip=("a/", "b/"))) == [store.head(key) for key in left]
    assert [info.key for info in store.list("b/", skip=("b/c/",))] == ["b/c.json"]


def test_an_empty_store_lists_nothing(store: Store):
    assert keys(store) == []


@pytest.mark.parametrize("prefix", ["/", "../", "a//", "a/../b", "a\\", "a\n", "./a"])
def test_a_prefix_that_no_key_could_have_is_refused_at_once(store: Store, prefix: str):
    with pytest.raises(LakeError, match="prefix"):
        store.list(prefix)


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_that_breaks_a_rule_is_refused_everywhere(kind: Kind, tmp_path: Path, key: str):
    (tmp_path / "outside.json").write_text("secret")
    store = kind.store()
    for call in (
        lambda: store.head(key),
        lambda: store.get(key),
        lambda: store.put(key, b"", media_type=BYTES),
        lambda: store.delete(key),
    ):
        with pytest.raises(LakeError) as refusal:
            call()
        assert type(refusal.value) is LakeError
        assert "\n" not in str(refusal.value)
    assert (tmp_path / "outside.json").read_text() == "secret"
    assert keys(store) == []


@pytest.mark.parametrize("key", AWKWARD)
def test_a_key_may_hold_any_other_character(store: Store, key: str):
    put = store.put(key, b"1", media_type=JSON)
    assert (store.head(key).etag, store.get(key)[1]) == (put.etag, b"1")
    assert keys(store) == [key]
    store.delete(key)
    assert keys(store) == []


def test_two_clients_see_the_same_objects(kind: Kind):
    one, other = kind.store(), kind.store()
    assert same(one.put("a.json", b"1", media_type=JSON), other.head("a.json"))


def test_media_types_come_back_by_head_and_by_list(store: Store):
    for key in ("a.json", "a.parquet", "a.pmtiles", "a.tif", "README.md", "index.html", "map.mjs"):
        store.put(key, b"", media_type=media_type_of(key))
        assert store.head(key).media_type == media_type_of(key)
    assert all(info.media_type == media_type_of(info.key) for info in store.list())
