"""Texts in the tags of TIFF and the chunks of PNG, read from the bytes: whatever a library chooses not to show."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from tianlake.lake.leaks.rules import Text

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by field type (TIFF 6.0, section 2; 13 and up: BigTIFF)."""

_ASCII: Final = 2
_BYTES: Final = frozenset({1, 7})
_FOLDERS: Final = frozenset({330, 34665, 34853})
"""Tags that point to further directories: SubIFDs, Exif, GPS."""

_BIG: Final = 43
_HEADER: Final = 1 << 16
"""Bytes that are looked at between the header and the first directory."""


@dataclass(frozen=True, slots=True)
class _Tiff:
    """A TIFF or BigTIFF file: how its numbers are written."""

    file: BinaryIO
    order: Literal["little", "big"]
    big: bool
    size: int
    """Bytes."""

    def number(self, raw: bytes) -> int:
        return int.from_bytes(raw, self.order)

    def seek(self, offset: int) -> None:
        """Go to an offset; raises `ValueError` where the file ends before it."""
        if offset > self.size:
            raise ValueError("its metadata points beyond its end")
        self.file.seek(offset)

    def read(self, size: int) -> bytes:
        """Return so many bytes; raises `ValueError` where the file ends within them, before any memory is taken."""
        if self.file.tell() + size > self.size:
            raise ValueError("it ends in the middle of its metadata")
        return self.file.read(size)

    @property
    def width(self) -> int:
        """Bytes of an offset."""
        return 8 if self.big else 4


def tiff_texts(file: BinaryIO) -> Iterator[Text]:
    """Yield the texts of every directory of a TIFF, GDAL's metadata and Exif among them."""
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    order: Literal["little", "big"] = "little" if file.read(2) == b"II" else "big"
    tiff = _Tiff(file, order, int.from_bytes(file.read(2), order) == _BIG, end)
    file.seek(8 if tiff.big else 4)
    todo = [tiff.number(tiff.read(tiff.width))]
    between = todo[0] - file.tell()
    yield Text("header", file.read(max(0, min(between, _HEADER))).decode("latin-1"), "bytes")
    seen: set[int] = {0}
    while todo:
        offset = todo.pop()
        if offset not in seen:
            seen.add(offset)
            for tag, kind, value in _fields(tiff, offset, todo):
                if tag in _FOLDERS:
                    step = _SIZES.get(kind, tiff.width)
                    todo += [tiff.number(value[at : at + step]) for at in range(0, len(value), step)]
                elif kind == _ASCII:
                    yield Text(f"tag {tag}", value.decode("utf-8", "replace").replace("\0", "\n"), "metadata")
                elif kind in _BYTES:
                    yield Text(f"tag {tag}", value.decode("latin-1"), "bytes")


def _fields(tiff: _Tiff, offset: int, todo: list[int]) -> list[tuple[int, int, bytes]]:
    """Return tag, type and value of the fields that may hold text; put the next directory's offset on `todo`."""
    tiff.seek(offset)
    count = tiff.number(tiff.read(8 if tiff.big else 2))
    size = 20 if tiff.big else 12
    table = tiff.read(count * size)
    todo.append(tiff.number(tiff.read(tiff.width)))
    found = []
    for start in range(0, len(table), size):
        field = table[start : start + size]
        tag, kind = tiff.number(field[:2]), tiff.number(field[2:4])
        if tag in _FOLDERS or kind == _ASCII or kind in _BYTES:
            length = tiff.number(field[4 : 4 + tiff.width]) * _SIZES.get(kind, 1)
            found.append((tag, kind, _value(tiff, field[4 + tiff.width :], length)))
    return found


def _value(tiff: _Tiff, inline: bytes, length: int) -> bytes:
    """Return a field's value: in the field itself where it fits, else where the field points."""
    if length <= len(inline):
        return inline[:length]
    tiff.seek(tiff.number(inline))
    return tiff.read(length)


def png_texts(file: BinaryIO) -> Iterator[Text]:
    """Yield the texts of a PNG's chunks (PNG, third edition, section 11.3)."""
    file.seek(8)
    while len(head := file.read(8)) == 8:  # noqa: PLR2004 - length and type
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            body = file.read(size)
            yield from tiff_texts(io.BytesIO(body)) if kind == b"eXIf" else [_chunk(kind, body)]
        else:
            file.seek(size, io.SEEK_CUR)
        file.seek(4, io.SEEK_CUR)
        if kind == b"IEND":
            return
    raise ValueError("it ends in the middle of a chunk")


def _chunk(kind: bytes, body: bytes) -> Text:
    raw, _, rest = body.partition(b"\0")
    packed = kind == b"zTXt"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    try:
        text = (zlib.decompress(rest) if packed else rest).decode("utf-8", "replace")
    except zlib.error as error:
        raise ValueError(f"a compressed text is broken: {error}") from None
    key = raw.decode("latin-1")
    return Text(f"{kind.decode()} {key}", f"{key}={text}", "metadata")
