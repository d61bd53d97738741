"""Fingerprints: equal ones need no new build."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tianlake.build import pictures
from tianlake.build.builders import tool_versions
from tianlake.build.companions import companions
from tianlake.build.maker import code_digest
from tianlake.build.pictures import is_pattern
from tianlake.build.rendering.machine import drawing_state
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import ClipStep, Recipe
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.releases import SourceRecord
from tianlake.lake.search.files import INDEXED

logger = logging.getLogger(__name__)

SETTLED_NS: Final = 2_000_000_000
"""A file changed later than this before it was hashed may change again under the same stamp (FAT: 2 s)."""


FOLDERS: Final = frozenset({".gdb", ".zarr"})
"""Formats that are folders: Esri file geodatabase, Zarr."""

FOLDER_KINDS: Final = frozenset({"tiles3d"})
"""Kinds of products whose source is a folder of any name."""


def source_files(root: Path, recipe: Recipe) -> list[Path]:
    """Return every file that the recipe reads, sorted: sidecars of a Shapefile and members of a folder too.

    Raises:
        LakeError: A source does not exist.
    """
    named = [source.path for source in recipe.sources if not source.database]
    named += [source.gazetteer for source in recipe.sources if source.gazetteer is not None]
    named += [step.path for step in recipe.steps if isinstance(step, ClipStep)]
    named += recipe.lookups.values()
    found: set[Path] = set()
    for path in named:
        file = root / path
        if recipe.card.kind in pictures.KINDS and (is_pattern(path) or file.suffix.lower() not in FOLDERS):
            found |= _pictures(root, path, recipe)
            continue
        if file.is_dir() and file.suffix.lower() not in FOLDERS and recipe.card.kind not in FOLDER_KINDS:
            rule = f"source of {recipe.card.id!r} is a folder; name a file in it"
            raise LakeError(f"{path}: {rule}")
        if file.is_dir():
            found.update(member for member in file.rglob("*") if member.is_file())
        elif not file.is_file():
            raise LakeError(f"{path}: source of {recipe.card.id!r} does not exist; put the file there")
        else:
            found |= {file, *companions(file)}
    return sorted(found)


def _pictures(root: Path, path: str, recipe: Recipe) -> set[Path]:
    """Return the files of a source of pictures, those that a VRT refers to and those beside them too."""
    if not (root / path).exists() and not is_pattern(path):
        raise LakeError(f"{path}: source of {recipe.card.id!r} does not exist; put the file there")
    named = pictures.pictures(root, path)
    named += [other for file in named for other in pictures.referred(root, file)]
    return {each for file in named for each in (file, *companions(file))}


class HashCache:
    """Remembers hashes of files by size, times and inode, as git's index does, so that a look is cheap."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            known = json.loads(file.read_bytes())
        except (OSError, ValueError):
            known = None
        self._known: dict[str, list[int | str]] = known if isinstance(known, dict) else {}
        self._changed = False

    def sha256(self, path: Path) -> str:
        """Return the hash of a file's bytes, lower-case hex."""
        now, stat = time.time_ns(), path.stat()
        # The time of change cannot be set: it tells a file whose time of modification was kept (`rsync -t`).
        stamp: list[int | str] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        match self._known.get(str(path)):
            case [*known, str(digest)] if known == stamp:
                return digest
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if now - max(stat.st_mtime_ns, stat.st_ctime_ns) > SETTLED_NS:
            self._known[str(path)] = [*stamp, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Write what was learned; losing it costs time only."""
        if not self._changed:
            return
        scratch = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps(self._known), "utf-8")
            scratch.replace(self._file)
        except OSError as error:
            logger.info("%s: %s", self._file, error)
            scratch.unlink(missing_ok=True)


def record_sources(root: Path, recipe: Recipe, cache: HashCache) -> tuple[SourceRecord, ...]:
    """Return what goes into a build, file by file, sorted by path; a database counts as one.

    Raises:
        LakeError: A source does not exist or may not be read.
        StoreError: A database cannot be reached.
    """
    records = [_record(root, file, cache) for file in source_files(root, recipe)]
    databases = [(number, source) for number, source in enumerate(recipe.sources) if source.database]
    if databases:
        from tianlake.build.database import record_database  # noqa: PLC0415 - DuckDB costs what other builds need not pay

        records += [record_database(source, f"{recipe.card.id}.toml", f"sources.{n}") for n, source in databases]
    return tuple(sorted(records, key=lambda record: record.path))


def _record(root: Path, file: Path, cache: HashCache) -> SourceRecord:
    path = file.relative_to(root).as_posix()
    try:
        return SourceRecord(path, cache.sha256(file), file.stat().st_size)
    except OSError as error:
        raise fault(path, "", f"cannot be read: {error.strerror}") from None


def fingerprint(node: str, recipe: Recipe, sources: tuple[SourceRecord, ...]) -> str:
    """Return the sha256 over everything that decides a build's bytes."""
    parts = {
        "builder": code_digest(__package__),
        "node": node,
        "recipe": dump_record(recipe).decode(),
        "sources": [[each.path, each.sha256] for each in sources],
        "tools": tool_versions(recipe.card.kind) | {"tianlake": version("tianlake")},
    }
    if recipe.card.product_class in INDEXED:  # compared when written as when read
        parts["search"] = code_digest("tianlake.lake.search")
    if recipe.tiles.pictures is not None:  # drawn with the published style, and as this machine draws
        parts["style"] = code_digest("tianlake.lake.styles")
        parts["drawing"] = drawing_state()
    return hashlib.sha256(dump_json(parts)).hexdigest()
