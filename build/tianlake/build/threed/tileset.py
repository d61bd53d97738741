"""Builds a product of 3D Tiles: checked, copied as it is, indexed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final

import duckdb

from tianlake.build.duck import open_database
from tianlake.build.earth import world_box
from tianlake.build.job import Built, Job, Progress, describe_file, silent
from tianlake.build.quality.report import Finding, Report, Sample
from tianlake.build.quality.write import write_report
from tianlake.build.threed.content import Folder
from tianlake.build.threed.index import TILESET, index_tiles
from tianlake.build.threed.unpack import open_folder
from tianlake.build.threed.walk import ENTRY, SAMPLES, Tile, Walked, walk
from tianlake.build.vector.features import Features
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.build.vector.report_map import report_map
from tianlake.build.vector.sql_errors import sql_faults
from tianlake.build.vector.thumbnail import write_thumbnail
from tianlake.lake.duck import interruptible
from tianlake.lake.releases import JSON, PARQUET, PNG, Asset, MediaType, Quality, TilesetFacts
from tianlake.lake.words import Bounds, Text

MEDIA: Final[dict[str, MediaType]] = {
    ".json": JSON,
    ".gltf": JSON,
    ".glb": "model/gltf-binary",
    ".png": PNG,
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""By suffix; everything else is bytes: b3dm, pnts and the others have no registered media type."""

LEFT: Final = Text(
    "文件夹中没有瓦片引用的文件，未发布；需要发布的请在 tileset.json 中引用",
    "files in the folder that no tile refers to are not published; refer to those that should be",
)


@dataclass(slots=True)
class _Summary:
    """What is found out while tiles pass by."""

    tiles: set[tuple[str, str]] = field(default_factory=set)
    contents: dict[str, str] = field(default_factory=dict)
    """Path → kind."""
    heights: tuple[float, float] = (float("inf"), float("-inf"))

    def watch(self, tiles: Iterable[Tile]) -> Iterator[Tile]:
        """Yield tiles unchanged."""
        for tile in tiles:
            self.tiles.add((tile.tileset, tile.name))
            self.heights = min(self.heights[0], tile.place.low), max(self.heights[1], tile.place.high)
            if tile.content and tile.content.kind != "tileset":
                self.contents[tile.content.path] = tile.content.kind
            yield tile


def build_tiles3d(job: Job, progress: Progress = silent) -> Built:
    """Build a tileset's assets into `job.out`.

    They are `tileset/…`, every file as it is, `index.parquet`, `thumbnail.png` and the quality report.

    Raises:
        LakeError: The tileset breaks a rule; one line that names the file, the place and the rule.
        OSError: A file could not be written.
    """
    folder, walked, summary = open_folder(job), Walked(), _Summary()
    with sql_faults(job.recipe.card.id), open_database(job) as connection:
        with progress(Text("检查三维瓦片", "Check the 3D tiles")):
            features = index_tiles(connection, summary.watch(walk(folder, walked)), job.recipe.card.id)
        with progress(Text("写出索引", "Write the index")):
            made = interruptible(connection, partial(_write_index, connection, features, job))
            drawn = (job.out / "thumbnail.png").read_bytes()
            picture = interruptible(connection, partial(report_map, connection, features, drawn))
    with progress(Text("复制三维瓦片", "Copy the 3D tiles")):
        facts = _facts(walked, summary, world_box(*features.bounds))
        copied = _copy(folder, walked, facts, job)
    contents = len(summary.contents)
    quality = Quality(read=contents, written=contents)
    findings = (*walked.findings(folder.shown), *_left_out(folder, walked))
    report = Report(quality=quality, bounds=facts.bounds, findings=findings)
    entry = [asset for asset in copied if asset.facts is not None]
    parts = [asset for asset in copied if asset.facts is None]
    return Built((*entry, *made, *write_report(report, job, picture), *parts), facts.bounds, quality)


def _write_index(connection: duckdb.DuckDBPyConnection, features: Features, job: Job) -> tuple[Asset, ...]:
    table, picture = job.out / "index.parquet", job.out / "thumbnail.png"
    write_geoparquet(connection, features, table)
    write_thumbnail(connection, features, picture)
    facts = read_table_facts(connection, table)
    return (
        describe_file(table, "metadata", PARQUET, Text("瓦片索引(GeoParquet)", "Index of tiles (GeoParquet)"), facts),
        describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
    )


def _facts(walked: Walked, summary: _Summary, bounds: Bounds) -> TilesetFacts:
    low, high = (round(height, 3) for height in summary.heights)
    return TilesetFacts(
        version=walked.version,
        bounds=bounds,
        heights=(low, high),
        geometric_error=walked.geometric_error,
        tiles=len(summary.tiles),
        contents=len(summary.contents),
        content_types=tuple(sorted(set(summary.contents.values()))),
    )


def _copy(folder: Folder, walked: Walked, facts: TilesetFacts, job: Job) -> list[Asset]:
    """Copy every file that the tileset needs, byte for byte."""
    assets = []
    for path in sorted(walked.used):
        target = job.out / TILESET / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder.path / path, target)
        media = MEDIA.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")
        if path == ENTRY:
            asset = describe_file(target, "data", JSON, Text("三维瓦片(3D Tiles)", "3D Tiles"), facts)
        else:
            asset = describe_file(target, "part", media, Text("三维瓦片的文件", "A file of the 3D tiles"))
        assets.append(replace(asset, name=f"{TILESET}/{path}"))
    return assets


def _left_out(folder: Folder, walked: Walked) -> tuple[Finding, ...]:
    files = (each.relative_to(folder.path).as_posix() for each in folder.path.rglob("*") if each.is_file())
    unused = sorted(set(files) - walked.used)
    if not unused:
        return ()
    samples = tuple(Sample(id=path) for path in unused[:SAMPLES])
    return (Finding("tileset.unreferenced", "left_out", len(unused), LEFT, folder.shown, samples, "file"),)
