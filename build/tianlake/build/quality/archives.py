"""How many tiles each zoom of an archive has and how large they are, from its directories alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import deserialize_directory, tileid_to_zxy

from tianlake.build.quality.report import ZoomReport


def zoom_reports(archive: Path) -> tuple[ZoomReport, ...]:
    """Return the zooms of a PMTiles archive (spec v3 §4), lowest first.

    Bytes are those of entries: a tile that repeats in a row is stored, and counted, once.
    """
    tiles: defaultdict[int, int] = defaultdict(int)
    sizes: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    with archive.open("rb") as file:
        read = MmapSource(file)  # type: ignore[no-untyped-call]
        header = Reader(read).header()  # type: ignore[no-untyped-call]
        for entry in _entries(read, header, header["root_offset"], header["root_length"]):
            zoom, *_ = tileid_to_zxy(entry.tile_id)
            tiles[zoom] += entry.run_length
            total, largest = sizes[zoom]
            sizes[zoom] = [total + entry.length, max(largest, entry.length)]
    return tuple(ZoomReport(archive.name, zoom, tiles[zoom], sizes[zoom][0], sizes[zoom][1]) for zoom in sorted(tiles))


def _entries(read: Any, header: dict[str, Any], offset: int, length: int) -> Iterator[Any]:  # noqa: ANN401 - untyped
    for entry in deserialize_directory(read(offset, length)):
        if entry.run_length:
            yield entry
        else:  # a leaf directory (spec v3 §4.1)
            yield from _entries(read, header, header["leaf_directory_offset"] + entry.offset, entry.length)
