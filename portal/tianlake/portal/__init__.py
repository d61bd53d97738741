"""The web page: static files, published into the bucket like everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.store.media import media_type_of

__all__ = ["INDEX", "PortalFile", "portal_files"]

INDEX: Final = f"{keys.PORTAL}index.html"
"""The page itself; a server answers it at the node's base URL too, where its relative addresses hold as well."""

_DECLARATIONS: Final = (".d.mts", ".d.ts")
"""What type checks of the page put beside the third-party files; no part of the page."""


@dataclass(frozen=True, slots=True)
class PortalFile:
    """One file of the page."""

    name: str
    """Key in the node's bucket: `portal/index.html`."""
    body: bytes
    media_type: str


def portal_files() -> Iterator[PortalFile]:
    """Yield every file of the page, third-party ones included, sorted by name.

    Raises:
        LakeError: The third-party files are not there, or are not those that were put there.
    """
    root = files(__package__) / "static"
    _check_vendor(root / "vendor")
    for path, entry in sorted(_walk(root, ""), key=lambda pair: pair[0]):
        if not path.endswith(_DECLARATIONS):
            yield PortalFile(f"{keys.PORTAL}{path}", entry.read_bytes(), media_type_of(path))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _check_vendor(vendor: Traversable) -> None:
    listing = vendor / "vendor.json"
    if listing.is_file():
        listed = [entry["name"] for entry in json.loads(listing.read_text(encoding="utf-8"))["files"]]
        if all((vendor / name).is_file() for name in listed):
            return
    raise LakeError("portal: static/vendor: third-party JavaScript is missing; run `make install`")
