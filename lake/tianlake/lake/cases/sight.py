"""Looks for removed content in one file: in its bytes, and in what they hold once they are unpacked and decoded."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import html
import io
import json
import lzma
import mmap
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final
from urllib.parse import unquote

from tianlake.lake.cases.mvt import tags
from tianlake.lake.cases.needles import Needles
from tianlake.lake.errors import LakeError

DEEPEST: Final = 4
"""Containers within containers that are opened."""

LARGEST: Final = 4 << 30
"""Bytes that one compressed file may unpack to."""

_VECTOR: Final = 1
"""Tile type of a PMTiles header (PMTiles spec v3, "Tile Type")."""

_PLAIN: Final = (0, 1)
"""Tile compressions that are none, or not known (PMTiles spec v3, "Tile Compression")."""

Buffer = bytes | mmap.mmap


class UnreadError(LakeError):
    """A file that nobody can say what is in."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that should be gone. It says where, and by which kind of needle, never what it was."""

    place: str
    """Within the file: `row group 2, name`, `tile 12/3371/1550`, `bytes`."""
    kind: str
    """`text`, `number`, `shape` or `term`."""


@dataclass
class Looker:
    """Looks for needles; one for a whole proof."""

    needles: Needles
    opened: dict[str, int] = field(default_factory=dict)
    """Kind of container → how many were decoded."""

    @cached_property
    def _raw(self) -> list[bytes]:
        """Texts as they stand in files of no known form, in the codings that Chinese software writes."""
        codings = ("utf-8", "gb18030", "utf-16-le")
        return list(dict.fromkeys(text.encode(coding) for text in self.needles.within for coding in codings))

    @cached_property
    def _plain(self) -> list[bytes]:
        return [text.encode() for text in self.needles.within]

    @cached_property
    def _shapes(self) -> list[bytes]:
        return [bytes.fromhex(shape) for shape in self.needles.shapes]

    @cached_property
    def _texts(self) -> frozenset[str]:
        return frozenset(self.needles.texts)

    @cached_property
    def _numbers(self) -> frozenset[int]:
        return frozenset(self.needles.numbers)

    def look(self, body: bytes | Path) -> list[Sight]:
        """Return what a file still holds; each place once.

        Raises:
            UnreadError: It is broken, or packed in a way that cannot be opened.
        """
        with _buffer(body) as data:
            return list(dict.fromkeys(self._look(data, "", 0)))

    def _look(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        if depth > DEEPEST:
            raise UnreadError(f"more than {DEEPEST} containers within each other")
        head = bytes(data[:512])
        yield from self._bytes(data, within or "bytes", self._raw)
        reader = self._reader(head)
        if reader is None:
            if b"\0" not in head:
                yield from self._text(data, within)
            return
        kind, read = reader
        self.opened[kind] = self.opened.get(kind, 0) + 1
        try:
            yield from read(data, within, depth)
        except UnreadError:
            raise
        except _broken() as error:
            raise UnreadError(f"cannot be decoded as {kind}: {type(error).__name__}") from None

    def _reader(self, head: bytes) -> tuple[str, Any] | None:
        known = (
            (0, b"PAR1", "Parquet", self._parquet),
            (0, b"PMTiles", "PMTiles", self._pmtiles),
            (0, b"\x1f\x8b", "gzip", self._gzip),
            (0, b"\x28\xb5\x2f\xfd", "zstd", self._zstd),
            (0, b"\xfd7zXZ\x00", "xz", self._xz),
            (0, b"BZh", "bzip2", self._bzip2),
            (0, b"7z\xbc\xaf\x27\x1c", "7z", _closed),
            (0, b"Rar!\x1a\x07", "RAR", _closed),
            (0, b"\x04\x22\x4d\x18", "LZ4", _closed),
            (0, b"PK\x03\x04", "zip", self._zip),
            (8, b"DUCK", "DuckDB", self._duckdb),
            (257, b"ustar", "tar", self._tar),
        )
        return next(((kind, read) for at, magic, kind, read in known if head[at:].startswith(magic)), None)

    def _bytes(self, data: Buffer, place: str, texts: list[bytes]) -> Iterator[Sight]:
        if any(data.find(text) >= 0 for text in texts):
            yield Sight(place, "text")
        if any(data.find(shape) >= 0 for shape in self._shapes):
            yield Sight(place, "shape")

    def _text(self, data: Buffer, within: str) -> Iterator[Sight]:
        """Look through a text as its readers see it: JSON's escapes, HTML's entities, percent-encoding undone."""
        try:
            text = bytes(data).decode()
        except UnicodeDecodeError:
            return
        forms = [html.unescape(text), unquote(text)]
        try:
            forms.append(json.dumps(json.loads(text), ensure_ascii=False))
        except (ValueError, RecursionError):
            forms += [json.dumps(json.loads(line), ensure_ascii=False) for line in text.splitlines() if _is_json(line)]
        if any(needle in form for form in forms for needle in self.needles.within):
            yield Sight(within or "text", "text")

    def _parquet(self, data: Buffer, within: str, _depth: int) -> Iterator[Sight]:
        import pyarrow as pa  # noqa: PLC0415 - needed where a lake is built or served, not where recipes are read
        import pyarrow.parquet as pq  # noqa: PLC0415

        from tianlake.lake.cases.columns import kind_in, leaves  # noqa: PLC0415

        file = pq.ParquetFile(pa.BufferReader(pa.py_buffer(data)))
        for key, value in (file.metadata.metadata or {}).items():
            yield from self._bytes(key + value, f"{within}footer", self._plain)
        for group in range(file.num_row_groups):
            for name, column in zip(file.schema_arrow.names, file.read_row_group(group).columns, strict=True):
                for chunk in column.chunks:
                    for place, array in leaves(chunk, f"{within}row group {group}, {name}"):
                        if (kind := kind_in(array, name, self.needles, self._shapes)) is not None:
                            yield Sight(place, kind)

    def _pmtiles(self, data: Buffer, within: str, _depth: int) -> Iterator[Sight]:
        from pmtiles.reader import Reader, all_tiles  # noqa: PLC0415

        def read(offset: int, length: int) -> bytes:
            return bytes(data[offset : offset + length])

        reader = Reader(read)  # type: ignore[no-untyped-call]
        header = reader.header()  # type: ignore[no-untyped-call]
        told = json.dumps(reader.metadata(), ensure_ascii=False).encode()  # type: ignore[no-untyped-call]
        yield from self._bytes(told, f"{within}metadata", self._plain)
        if header["tile_type"].value != _VECTOR:
            self.opened["pictures"] = self.opened.get("pictures", 0) + 1
            return
        seen: set[bytes] = set()
        for (z, x, y), tile in all_tiles(read):  # type: ignore[no-untyped-call]
            mark = hashlib.blake2b(tile, digest_size=16).digest()
            if mark in seen:
                continue
            seen.add(mark)
            plain = gzip.decompress(tile) if tile[:2] == b"\x1f\x8b" else tile
            if plain is tile and header["tile_compression"].value not in _PLAIN:
                raise UnreadError(f"its tiles are packed as {header['tile_compression'].name}")
            place = f"{within}tile {z}/{x}/{y}"
            yield from self._bytes(plain, place, self._plain)
            for name, value in tags(plain):
                if value in self._texts:
                    yield Sight(place, "text")
                elif name == self.needles.id_column and value in self._numbers:
                    yield Sight(place, "number")

    def _gzip(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        with gzip.GzipFile(fileobj=io.BytesIO(bytes(data))) as file:
            yield from self._look(_bounded(file), f"{within}gzip: ", depth + 1)

    def _zstd(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        import pyarrow as pa  # noqa: PLC0415

        with pa.CompressedInputStream(pa.BufferReader(pa.py_buffer(data)), "zstd") as file:
            yield from self._look(_bounded(file), f"{within}zstd: ", depth + 1)

    def _xz(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        with lzma.LZMAFile(io.BytesIO(bytes(data))) as file:
            yield from self._look(_bounded(file), f"{within}xz: ", depth + 1)

    def _bzip2(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        with bz2.BZ2File(io.BytesIO(bytes(data))) as file:
            yield from self._look(_bounded(file), f"{within}bzip2: ", depth + 1)

    def _zip(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
            for member in archive.infolist():
                yield from self._bytes(member.filename.encode(), f"{within}{member.filename}", self._plain)
                with archive.open(member) as file:
                    yield from self._look(_bounded(file), f"{within}{member.filename}: ", depth + 1)

    def _tar(self, data: Buffer, within: str, depth: int) -> Iterator[Sight]:
        with tarfile.open(fileobj=io.BytesIO(bytes(data))) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    yield from self._look(_bounded(file), f"{within}{member.name}: ", depth + 1)

    def _duckdb(self, data: Buffer, within: str, _depth: int) -> Iterator[Sight]:
        """Look through the definitions of a database, and through what its tables hold."""
        from tianlake.lake.duck import connect, identifier, literal  # noqa: PLC0415

        with NamedTemporaryFile(suffix=".duckdb") as copy, connect(threads=1) as connection:
            copy.write(bytes(data))
            copy.flush()
            connection.execute(f"ATTACH {literal(copy.name)} AS looked (READ_ONLY)")
            views = "SELECT coalesce(sql, '') FROM duckdb_views() WHERE database_name = 'looked'"
            said = connection.sql(views).fetchall()
            macros = "SELECT macro_definition FROM duckdb_functions() WHERE database_name = 'looked'"
            said += connection.sql(macros).fetchall()
            tables = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'looked'"
            for schema, table in connection.sql(tables).fetchall():
                name = f"looked.{identifier(schema)}.{identifier(table)}"
                rows = connection.sql(f"SELECT CAST(t AS VARCHAR) FROM {name} t")  # noqa: S608 - quoted names
                said += rows.fetchall()
            text = "\n".join(str(row[0]) for row in said).encode()
        yield from self._bytes(text, f"{within}definitions", self._plain)


def _closed(_data: Buffer, _within: str, _depth: int) -> Iterator[Sight]:
    raise UnreadError("is an archive that cannot be opened here; unpack or delete it")


@contextmanager
def _buffer(body: bytes | Path) -> Iterator[Buffer]:
    if isinstance(body, bytes):
        yield body
    elif body.stat().st_size == 0:
        yield b""
    else:
        with body.open("rb") as file:
            yield mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # closed when Arrow lets go of it


def _bounded(file: Any) -> bytes:  # noqa: ANN401 - whatever reads
    found: bytes = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise UnreadError(f"unpacks to more than {LARGEST} bytes")
    return found


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _broken() -> tuple[type[Exception], ...]:
    """Return what reading a broken file ends in, whichever library reads it."""
    import duckdb  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from pmtiles.tile import MagicNumberNotFound, SpecVersionUnsupported  # noqa: PLC0415

    own = (EOFError, LookupError, OSError, OverflowError, ValueError, zlib.error, zipfile.BadZipFile, tarfile.TarError)
    more = (lzma.LZMAError, RuntimeError)  # the latter of a zip with a password
    return (*own, *more, pa.ArrowException, duckdb.Error, MagicNumberNotFound, SpecVersionUnsupported)
