"""Texts that ride inside point clouds and binary glTF. Points, meshes and textures are not among them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tianlake.lake.leaks.rules import Text

_COUNTS: Final = struct.Struct("<HII")
"""At byte 94 of LAS: size of the header, start of the points, number of records (LAS 1.4 R15, table 3)."""

_LONG: Final = struct.Struct("<QI")
"""At byte 235 of LAS 1.4: start and number of the records behind the points."""

_RECORD: Final = struct.Struct("<2x16sHH32s")
_LONG_RECORD: Final = struct.Struct("<2x16sHQ32s")
"""Head of a record: who defines it, its number there, its bytes, what it is."""

_CHUNK: Final = struct.Struct("<I4s")
"""Head of a chunk of binary glTF (glTF 2.0 §4.4.3)."""

LONGEST: Final = 1 << 24
"""Bytes of a record that are looked at: descriptions are short, the octree of a large cloud is not."""


def las_texts(file: BinaryIO) -> Iterator[Text]:
    """Yield the texts of a LAS or LAZ file: who wrote it, and all its variable length records.

    Raises:
        ValueError: It ends within them.
    """
    try:
        yield from _las(file)
    except (struct.error, OverflowError, OSError):  # the latter from a record said to be longer than any file can be
        raise ValueError("not a readable LAS file: it ends within its records") from None


def _las(file: BinaryIO) -> Iterator[Text]:
    head = file.read(375)
    yield Text("system identifier", _plain(head[26:58]), "metadata")
    yield Text("generating software", _plain(head[58:90]), "metadata")
    size, _, count = _COUNTS.unpack_from(head, 94)
    yield from _records(file, size, count, _RECORD)
    if head[25] >= 4:  # noqa: PLR2004 - LAS 1.4 has long records behind the points
        start, long_count = _LONG.unpack_from(head, 235)
        if start:
            yield from _records(file, start, long_count, _LONG_RECORD)


def _records(file: BinaryIO, start: int, count: int, form: struct.Struct) -> Iterator[Text]:
    for _ in range(count):
        file.seek(start)
        user, number, length, description = form.unpack(file.read(form.size))
        place = f"record {_plain(user)} {number}"
        yield Text(place, _plain(description), "metadata")
        yield Text(place, _plain(file.read(min(length, LONGEST))), "metadata")
        start += form.size + length


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\0", " ").strip()


def glb_texts(file: BinaryIO) -> Iterator[Text]:
    """Yield the texts of the JSON chunk of binary glTF.

    Raises:
        ValueError: It has none.
    """
    file.seek(12)
    head = file.read(_CHUNK.size)
    if len(head) < _CHUNK.size:
        raise ValueError("not a readable glb file: it ends within its header")
    length, kind = _CHUNK.unpack(head)
    if kind != b"JSON":
        raise ValueError("not a readable glb file: it does not begin with JSON")
    yield from _strings(json.loads(file.read(length)), "")


def _strings(value: Any, place: str) -> Iterator[Text]:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _strings(each, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _strings(each, f"{place}.{index}")
    elif isinstance(value, str):
        yield Text(place, value, "metadata")
