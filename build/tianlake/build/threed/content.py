"""Files that tiles show: what they are by their first bytes, and whether they are whole."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tianlake.lake.errors import fault

MAGIC: Final = {b"b3dm": "b3dm", b"i3dm": "i3dm", b"pnts": "pnts", b"cmpt": "cmpt", b"glTF": "glb"}
"""First four bytes → kind (OGC 22-025r4 §10; glTF 2.0 §4.4.2). All have their length in bytes 8 to 12."""

VERSIONS: Final = {"glb": 2}
"""Version in bytes 4 to 8, where it is not 1."""

HEAD: Final = 12
"""Bytes of the part of the header that all kinds have."""

JSON_KINDS: Final = {"gltf", "json"}


@dataclass(frozen=True, slots=True)
class Content:
    """One file that a tile shows."""

    path: str
    """Within the tileset's folder, `/` between parts."""
    kind: str
    """`b3dm`, `i3dm`, `pnts`, `cmpt`, `glb`, `gltf`, or `tileset` for an external one."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a tileset."""

    path: Path
    shown: str
    """Its path as the recipe has it; errors name it."""

    def name(self, path: str) -> str:
        """Return how errors call a file of it."""
        return f"{self.shown}/{path}"

    def resolve(self, uri: str, base: str, place: str) -> str:
        """Return the path within the folder that a URI in the file `base` leads to.

        Raises:
            LakeError: It leads out of the folder, or to no file.
        """
        file = self.name(base)
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc:
            rule = f"{uri[:60]!r} leads to another server or holds data; a release has relative paths to its own files"
            raise fault(file, place, rule)
        wanted = PurePosixPath(base).parent / unquote(parts.path)
        found: list[str] = []
        for part in wanted.parts:
            if part == ".." and found:
                found.pop()
            elif part in {"..", "/"} or "\\" in part:
                raise fault(file, place, f"{uri!r} leads out of the folder; it must be a relative path inside")
            else:
                found.append(part)
        path = "/".join(found)
        target = self.path / path
        if not path or not target.is_file():
            raise fault(file, place, f"there is no file {path!r}; put it there or remove the tile")
        if not target.resolve().is_relative_to(self.path.resolve()):
            raise fault(file, place, f"{path!r} is a link out of the folder; put the file itself there")
        return path


def read_content(folder: Folder, path: str) -> Content:
    """Return what a file is.

    Raises:
        LakeError: It is none of the kinds, not what its name says, or cut short.
    """
    file, shown = folder.path / path, folder.name(path)
    size = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    said = PurePosixPath(path).suffix.lower().removeprefix(".")
    kind = MAGIC.get(head[:4])
    if kind is None:
        return Content(path, _json_kind(folder, path, said), size)
    if said in set(MAGIC.values()) | JSON_KINDS and said != kind:
        raise fault(shown, "", f"begins as {kind}, but is named .{said}")
    if len(head) < HEAD:
        raise fault(shown, "", f"is cut short in its header: {size} bytes")
    version, length = struct.unpack("<II", head[4:])
    if version != VERSIONS.get(kind, 1):
        raise fault(shown, "", f"is {kind} of version {version}; version {VERSIONS.get(kind, 1)} can be published")
    if length != size:
        raise fault(shown, "", f"says it has {length} bytes, and has {size}; fetch it again")
    return Content(path, kind, size)


def _json_kind(folder: Folder, path: str, said: str) -> str:
    shown = folder.name(path)
    if said not in JSON_KINDS:
        rule = f"is none of {', '.join(sorted(MAGIC.values()))}, glTF and tileset by its first bytes"
        raise fault(shown, "", rule)
    document = read_json(folder, path)
    if "root" in document:
        return "tileset"
    if "scenes" in document or "meshes" in document or "nodes" in document:
        if said != "gltf":  # by its name everybody may have it (`tianlake.lake.access`), whoever may have the product
            raise fault(shown, "", f"is glTF, but is named .{said}; name it .gltf")
        return "gltf"
    raise fault(shown, "", "is neither a tileset (no member root) nor glTF (no nodes)")


def read_json(folder: Folder, path: str) -> dict[str, Any]:
    """Return a JSON object; raises `LakeError` where the file is none."""
    shown = folder.name(path)
    try:
        document = json.loads((folder.path / path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise fault(shown, "", f"not a JSON document: {error}") from None
    if not isinstance(document, dict):
        raise fault(shown, "", "is no JSON object")
    return document


def resources(folder: Folder, path: str) -> Iterator[str]:
    """Yield the files that a `.gltf` refers to: buffers and images that it does not hold itself.

    Raises:
        LakeError: One of them does not exist.
    """
    document = read_json(folder, path)
    for group in ("buffers", "images"):
        for number, each in enumerate(document.get(group, ())):
            uri = each.get("uri") if isinstance(each, dict) else None
            if isinstance(uri, str) and not uri.startswith("data:"):
                yield folder.resolve(uri, path, f"{group}.{number}.uri")
