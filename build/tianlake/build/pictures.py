"""Which files a raster source stands for: one, those of a folder or a glob, and what a `.vrt` refers to.

Nothing of GDAL is imported: a build without changes must not pay for it.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree import ElementTree as ET

from tianlake.build.pointers import head_of, is_text_for_pictures
from tianlake.lake.errors import fault

PICTURES: Final = frozenset(
    {".tif", ".tiff", ".img", ".jpg", ".jpeg", ".jp2", ".png", ".asc", ".bil", ".bip", ".bsq", ".flt", ".ecw", ".vrt"}
)
"""Ends of names that count as pictures in a folder; what else lies there belongs to them or to nobody."""

KINDS: Final = frozenset({"raster", "terrain"})
"""Kinds of products whose sources may be folders or globs of pictures."""

REFERRING: Final = frozenset({"sourcefilename", "sourcedataset", "srcdatasource", "dempath"})
"""Elements of a VRT that name files (https://gdal.org/drivers/raster/vrt.html); GDAL takes them in any case."""

INDEX: Final = ".gti."
"""In the name of a tile index of GDAL, a table of files and addresses (https://gdal.org/drivers/raster/gti.html)."""


def pictures(root: Path, path: str) -> list[Path]:
    """Return the files that a source stands for, sorted by name; at least one.

    Args:
        root: The workspace.
        path: Of the source: a file, a folder, or a pattern with `*`, `?` or `**` in it.

    Raises:
        LakeError: There are none.
    """
    place = root / path
    if place.is_file():
        return [place]
    if place.is_dir():
        found = [each for each in place.rglob("*") if each.is_file() and each.suffix.lower() in PICTURES]
        rule = f"the folder holds no picture ({', '.join(sorted(PICTURES))})"
    elif is_pattern(path):
        found = [each for each in root.glob(path) if each.is_file() and each.suffix.lower() in PICTURES]
        rule = "no picture in the workspace matches"
    else:
        raise fault(path, "", "there is no such file in the workspace")
    if not found:
        raise fault(path, "", rule)
    return sorted(found)


def is_pattern(path: str) -> bool:
    """Tell whether a path stands for files by a pattern."""
    return any(sign in path for sign in "*?[")


def referred(root: Path, file: Path, seen: frozenset[Path] = frozenset()) -> set[Path]:
    """Return the files that a `.vrt` is made of, those of VRTs among them too; nothing for other files.

    Raises:
        LakeError: It is no XML, or names what does not lie in the workspace; or a file that is called otherwise
            leads to other data.
    """
    if file in seen:
        return set()
    name = file.relative_to(root).as_posix()
    if file.suffix.lower() != ".vrt":
        if INDEX in file.name.lower() or is_text_for_pictures(head_of(file)):
            raise fault(name, "", "holds no picture, but leads to some; name the pictures, or a .vrt of them")
        return set()
    try:
        document = ET.fromstring(file.read_bytes())  # noqa: S314 - expat ≥ 2.4.1 bounds what entities grow to
    except (ET.ParseError, ValueError) as error:
        raise fault(name, "", f"is no VRT: {error}") from None
    found: set[Path] = set()
    for element in document.iter():
        if element.tag.lower() in REFERRING:
            member = _member(root, file, element)
            found |= {member, *referred(root, member, seen | {file})}
    return found


def _member(root: Path, file: Path, element: ET.Element) -> Path:
    """Return a file that an element of a VRT names."""
    name, said = file.relative_to(root).as_posix(), (element.text or "").strip()
    relative = element.get("relativeToVRT", element.get("relativetoVRT")) == "1"
    # Whatever is no plain path, GDAL may take for another driver's: `/vsicurl/…`, `WMS:…`, XML. Nothing of it here.
    plain = said and not said.startswith(("/vsi", "<")) and ":" not in PurePosixPath(said.replace("\\", "/")).parts[0]
    place = ((file.parent if relative else Path("/")) / said).resolve() if plain else None
    if place is None or not place.is_relative_to(root.resolve()):
        rule = f"refers to {said!r}, which is no file of the workspace; name files relative to the VRT"
        raise fault(name, element.tag, rule)
    if not place.is_file():
        raise fault(name, element.tag, f"refers to {said!r}, which does not exist; put the file there")
    return root / place.relative_to(root.resolve())
