"""Reads the ids of features out of Mapbox vector tiles, and nothing else.

https://github.com/mapbox/vector-tile-spec/blob/master/2.1/vector_tile.proto: a tile holds layers in field 3, a layer
features in field 2, a feature its id in field 1.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Final

LAYER: Final = 3 << 3 | 2
FEATURE: Final = 2 << 3 | 2
ID: Final = 1 << 3

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types of protocol buffers."""

MORE: Final = 0x80
"""The highest bit of a byte says that the number goes on."""


def feature_ids(tile: bytes) -> set[int]:
    """Return the ids of all features of one tile, gzipped as an archive stores it.

    Raises:
        ValueError: It is no vector tile.
    """
    data = gzip.decompress(tile)
    found: set[int] = set()
    for start, end in members(data, LAYER, 0, len(data)):
        for first, last in members(data, FEATURE, start, end):
            number = _id(data, first, last)
            if number is not None:
                found.add(number)
    return found


def _id(data: bytes, at: int, end: int) -> int | None:
    """Return the id of one feature; tippecanoe writes it behind kind and tags."""
    while at < end:
        key = data[at]
        if key == ID:
            return varint(data, at + 1)[0]
        if key & 7 == BYTES:
            length, at = varint(data, at + 1)
            at += length
        else:
            at = _skip(data, key & 7, at + 1)
    return None


def members(data: bytes, wanted: int, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each member of one field begins and ends within a message."""
    return ((first, last) for key, first, last in fields(data, at, end) if key == wanted)


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the key of each member that has a length, and where its bytes begin and end."""
    while at < end:
        key = data[at]
        if key & 7 == BYTES:
            # Written out, not called: a tile has thousands of features, and most lengths are one byte.
            length = data[at + 1]
            at += 2
            if length >= MORE:
                length, at = varint(data, at - 1)
            yield key, at, at + length
            at += length
        else:
            at = _skip(data, key & 7, at + 1)


def _skip(data: bytes, kind: int, at: int) -> int:
    """Return where a number ends that nobody asked for."""
    if kind == VARINT:
        return varint(data, at)[1]
    if kind in {FIXED64, FIXED32}:
        return at + (8 if kind == FIXED64 else 4)
    msg = f"no vector tile: wire type {kind}"
    raise ValueError(msg)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < MORE:
            return value, at
        shift += 7
