"""PMTiles archives (spec v3) as whoever serves or draws tiles reads them. Pure: what is read, the caller says."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import Final

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    find_tile,
)

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.store.protocol import ObjectInfo, Span

_HEADER_BYTES: Final = 127
"""PMTiles v3 §3: the header's length."""

_FIRST_BYTES: Final = 16_384
"""PMTiles v3 §4: header and root directory lie within the first 16 KiB, so that one read brings both."""

_BROKEN: Final = (EOFError, LookupError, OSError, OverflowError, ValueError, zlib.error)
"""What reading a broken directory ends in."""

MAX_DEPTH: Final = 4
"""Levels of directories that are followed; the specification recommends at most one below the root."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive."""

    info: ObjectInfo
    header: HeaderDict
    root: list[Entry]


def first_part(info: ObjectInfo) -> Span:
    """Return what has to be read to open an archive."""
    return Span(0, min(_FIRST_BYTES, info.size))


def parse_archive(info: ObjectInfo, first: bytes) -> Archive:
    """Return the archive that begins with `first`, its first part.

    Raises:
        LakeError: It is no PMTiles v3 archive, or compressed in a way nobody here reads.
    """
    try:
        header = deserialize_header(first[:_HEADER_BYTES])
    except (MagicNumberNotFound, SpecVersionUnsupported, IndexError, ValueError):
        raise fault(info.key, "header", "is no PMTiles v3 archive") from None
    if header["internal_compression"] not in {Compression.GZIP, Compression.NONE}:
        raise fault(info.key, "header", "directories must be gzip or not compressed")
    start = header["root_offset"]
    root = directory(header["internal_compression"], first[start : start + header["root_length"]], file=info.key)
    return Archive(info, header, root)


def directory(packed: Compression, raw: bytes, *, file: str) -> list[Entry]:
    """Return the entries of a directory, compressed as the header's `internal_compression` says.

    Raises:
        LakeError: It is none; `file` is the archive, for the message.
    """
    # The package reads gzip only, although the specification allows directories that are not compressed.
    try:
        return deserialize_directory(raw if packed is Compression.GZIP else gzip.compress(raw, 0))
    except _BROKEN:
        raise fault(file, "directory", "is broken: it is no directory, or ends before its entries do") from None


def step(archive: Archive, entries: list[Entry], tile: int) -> Span | Entry | None:
    """Look for a tile in one directory.

    Returns:
        Where the tile lies; the entry of the leaf directory to look in next (`leaf_part`); None where the archive
        has no such tile.
    """
    entry = find_tile(entries, tile)
    if entry is None or entry.run_length == 0:
        return entry
    return Span(archive.header["tile_data_offset"] + entry.offset, entry.length)


def leaf_part(archive: Archive, entry: Entry) -> Span:
    """Return where the leaf directory of an entry lies."""
    return Span(archive.header["leaf_directory_offset"] + entry.offset, entry.length)


def too_deep(archive: Archive) -> LakeError:
    """Return the error for directories that are nested without end."""
    return fault(archive.info.key, "directories", f"nested deeper than {MAX_DEPTH} levels")
