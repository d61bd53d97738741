"""What to hand to GDAL so that it reads a file whole, rightly, and without writing beside it."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tianlake.build.pointers import HEAD, head_of, is_pointer
from tianlake.build.vector.reading import Reading
from tianlake.build.vector.text_files import drawing_encoding, interchange_copy

CODE_PAGES: Final = {0x4D: "GB18030", 0x7A: "GB18030", 0x4E: "cp949", 0x4F: "Big5", 0x78: "Big5"}
"""Mark of a dBase file's language → encoding, where it says something. Most programs write 0 or 0x57, "ANSI", whatever
the text is in, and GDAL takes 0x57 for Latin-1, in which no byte is wrong: it would let mojibake through.
https://desktop.arcgis.com, "Supported code pages" of dBase; GB18030 holds all of code page 936."""

MARK_AT: Final = 29
"""Byte of a .dbf that holds the mark."""

KEEPS: Final = {".jsonl": "GeoJSONSeq", ".ndjson": "GeoJSONSeq", ".geojsons": "GeoJSONSeq", ".geojsonl": "GeoJSONSeq"}
"""Endings of one feature per line → driver."""


ELSEWHERE: Final = "it holds no data, but leads to some elsewhere; name the file of the data itself"


@dataclass(frozen=True, slots=True)
class GdalFile:
    """What to open."""

    path: str
    encoding: str | None
    notes: tuple[str, ...] = ()
    """Rules of `rules.WHOLE` that hold for the whole source."""
    drawing: str | None = None
    """What the text of a DXF is in."""
    restore: bool = False
    """Whether GDAL is to make the index of a Shapefile anew."""


def gdal_file(reading: Reading) -> GdalFile:
    """Return how a source is opened.

    Raises:
        LakeError: An archive holds several data sets, or the file leads to data elsewhere.
    """
    suffix = reading.file.suffix.lower()
    if reading.file.is_file() and is_pointer(head_of(reading.file)):
        raise reading.unreadable(ELSEWHERE)
    encoding = reading.source.encoding
    match suffix:
        case ".shp":
            return _shapefile(reading)
        case ".zip":
            return GdalFile(f"/vsizip/{{{reading.file}}}{_member(reading)}", encoding)
        case ".mif":
            return GdalFile(str(interchange_copy(reading)), None)
        case ".dxf":
            return GdalFile(str(reading.file), None, drawing=drawing_encoding(reading))
        case ".tab" if encoding is not None:
            raise reading.misdeclared(
                "encoding", "a .tab says itself what its text is in; where it is wrong, save as .mif"
            )
        case _ if suffix in KEEPS:
            return GdalFile(f"{KEEPS[suffix]}:{reading.file}", None)
        case _:
            return GdalFile(str(reading.file), None)


def _member(reading: Reading) -> str:
    """Return the one data set in an archive, as a path below it; empty where GDAL may find it itself."""
    try:
        with zipfile.ZipFile(reading.file) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
            leads = any(is_pointer(_head(archive, name)) for name in archive.namelist())
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError) as error:  # the last one: under a password
        raise reading.unreadable(error) from None
    if leads:
        raise reading.unreadable(ELSEWHERE)
    folders = {parent for name in names for parent in name.parents if parent.suffix.lower() == ".gdb"}
    found = sorted(
        map(str, folders or {name for name in names if name.suffix.lower() in {".shp", ".gpkg", ".geojson"}})
    )
    if len(found) > 1:
        raise reading.unreadable(f"it holds several data sets, {', '.join(found)}; unpack it and name one")
    return f"/{found[0]}" if found else ""


def _head(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(HEAD)


def _shapefile(reading: Reading) -> GdalFile:
    """Return a Shapefile, or links to it in the scratch folder where GDAL has to make its index anew."""
    file = reading.file
    beside = {each.suffix.lower(): each for each in file.parent.iterdir() if each.stem == file.stem}
    encoding = reading.source.encoding or _text_of(beside)
    if ".shx" in beside:
        return GdalFile(str(file), encoding)
    folder = reading.scratch / reading.place
    folder.mkdir(exist_ok=True)
    for suffix in (".shp", ".dbf", ".prj", ".cpg"):
        if suffix in beside:
            shutil.copyfile(beside[suffix], folder / f"{file.stem}{suffix}")
    return GdalFile(str(folder / f"{file.stem}.shp"), encoding, ("file.index_restored",), restore=True)


def _text_of(beside: dict[str, Path]) -> str | None:
    """Return what a Shapefile's attributes are read in where the recipe says nothing.

    None leaves it to GDAL, which goes by the .cpg. Without one, text is held to be UTF-8: other bytes are refused, and
    not guessed, because legacy encodings cannot be told apart for sure.
    """
    if ".cpg" in beside:
        return None
    table = beside.get(".dbf")
    if table is None:
        return None
    with table.open("rb") as opened:
        mark = opened.read(MARK_AT + 1)[MARK_AT:]
    return CODE_PAGES.get(mark[0], "UTF-8") if mark else "UTF-8"
