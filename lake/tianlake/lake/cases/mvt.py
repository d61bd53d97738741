"""Reads keys and values out of Mapbox vector tiles, and nothing else: what a proof of removal compares.

https://github.com/mapbox/vector-tile-spec/blob/master/2.1/vector_tile.proto: layers in field 3; of a layer, keys in
field 3, values in field 4 and features in field 2, whose tags in field 2 are pairs of key and value; of a value, text
in field 1, numbers in 4, 5 and 6 (zigzag).
"""

from __future__ import annotations

from collections.abc import Iterator

Tag = tuple[str, str | int]
"""Name of an attribute, and a text or whole number that a feature has."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LAYER, _FEATURES, _KEYS, _VALUES, _TAGS = 3, 2, 3, 4, 2
_TEXT, _INT, _UINT, _SINT = 1, 4, 5, 6
_MORE = 0x80


def tags(tile: bytes) -> Iterator[Tag]:
    """Yield the attributes of all features of a tile that are texts or whole numbers.

    Raises:
        ValueError: It is no vector tile.
    """
    for field, layer in _fields(tile):
        if field == _LAYER and isinstance(layer, bytes):
            yield from _of_layer(layer)


def _of_layer(layer: bytes) -> Iterator[Tag]:
    keys: list[str] = []
    values: list[str | int | None] = []
    features: list[bytes] = []
    for field, body in _fields(layer):
        if not isinstance(body, bytes):
            continue
        if field == _KEYS:
            keys.append(body.decode("utf-8", "replace"))
        elif field == _VALUES:
            values.append(_value(body))
        elif field == _FEATURES:
            features.append(body)
    used = {pair for feature in features for pair in _pairs(feature)}
    for key, value in sorted(used):
        if key >= len(keys) or value >= len(values):
            raise ValueError("no vector tile: a tag leads nowhere")
        found = values[value]
        if found is not None:
            yield keys[key], found


def _value(body: bytes) -> str | int | None:
    for field, value in _fields(body):
        if field == _TEXT and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if field in {_INT, _UINT} and isinstance(value, int):
            return value
        if field == _SINT and isinstance(value, int):
            return value >> 1 ^ -(value & 1)
    return None


def _pairs(feature: bytes) -> Iterator[tuple[int, int]]:
    for field, body in _fields(feature):
        if field == _TAGS and isinstance(body, bytes):
            numbers = list(_varints(body))
            yield from zip(numbers[::2], numbers[1::2], strict=False)


def _varints(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        number, at = _varint(body, at)
        yield number


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield number and content of each field of a message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(message, at)
            yield key >> 3, number
        elif kind == _BYTES:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError("no vector tile: it ends within a field")
            yield key >> 3, message[at : at + length]
            at += length
        elif kind in {_FIXED64, _FIXED32}:
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"no vector tile: wire type {kind}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("no vector tile: it ends within a number")
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < _MORE:
            return number, at
        shift += 7
