"""Goes through all tiles of a tileset, follows what it refers to, and says which rule is broken where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tianlake.build.quality.report import Finding, Sample
from tianlake.build.threed.content import Content, Folder, read_content, read_json, resources
from tianlake.build.threed.records import ContentRecord, TileRecord, TilesetRecord
from tianlake.build.threed.subtrees import Found, Implicit
from tianlake.build.threed.volumes import IDENTITY, Matrix, Place, Sphere, Volume, locate, read_volume
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.records import read_record
from tianlake.lake.words import Text

ENTRY: Final = "tileset.json"

KNOWN: Final = frozenset({"3DTILES_content_gltf"})
"""Required extensions that change nothing of what is checked here: glTF as content, which 1.1 has anyway."""

SAMPLES: Final = 20

MOST_ENTRIES: Final = 1000
"""How often one external tileset may be entered: an instance is legal, a tower of twins never ends."""

REASONS: Final = {
    "tileset.child-outside": Text(
        "子瓦片的包围体超出父瓦片：客户端可能过早剔除它们，请由生成工具修正",
        "their bounding volumes stick out of their parents': clients may cull them too early; correct the writer",
    ),
    "tileset.geometric-error": Text(
        "几何误差大于父瓦片：细节层次会倒置，请由生成工具修正",
        "their geometric errors exceed their parents': levels of detail are turned around; correct the writer",
    ),
}
"""What is wrong and published all the same, and what follows from it."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile with one of its contents, or without any."""

    tileset: str
    """The tileset file, within the folder."""
    name: str
    """Its place there: `root.children.0`, with `@level/x/y` or `@level/x/y/z` in an implicit tiling."""
    level: int
    """Below the root of the whole tileset."""
    geometric_error: float
    """Metres."""
    refine: str
    place: Place
    content: Content | None = None


@dataclass(slots=True)
class Walked:
    """What a walk finds beside the tiles."""

    used: set[str] = field(default_factory=set)
    """Every file that the tileset needs, within its folder."""
    entered: dict[str, int] = field(default_factory=dict)
    """External tileset → how often it was referred to."""
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    version: str = ""
    """Of the entry's asset."""
    geometric_error: float = 0.0
    """Metres, of the whole tileset."""

    def note(self, rule: str, sample: Sample) -> None:
        """Count one more tile that breaks a rule."""
        self.counts[rule] = self.counts.get(rule, 0) + 1
        kept = self.samples.setdefault(rule, [])
        if len(kept) < SAMPLES:
            kept.append(sample)

    def findings(self, source: str) -> tuple[Finding, ...]:
        """Return what was found, rule by rule."""
        return tuple(
            Finding(rule, "kept", self.counts[rule], REASONS[rule], source, tuple(self.samples[rule]), "tile")
            for rule in sorted(self.counts)
        )


@dataclass(frozen=True, slots=True)
class _Above:
    """What a tile takes from the ones above it."""

    matrix: Matrix
    level: int
    refine: str
    geometric_error: float
    volume: Volume | None
    place: Place | None
    files: tuple[str, ...]
    """Tileset files that led here, the one it is in last."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A tile that waits to be looked at."""

    raw: dict[str, Any]
    name: str
    above: _Above


def walk(folder: Folder, walked: Walked) -> Iterator[Tile]:
    """Yield all tiles of `tileset.json`, of its external tilesets and implicit tilings, parents first.

    Raises:
        LakeError: A rule is broken without which a client could not draw it; one line with the file and the place.
    """
    above = _Above(IDENTITY, 0, "REPLACE", float("inf"), None, None, (ENTRY,))
    record = _open(folder, ENTRY, walked)
    walked.version, walked.geometric_error = record.asset.version, record.geometric_error
    waiting = [_Step(record.root, "root", above)]
    while waiting:
        step = waiting.pop()
        tiles, below = _look(folder, step, walked)
        yield from tiles
        waiting.extend(reversed(below))


def _open(folder: Folder, path: str, walked: Walked) -> TilesetRecord:
    shown = folder.name(path)
    record = read_record(TilesetRecord, read_json(folder, path), file=shown)
    unknown = sorted(set(record.extensions_required) - KNOWN)
    if unknown:
        rule = f"{', '.join(unknown)} cannot be checked and so not be published; write the tileset without it"
        raise fault(shown, "extensionsRequired", rule)
    walked.used.add(path)
    if record.schema_uri is not None:
        walked.used.add(folder.resolve(record.schema_uri, path, "schemaUri"))
    return record


def _look(folder: Folder, step: _Step, walked: Walked) -> tuple[Iterator[Tile], list[_Step]]:
    """Return the rows of one tile, and the tiles below it."""
    above, path = step.above, step.above.files[-1]
    shown = f"{folder.name(path)}: {step.name}"
    record = read_record(TileRecord, step.raw, file=shown)
    matrix = above.matrix
    if record.transform is not None:
        matrix = matrix @ np.array(record.transform).reshape(4, 4).T
    volume = read_volume(record.volume, matrix)
    if isinstance(volume, str):
        raise fault(shown, "boundingVolume", volume)
    place = locate(volume) or above.place
    if place is None:
        rule = "lies near the centre of the Earth: it has no place; give the root a transform to EPSG:4978"
        raise fault(shown, "boundingVolume", rule)
    _compare(step, volume, record.geometric_error, place, walked)
    refine = record.refine or above.refine
    tile = Tile(path, step.name, above.level, record.geometric_error, refine, place)
    here = _Above(matrix, above.level + 1, refine, record.geometric_error, volume, place, above.files)
    contents = record.contents or ((record.content,) if record.content else ())
    if record.implicit is not None:
        if isinstance(volume, Sphere):
            raise fault(shown, "boundingVolume", "a sphere cannot be divided; an implicit tiling needs a box or region")
        if record.children:
            raise fault(shown, "children", "an implicit tiling has none")
        implicit = Implicit(folder, path, step.name, record.implicit, len(contents))
        return _implicit(implicit, tile, contents, volume, walked), []
    found = [_content(folder, step, each, number, walked) for number, each in enumerate(contents)]
    below = [_Step(raw, f"{step.name}.children.{number}", here) for number, raw in enumerate(record.children)]
    below += [_external(folder, each, here, walked) for each in found if each.kind == "tileset"]
    return _rows(tile, found), below


def _rows(tile: Tile, contents: list[Content]) -> Iterator[Tile]:
    made = (tile.tileset, tile.name, tile.level, tile.geometric_error, tile.refine, tile.place)
    yield from (Tile(*made, content) for content in contents)
    if not contents:
        yield tile


def _external(folder: Folder, content: Content, above: _Above, walked: Walked) -> _Step:
    if content.path in above.files:
        chain = " → ".join((*above.files, content.path))
        raise LakeError(f"{folder.name(content.path)}: the tileset holds itself: {chain}")
    walked.entered[content.path] = walked.entered.get(content.path, 0) + 1
    if walked.entered[content.path] > MOST_ENTRIES:
        rule = f"is entered more than {MOST_ENTRIES:,} times: tilesets that refer to others twice double at each level"
        raise fault(folder.name(content.path), "", rule)
    record = _open(folder, content.path, walked)
    files = (*above.files, content.path)
    below = _Above(above.matrix, above.level, above.refine, above.geometric_error, above.volume, above.place, files)
    return _Step(record.root, "root", below)


def _content(folder: Folder, step: _Step, record: ContentRecord, number: int, walked: Walked) -> Content:
    base = step.above.files[-1]
    place = f"{step.name}.content.uri" if number == 0 else f"{step.name}.contents.{number}.uri"
    return _file(folder, record, base, place, walked)


def _file(folder: Folder, record: ContentRecord, base: str, place: str, walked: Walked) -> Content:
    uri = record.uri or record.url
    if not uri:
        raise fault(folder.name(base), place, "is missing; a content names its file")
    content = read_content(folder, folder.resolve(uri, base, place))
    walked.used.add(content.path)
    if content.kind == "gltf":
        walked.used.update(resources(folder, content.path))
    return content


def _implicit(
    implicit: Implicit, root: Tile, contents: tuple[ContentRecord, ...], volume: Volume, walked: Walked
) -> Iterator[Tile]:
    for found in implicit.tiles(walked.used):
        yield from _rows(_cell(root, found, volume), list(_cell_contents(implicit, found, contents, walked)))


def _cell(root: Tile, found: Found, volume: Volume) -> Tile:
    cell = found.cell
    numbers = (cell.level, cell.x, cell.y, cell.z) if cell.octree else (cell.level, cell.x, cell.y)
    return Tile(
        root.tileset,
        f"{root.name}@{'/'.join(map(str, numbers))}",
        root.level + cell.level,
        root.geometric_error / 2**cell.level,
        root.refine,
        locate(cell.part(volume)) or root.place,
    )


def _cell_contents(
    implicit: Implicit, found: Found, contents: tuple[ContentRecord, ...], walked: Walked
) -> Iterator[Content]:
    for number, there in enumerate(found.contents):
        if there:
            record = contents[number] if number < len(contents) else ContentRecord()
            named = ContentRecord(found.cell.fill(record.uri or record.url))
            place = f"{implicit.place}.content.uri"
            content = _file(implicit.folder, named, implicit.base, place, walked)
            if content.kind == "tileset":
                rule = f"{content.path} is a tileset; Tianlake follows those of listed tiles only"
                raise fault(implicit.folder.name(implicit.base), place, rule)
            yield content


def _compare(step: _Step, volume: Volume, geometric_error: float, place: Place, walked: Walked) -> None:
    """Note where a tile does not fit the one above it."""
    above = step.above
    middle = (place.west + ((place.east - place.west) % 360) / 2 + 180) % 360 - 180
    sample = Sample(
        id=f"{above.files[-1]}: {step.name}",
        lon=round(middle, 6),
        lat=round((place.south + place.north) / 2, 6),
    )
    if geometric_error > above.geometric_error:
        walked.note("tileset.geometric-error", sample)
    if above.volume is not None and not above.volume.contains(volume.points()):
        walked.note("tileset.child-outside", sample)
