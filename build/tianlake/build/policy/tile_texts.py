"""Names and values in Mapbox vector tiles, without their geometry.

https://github.com/mapbox/vector-tile-spec/blob/master/2.1/vector_tile.proto: a layer has its name in field 1, features
in 2, keys in 3, values in 4; a feature has its tags, pairs of indexes into keys and values, in field 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tianlake.build.vector.mvt import FEATURE, LAYER, fields, members, varint

_NAME: Final = 1 << 3 | 2
_TAGS: Final = 2 << 3 | 2
_KEY: Final = 3 << 3 | 2
_VALUE: Final = 4 << 3 | 2

_TEXT: Final = 1 << 3 | 2
_REALS: Final = {2 << 3 | 5: "<f", 3 << 3 | 1: "<d"}
_INTEGERS: Final = frozenset({4 << 3, 5 << 3})
_SIGNED: Final = 6 << 3


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One layer of one tile."""

    name: str
    keys: tuple[str, ...]
    values: tuple[str | float | None, ...]
    """Texts and numbers; None for true and false."""
    _data: bytes
    _span: tuple[int, int]

    def pairs(self) -> set[tuple[int, int]]:
        """Return which key has which value in some feature, by their numbers."""
        found: set[tuple[int, int]] = set()
        for first, last in members(self._data, FEATURE, *self._span):
            for at, end in members(self._data, _TAGS, first, last):
                numbers = list(_packed(self._data, at, end))
                found.update(zip(numbers[::2], numbers[1::2], strict=False))
        return found


def tile_layers(data: bytes) -> Iterator[TileLayer]:
    """Yield the layers of one tile, unpacked.

    Raises:
        ValueError, IndexError, struct.error: It is no vector tile.
    """
    for start, end in members(data, LAYER, 0, len(data)):
        name = ""
        keys: list[str] = []
        values: list[str | float | None] = []
        for key, first, last in fields(data, start, end):
            if key == _VALUE:
                values.append(_value(data, first, last))
            elif key == _KEY:
                keys.append(_text(data, first, last))
            elif key == _NAME:
                name = _text(data, first, last)
        yield TileLayer(name, tuple(keys), tuple(values), data, (start, end))


def _text(data: bytes, at: int, end: int) -> str:
    return data[at:end].decode("utf-8", "replace")


def _packed(data: bytes, at: int, end: int) -> Iterator[int]:
    while at < end:
        value, at = varint(data, at)
        yield value


def _value(data: bytes, at: int, end: int) -> str | float | None:
    key = data[at] if at < end else 0
    if key == _TEXT:
        length, start = varint(data, at + 1)
        return _text(data, start, start + length)
    if key in _REALS:
        return float(struct.unpack_from(_REALS[key], data, at + 1)[0])
    if key not in _INTEGERS and key != _SIGNED:
        return None
    number = varint(data, at + 1)[0]
    return (number >> 1) ^ -(number & 1) if key == _SIGNED else number
