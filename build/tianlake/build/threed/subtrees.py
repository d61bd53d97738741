"""Implicit tiling of 3D Tiles 1.1: which tiles and contents exist, read from subtree files (OGC 22-025r4 §8)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tianlake.build.threed.content import Folder
from tianlake.build.threed.records import AvailabilityRecord, ImplicitRecord, SubtreeRecord
from tianlake.build.threed.volumes import Box, Place, Region, Volume
from tianlake.lake.errors import fault
from tianlake.lake.records import read_record

HEAD: Final = struct.Struct("<4sIQQ")
"""Magic, version, bytes of JSON, bytes of the binary part."""

MAGIC: Final = b"subt"

BRANCHES: Final = {"QUADTREE": 4, "OCTREE": 8}

LARGEST: Final = 2**26
"""Places on the last level of a subtree, 64 MB of bits here: 13 levels of a quadtree, 8 of an octree. Writers use fewer
than 10 (OGC 22-025r4 sets no bound), and a file of a few bytes may say that all of them exist."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One tile of an implicit tiling, counted from its root."""

    level: int
    x: int
    y: int
    z: int
    """Always 0 in a quadtree."""
    octree: bool
    """Whether heights are halved too."""

    def fill(self, template: str) -> str:
        """Return a template URI with this tile's numbers."""
        numbers = {"level": self.level, "x": self.x, "y": self.y, "z": self.z}
        for name, number in numbers.items():
            template = template.replace(f"{{{name}}}", str(number))
        return template

    def part(self, whole: Volume) -> Volume:
        """Return this tile's share of the root's box or region."""
        share = 0.5**self.level
        if isinstance(whole, Region):
            return Region(self._part_of_region(whole.place, share))
        if not isinstance(whole, Box):
            msg = "spheres cannot be divided"
            raise TypeError(msg)
        numbers = np.array([self.x, self.y, self.z])
        shares = np.array([share, share, share if self.octree else 1.0])
        start = whole.centre - whole.axes.sum(axis=0)
        middle = (2 * numbers + 1) * shares
        return Box(start + middle @ whole.axes, whole.axes * shares[:, np.newaxis])

    def _part_of_region(self, at: Place, share: float) -> Place:
        width, tall = ((at.east - at.west) % 360) * share, (at.north - at.south) * share
        deep = (at.high - at.low) * (share if self.octree else 1.0)
        west, south, low = at.west + self.x * width, at.south + self.y * tall, at.low + self.z * deep
        return Place(west, south, west + width, south + tall, low, low + deep)


@dataclass(frozen=True, slots=True)
class Subtree:
    """What a subtree file says, each as a map of its elements."""

    tiles: NDArray[np.bool_]
    contents: tuple[NDArray[np.bool_], ...]
    """One for each content of a tile."""
    children: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """One tile that exists, and which of its contents do."""

    cell: Cell
    contents: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Implicit:
    """An implicit tiling within a tileset file."""

    folder: Folder
    base: str
    """The tileset file, within the folder."""
    place: str
    """The tile in it, for messages."""
    record: ImplicitRecord
    contents: int
    """How many contents a tile may have."""

    def tiles(self, used: set[str]) -> Iterator[Found]:
        """Yield every tile that exists, parents first.

        Args:
            used: Takes the paths of the subtree files.

        Raises:
            LakeError: A subtree is missing or wrong.
        """
        levels = self.record.subtree_levels
        if BRANCHES[self.record.scheme] ** levels > LARGEST:
            rule = f"{levels} of a {self.record.scheme.lower()} are too many to look at; write smaller subtrees"
            raise fault(self.folder.name(self.base), f"{self.place}.implicitTiling.subtreeLevels", rule)
        waiting = [Cell(0, 0, 0, 0, self.record.scheme == "OCTREE")]
        while waiting:
            cell = waiting.pop()
            where = f"{self.place}.implicitTiling.subtrees.uri"
            path = self.folder.resolve(cell.fill(self.record.subtrees.uri), self.base, where)
            used.add(path)
            subtree = self._read(path, used)
            for level in range(levels):
                yield from self._level(subtree, cell, level, path)
            below, last = cell.level + levels, self.record.available_levels
            if below >= last and subtree.children.any():
                rule = f"tells of subtrees at level {below}; availableLevels is {last}"
                raise fault(self.folder.name(path), "childSubtreeAvailability", rule)
            waiting.extend(self._below(cell, levels, int(number)) for number in np.flatnonzero(subtree.children)[::-1])

    def _level(self, subtree: Subtree, root: Cell, level: int, path: str) -> Iterator[Found]:
        branches = BRANCHES[self.record.scheme]
        start, end = ((branches**depth - 1) // (branches - 1) for depth in (level, level + 1))
        for index in np.flatnonzero(subtree.tiles[start:end]) + start:
            cell = self._below(root, level, int(index) - start)
            if cell.level >= self.record.available_levels:
                rule = f"has a tile at level {cell.level}; availableLevels is {self.record.available_levels}"
                raise fault(self.folder.name(path), "tileAvailability", rule)
            yield Found(cell, tuple(bool(content[index]) for content in subtree.contents))

    def _below(self, root: Cell, level: int, number: int) -> Cell:
        """Return the tile at a place of the Morton order, `level` levels below a subtree's root."""
        bits = 3 if root.octree else 2
        offset = [0, 0, 0]
        for digit in range(level):
            for axis in range(bits):
                offset[axis] |= (number >> (digit * bits + axis) & 1) << digit
        x, y, z = (old * 2**level + new for old, new in zip((root.x, root.y, root.z), offset, strict=True))
        return replace(root, level=root.level + level, x=x, y=y, z=z)

    def _read(self, path: str, used: set[str]) -> Subtree:
        shown = self.folder.name(path)
        data = (self.folder.path / path).read_bytes()
        text, binary = _split(data, shown)
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise fault(shown, "", f"its JSON cannot be read: {error}") from None
        reader = _Reader(self, path, read_record(SubtreeRecord, raw, file=shown), binary, used)
        branches, levels = BRANCHES[self.record.scheme], self.record.subtree_levels
        tiles = (branches**levels - 1) // (branches - 1)
        contents = reader.record.contents
        if len(contents) > max(self.contents, 1):
            raise fault(shown, "contentAvailability", f"tells of {len(contents)} contents; a tile has {self.contents}")
        return Subtree(
            reader.bits(reader.record.tiles, tiles, "tileAvailability"),
            tuple(reader.bits(each, tiles, f"contentAvailability.{i}") for i, each in enumerate(contents)),
            reader.bits(reader.record.children, branches**levels, "childSubtreeAvailability"),
        )


def _split(data: bytes, shown: str) -> tuple[bytes, bytes]:
    """Return the JSON and the binary part of a subtree file, which may be JSON alone."""
    if data[:1] == b"{":
        return data, b""
    if data[:4] != MAGIC or len(data) < HEAD.size:
        raise fault(shown, "", "is no subtree: it begins neither with 'subt' nor as JSON")
    _, version, text, binary = HEAD.unpack_from(data)
    if version != 1:
        raise fault(shown, "", f"is a subtree of version {version}; version 1 can be published")
    if HEAD.size + text + binary != len(data):
        rule = f"says it has {HEAD.size + text + binary} bytes, and has {len(data)}; fetch it again"
        raise fault(shown, "", rule)
    return data[HEAD.size : HEAD.size + text], data[HEAD.size + text :]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the bits of one subtree file."""

    implicit: Implicit
    path: str
    record: SubtreeRecord
    binary: bytes
    used: set[str]

    def bits(self, availability: AvailabilityRecord, count: int, place: str) -> NDArray[np.bool_]:
        shown = self.implicit.folder.name(self.path)
        if availability.constant is not None:
            return np.full(count, bool(availability.constant))
        if availability.bitstream is None:
            raise fault(shown, place, "needs bitstream or constant")
        data = self._view(availability.bitstream, place)
        if len(data) < -(-count // 8):
            raise fault(shown, place, f"has {len(data)} bytes for {count} bits")
        found: NDArray[np.bool_] = np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder="little") > 0
        return found

    def _view(self, number: int, place: str) -> bytes:
        folder, shown = self.implicit.folder, self.implicit.folder.name(self.path)
        if number >= len(self.record.views) or self.record.views[number].buffer >= len(self.record.buffers):
            raise fault(shown, place, f"there is no buffer view {number}")
        view = self.record.views[number]
        buffer = self.record.buffers[view.buffer]
        data = self.binary
        if buffer.uri is not None:
            path = folder.resolve(buffer.uri, self.path, f"buffers.{view.buffer}.uri")
            self.used.add(path)
            data = (folder.path / path).read_bytes()
        if buffer.length > len(data) or view.offset + view.length > buffer.length:
            raise fault(shown, place, f"buffer view {number} reaches beyond its buffer of {len(data)} bytes")
        return data[view.offset : view.offset + view.length]
