"""Writes PMTiles v3 archives of ready-made tiles, identical ones once.

The entry, directory and header encodings are the `pmtiles` package's; its `Writer` is not used because it
takes two tiles for the same when `hash()` of their bytes agrees, so that a collision shows a wrong tile.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from shutil import copyfileobj
from types import TracebackType
from typing import Any, Self

from pmtiles.tile import Entry
from pmtiles.writer import finalize_header


class TileArchive:
    """Takes tiles in the order of their ids and writes them as one clustered archive."""

    def __init__(self, scratch: Path) -> None:
        """Start empty; tile data waits in an unnamed file in the folder `scratch`."""
        self._data = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by __exit__
        self._size = 0
        self._entries: list[Entry] = []
        self._places: dict[bytes, list[tuple[int, int]]] = {}
        """Digest → offset and length of each different content that has it."""
        self._addressed = 0
        self._contents = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._data.close()

    def __len__(self) -> int:
        """Return the number of tiles taken."""
        return self._addressed

    def add(self, tile_id: int, data: bytes) -> None:
        """Take one tile; ids must ascend (spec v3 §3.2.3: that is what "clustered" promises)."""
        last = self._entries[-1] if self._entries else None
        after = last.tile_id + last.run_length if last else 0
        if tile_id < after:
            msg = f"tile {tile_id} comes after tile {after - 1}"
            raise ValueError(msg)
        offset = self._place(data)
        if last is not None and tile_id == after and (last.offset, last.length) == (offset, len(data)):
            last.run_length += 1
        else:
            self._entries.append(Entry(tile_id, offset, len(data), 1))
        self._addressed += 1

    def _place(self, data: bytes) -> int:
        """Return where `data` lies, written now unless the very same bytes are there already."""
        places = self._places.setdefault(digest(data), [])
        for offset, length in places:
            if length == len(data) and self._read(offset, length) == data:
                return offset
        offset = self._size
        self._data.seek(offset)
        self._data.write(data)
        places.append((offset, len(data)))
        self._size += len(data)
        self._contents += 1
        return offset

    def _read(self, offset: int, length: int) -> bytes:
        self._data.seek(offset)
        return self._data.read(length)

    def write(self, target: Path, header: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Write the archive.

        Args:
            target: The file; replaced where it exists.
            header: Type, compression, bounds and centre under the names of `pmtiles.tile.HeaderDict`;
                counts, offsets and zooms are found here.
            metadata: The JSON metadata.
        """
        head = finalize_header(  # type: ignore[no-untyped-call]
            header,
            self._addressed,
            self._entries,
            self._contents,
            metadata,
            True,  # noqa: FBT003 - clustered
            self._size,
        )
        with target.open("wb") as file:
            for part in head:
                file.write(part)
            self._data.seek(0)
            copyfileobj(self._data, file)


def digest(data: bytes) -> bytes:
    """Return a short name of tile bytes: a first guess, always checked against the bytes themselves."""
    return hashlib.blake2b(data, digest_size=16).digest()
