"""Where a tileset's files lie: in a folder of the workspace, or in a `.3tz` archive that is unpacked.

https://github.com/erilem/3tz-specification: a zip file with `tileset.json` at its root, and an index for readers
that do not unpack it, which is not needed here.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from tianlake.build.job import Job, recipe_file
from tianlake.build.threed.content import Folder
from tianlake.build.threed.walk import ENTRY
from tianlake.lake.errors import fault

INDEX: Final = "@3dtilesIndex1@"
"""The archive's own index, its last entry."""

READABLE: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Compressions that Python reads; archives may also use Zstandard."""

ENCRYPTED: Final = 1
"""Bit of an entry's flags (APPNOTE 4.4.4)."""


def open_folder(job: Job) -> Folder:
    """Return the folder of the one source of a tileset.

    Raises:
        LakeError: There is not exactly one, or it is no tileset.
    """
    sources = job.recipe.sources
    if len(sources) != 1:
        rule = f"a tileset is built from exactly one folder, not {len(sources)}; join them in one tileset.json"
        raise fault(recipe_file(job), "sources", rule)
    shown = sources[0].path.rstrip("/")
    path = job.root / shown
    if path.is_dir():
        if not (path / ENTRY).is_file():
            raise fault(shown, "", f"the folder has no {ENTRY}; name the folder that has it")
        return Folder(path, shown)
    if path.suffix.lower() == ".3tz":
        return Folder(_unpacked(path, job.scratch / "unpacked", shown), shown)
    if path.name == ENTRY and path.is_file():
        raise fault(shown, "", "name its folder: all files in it belong to the tileset")
    raise fault(shown, "", f"is neither a folder with {ENTRY} nor a .3tz archive")


def _unpacked(archive: Path, target: Path, shown: str) -> Path:
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir() and entry.filename != INDEX]
            if ENTRY not in {entry.filename for entry in entries}:
                raise fault(shown, "", f"the archive has no {ENTRY} at its root")
            _check_room(entries, target.parent, shown)
            for entry in entries:
                _extract(opened, entry, target, shown)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise fault(shown, "", f"is no zip archive or damaged: {error}; fetch it again") from None
    return target


def _check_room(entries: list[zipfile.ZipInfo], folder: Path, shown: str) -> None:
    """Refuse what the disk cannot hold before it is full; Python reads no more of an entry than it declares."""
    size, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if size > free:
        raise fault(shown, "", f"unpacks to {size} bytes, and the disk has {free} left; unpack it elsewhere first")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, shown: str) -> None:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
        raise fault(shown, "", f"entry {entry.filename!r} leads out of the archive")
    if entry.flag_bits & ENCRYPTED:
        raise fault(shown, "", f"entry {entry.filename!r} is encrypted; write it without a password")
    if entry.compress_type not in READABLE:
        rule = f"entry {entry.filename!r} is compressed by method {entry.compress_type}; write it stored or deflated"
        raise fault(shown, "", rule)
    file = target / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, file.open("wb") as written:
        shutil.copyfileobj(source, written)
