"""PMTiles archives: levels, layers, fields, and the values in the tiles themselves."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType

from tianlake.build.policy.documents import FIELD, LAYER, named
from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.look import Look
from tianlake.build.policy.tile_texts import TileLayer, tile_layers
from tianlake.build.tiles.entries import Stored, read_tile, stored_tiles
from tianlake.lake.words import Text

MOST_TILES: Final = 20_000
"""Tiles of an archive that are unpacked; of more, so many at even distances along the Hilbert curve. The table that
they are cut from is read whole."""

_BROKEN: Final = (ValueError, IndexError, KeyError, EOFError, OSError, struct.error, zlib.error)


def check_archive(look: Look, name: str, path: Path) -> Iterator[Finding]:
    """Yield what an archive's header, metadata and tiles hold; the leak gate tells of one that cannot be read."""
    try:
        with path.open("rb") as file:
            reader = Reader(MmapSource(file))  # type: ignore[no-untyped-call]
            header, metadata = reader.header(), reader.metadata()  # type: ignore[no-untyped-call]
        yield from _levels(look, name, header["max_zoom"])
        yield from _declared(look, name, metadata)
        if header["tile_type"] == TileType.MVT:
            yield from _tiles(look, name, path, packed=header["tile_compression"] == Compression.GZIP)
    except _BROKEN:
        return


def _levels(look: Look, name: str, deepest: int) -> Iterator[Finding]:
    for rule in look.policy.of("level"):
        most = rule.parameters["most_level"]
        if deepest > most:
            text = Text(f"瓦片到第 {deepest} 级，超过第 {most:g} 级", f"tiles reach level {deepest}, beyond {most:g}")
            yield finding(rule, name, "", text)


def _declared(look: Look, name: str, metadata: dict[str, Any]) -> Iterator[Finding]:
    """Yield what the metadata lists: layers and their fields."""
    for layer in metadata.get("vector_layers", ()):
        yield from _layer(look, name, str(layer.get("id", "")), layer.get("fields", {}))


def _layer(look: Look, name: str, layer: str, fields: Iterable[str]) -> Iterator[Finding]:
    yield from named(look.layers, name, layer, layer, LAYER)
    for each in fields:
        yield from named(look.fields, name, f"{layer}.{each}", each, FIELD)


def _tiles(look: Look, name: str, path: Path, *, packed: bool) -> Iterator[Finding]:
    seen = _Seen(look, name)
    with path.open("rb") as file:
        for tile in _chosen(look, name, path):
            body = read_tile(file, tile)
            for layer in tile_layers(gzip.decompress(body) if packed else body):
                yield from seen.layer(layer)


def _chosen(look: Look, name: str, path: Path) -> list[Stored]:
    """Return the tiles that are unpacked: each different one once, at most `MOST_TILES`."""
    different = list({tile.offset: tile for tile in stored_tiles(path)}.values())
    if len(different) <= MOST_TILES:
        return different
    look.read.append(f"{name}: {MOST_TILES} of {len(different)} tiles")
    return [different[number * len(different) // MOST_TILES] for number in range(MOST_TILES)]


class _Seen:
    """What the tiles of one archive held so far: a value is in many tiles, and is looked at once."""

    def __init__(self, look: Look, file: str) -> None:
        self._look, self._file = look, file
        self._coarse = re.compile(look.texts.coarse or r"(?!)")
        stating = (*look.stated.classes, *look.stated.accuracies)
        self._members = {each.casefold() for rule in stating for each in rule.parameters["members"]}
        self._suspicion: dict[str, bool] = {}
        self._layers: set[tuple[str, str]] = set()
        self._values: set[tuple[str, str, object]] = set()
        self._told: set[tuple[str, str, str]] = set()

    def layer(self, layer: TileLayer) -> Iterator[Finding]:
        """Yield what is new in one layer of one tile."""
        for key in ("", *layer.keys):
            if (layer.name, key) not in self._layers:
                self._layers.add((layer.name, key))
                yield from _layer(self._look, self._file, layer.name, [key] if key else [])
        chosen = {number for number, value in enumerate(layer.values) if isinstance(value, str) and self._may(value)}
        stated = {number for number, key in enumerate(layer.keys) if key.casefold() in self._members}
        if chosen or stated:
            for key_number, number in layer.pairs():
                if number in chosen or key_number in stated:
                    yield from self._value(layer, layer.keys[key_number], layer.values[number])

    def _may(self, value: str) -> bool:
        """Tell whether a text may be a finding; most are in tile after tile, and are searched once."""
        if value not in self._suspicion:
            self._suspicion[value] = self._coarse.search(value) is not None
        return self._suspicion[value]

    def _value(self, layer: TileLayer, key: str, value: str | float | None) -> Iterator[Finding]:
        if (layer.name, key, value) in self._values:
            return
        self._values.add((layer.name, key, value))
        place = f"{layer.name}.{key}"
        found = list(self._look.stated.look(self._file, place, key, value))
        if isinstance(value, str):
            found += [finding(hit.rule, self._file, place, hit.what) for hit in self._look.texts.hits(value, key)]
        for each in found:
            mark = (each.rule, place, "" if each.rule.startswith("personal.") else each.text.zh)
            if mark not in self._told:
                self._told.add(mark)
                yield each
