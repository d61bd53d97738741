"""The asynchronous half of the protocol: what a server reads while others write."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import BYTES, JSON, Kind, read_all

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.store import Reader, Span, Store, media_type_of

MIB = 1 << 20


def test_head_says_what_the_store_says(store: Store, reader: Reader):
    for key in ("a.json", "地名/b.parquet", "README.md", "c.tif", "d.pmtiles"):
        store.put(key, b"1", media_type=media_type_of(key))
        assert asyncio.run(reader.head(key)) == store.head(key)


@pytest.mark.parametrize("key", ["a b/c+d", "100%.json", "a%2Fb", "q?x=1&y=2#z", "..h/...j", "[x]{y}^`|<z>*~", "😀"])
def test_a_key_may_hold_any_other_character(store: Store, reader: Reader, key: str):
    store.put(key, b"1", media_type=media_type_of(key))
    info = asyncio.run(reader.head(key))
    assert info == store.head(key)
    assert read_all(reader, info) == b"1"


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, MIB + 1, 3 * MIB + 17])
def test_a_stream_gives_the_whole_object(store: Store, reader: Reader, size: int):
    body = os.urandom(size)
    store.put("a.bin", body, media_type=BYTES)
    assert read_all(reader, asyncio.run(reader.head("a.bin"))) == body


def test_a_big_object_comes_in_small_chunks(store: Store, reader: Reader):
    store.put("a.bin", bytes(5 * MIB), media_type=BYTES)

    async def sizes() -> list[int]:
        return [len(chunk) async for chunk in await reader.stream(await reader.head("a.bin"))]

    found = asyncio.run(sizes())
    assert sum(found) == 5 * MIB
    assert max(found) <= MIB


@pytest.mark.parametrize("size", [100, 3 * MIB])
def test_a_span_gives_exactly_those_bytes(store: Store, reader: Reader, size: int):
    body = os.urandom(size)
    info = store.put("a.bin", body, media_type=BYTES)
    for span in (Span(0, 1), Span(size - 1, 1), Span(7, size - 9), Span(size // 2, 0), Span(size, 0), Span(0, size)):
        assert read_all(reader, info, span) == body[span.start : span.start + span.length]


@pytest.mark.parametrize("span", [Span(0, 11), Span(10, 1), Span(11, 0), Span(-1, 1), Span(0, -1)])
def test_a_span_that_is_not_within_the_object_is_refused(store: Store, reader: Reader, span: Span):
    info = store.put("a.bin", b"0123456789", media_type=BYTES)
    with pytest.raises(LakeError):
        read_all(reader, info, span)


def test_what_is_not_there_is_not_found(reader: Reader):
    for key in ("a", "a/b"):
        with pytest.raises(NotFoundError):
            asyncio.run(reader.head(key))


@pytest.mark.parametrize("key", ["../a", "/etc/passwd", "a//b", "", ".tmp/lock", "a\\b"])
def test_a_key_that_breaks_a_rule_is_refused(store: Store, reader: Reader, key: str):
    info = store.put("a.bin", b"1", media_type=BYTES)
    with pytest.raises(LakeError):
        asyncio.run(reader.head(key))
    with pytest.raises(LakeError):
        read_all(reader, replace(info, key=key))


@pytest.mark.parametrize("size", [100, 3 * MIB])
@pytest.mark.parametrize("span", [None, Span(5, 50), Span(5, 0)])
def test_another_version_is_refused_before_the_first_byte(store: Store, reader: Reader, size: int, span: Span | None):
    async def open_only() -> None:
        await reader.stream(info, span)

    info = store.put("a.bin", os.urandom(size), media_type=BYTES)
    store.put("a.bin", os.urandom(size), media_type=BYTES)
    with pytest.raises(ConflictError):
        asyncio.run(open_only())
    store.delete("a.bin")
    with pytest.raises(ConflictError):
        asyncio.run(open_only())


@pytest.mark.parametrize("rounds", [30])
def test_a_reader_sees_one_version_while_others_replace_it(kind: Kind, rounds: int):
    store, reader = kind.store(), kind.reader()
    versions = [bytes([number]) * (2 * MIB) for number in range(4)]
    store.put("a.bin", versions[0], media_type=BYTES)
    done = threading.Event()

    def replace_it() -> None:
        writer = kind.store()
        while not done.is_set():
            for version in versions:
                writer.put("a.bin", version, media_type=BYTES)

    writer = threading.Thread(target=replace_it)
    writer.start()
    try:
        whole = 0
        for _ in range(rounds):
            try:
                body = read_all(reader, asyncio.run(reader.head("a.bin")))
            except ConflictError:
                continue
            assert body in versions
            whole += 1
    finally:
        done.set()
        writer.join()
    assert whole > 0


def test_a_stream_that_was_begun_goes_on_with_its_version(store: Store, reader: Reader):
    old = os.urandom(4 * MIB)
    store.put("a.bin", old, media_type=BYTES)

    async def read_while_replaced() -> bytes:
        stream = await reader.stream(await reader.head("a.bin"))
        first = await anext(stream)
        store.put("a.bin", os.urandom(4 * MIB), media_type=BYTES)
        return first + b"".join([chunk async for chunk in stream])

    assert asyncio.run(read_while_replaced()) == old


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_stream_that_is_never_read_keeps_no_file_open(store: Store, reader: Reader):
    async def open_many() -> None:
        info = await reader.head("a.json")
        for _ in range(50):
            await reader.stream(info)

    store.put("a.json", b"{}", media_type=JSON)
    asyncio.run(open_many())
    before = open_files()
    asyncio.run(open_many())
    assert open_files() <= before + 5
