"""Keeps the tiles of parts by what they were cut from, so that a part that did not change is not cut again.

Each file is a PMTiles archive of one part's tiles, named by the SHA-256 of everything they depend on; an empty file is
a part without tiles. What its tiles hold and lack is in its metadata.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pmtiles.tile import Compression, TileType, deserialize_header

from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tiles.entries import HEADER, Stored, read_tile, stored_tiles
from tianlake.build.tiles.facts import read_metadata
from tianlake.build.vector.tile_bands import Part
from tianlake.build.vector.tile_cut import Cut, Losses
from tianlake.build.vector.tile_present import Ids
from tianlake.build.vector.tile_report import present_ids

VECTOR: Final = {"tile_type": TileType.MVT, "tile_compression": Compression.GZIP}


@dataclass(frozen=True, slots=True)
class Kept:
    """The tiles of one part."""

    file: Path
    tiles: tuple[Stored, ...]
    """In the order of their ids."""
    fields: dict[str, dict[str, str]]
    """Layer → attribute → `String`, `Number`, `Boolean` or `Mixed`."""
    losses: Losses
    generator: str | None

    def at(self, zoom: int) -> Iterator[tuple[int, bytes]]:
        """Yield id and bytes of the tiles of one zoom, in the order of their ids."""
        first, end = ((4**level - 1) // 3 for level in (zoom, zoom + 1))
        with self.file.open("rb") as file:
            for tile in self.tiles:
                if first <= tile.tile_id < end:
                    yield tile.tile_id, read_tile(file, tile)


@dataclass(frozen=True, slots=True)
class PartStore:
    """A folder of parts. It never holds a half-written one: files are put there by renaming."""

    folder: Path

    def has(self, key: str) -> bool:
        """Say whether a part is there, whole: a file that a crash has cut short is none."""
        file = self.folder / key
        return file.is_file() and file.stat().st_size in {0, _size_told(file)}

    def get(self, key: str) -> tuple[Kept, dict[int, Ids]]:
        """Return a part that is there, and zoom → the features in its tiles, which are too many to be held of all."""
        file = self.folder / key
        if file.stat().st_size == 0:
            return Kept(file, (), {}, {}, None), {}
        metadata = read_metadata(file)
        losses = {int(zoom): lost for zoom, lost in metadata["losses"].items()}
        ids = {int(zoom): np.array(found, np.uint64) for zoom, found in metadata["ids"].items()}
        return Kept(file, tuple(stored_tiles(file)), metadata["fields"], losses, metadata["generator"]), ids

    def put(self, key: str, part: Part, cut: Cut | None) -> None:
        """Keep the tiles of a part."""
        with self._unfinished(key) as file:
            write_part(file, part, cut)

    def take(self, key: str, made: Path | None) -> None:
        """Keep a part that `write_part` made elsewhere; None for one without tiles."""
        with self._unfinished(key) as file:
            if made is None:
                file.touch()
            else:
                shutil.copyfile(made, file)

    @contextmanager
    def _unfinished(self, key: str) -> Iterator[Path]:
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{uuid.uuid4().hex}"
        try:
            yield unfinished
            unfinished.replace(self.folder / key)
        finally:
            unfinished.unlink(missing_ok=True)

    def keep_only(self, keys: Iterable[str]) -> None:
        """Delete every other file: what the last build did not use, and what killed builds left."""
        wanted = set(keys)
        for file in self.folder.iterdir():
            if file.name not in wanted:
                with suppress(OSError):
                    file.unlink()


def write_part(target: Path, part: Part, cut: Cut | None) -> None:
    """Write the tiles of a part; those around it, which belong to its neighbours, are left out."""
    own = [tile for tile in stored_tiles(cut.archive) if part.holds(*tile.zxy)] if cut else []
    if cut is None or not own:
        target.touch()
        return
    with TileArchive(target.parent) as archive, cut.archive.open("rb") as file:
        for tile in own:
            archive.add(tile.tile_id, read_tile(file, tile))
        archive.write(target, dict(VECTOR), _describe(cut, own))


def _describe(cut: Cut, own: list[Stored]) -> dict[str, Any]:
    return {
        "generator": cut.metadata["generator"],
        "fields": {layer["id"]: layer["fields"] for layer in cut.metadata["vector_layers"]},
        "losses": {str(zoom): lost for zoom, lost in cut.losses.items()},
        "ids": {str(zoom): ids.tolist() for zoom, ids in present_ids(cut.archive, own).items()},
    }


def _size_told(file: Path) -> int:
    """Return how large an archive says it is; its tiles come last."""
    with file.open("rb") as opened:
        head = opened.read(HEADER)
    if len(head) < HEADER:
        return -1
    header = deserialize_header(head)
    return header["tile_data_offset"] + header["tile_data_length"]
