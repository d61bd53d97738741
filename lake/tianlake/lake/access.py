"""Which access class each file of a product asks for: by its name alone, so that addresses never depend on who asks."""

from __future__ import annotations

from typing import Final, Literal

from tianlake.lake.plain import Access

Part = Literal["document", "archive", "bulk"]
"""What describes a product; tiles to look at; data to take away."""

_DESCRIBES: Final = (".html", ".md", ".txt")
"""What people read of a release, beside its JSON: at its top, for a tileset may call its content anything."""
_SHOWN: Final = frozenset({"items.parquet", "thumbnail.png"})
"""The index of scenes and the picture of a product are part of its description."""


def part_of(name: str) -> Part:
    """Return what a file is to its product.

    Args:
        name: Path within the release, or within `/data/<product>/`.
    """
    if name.endswith(".json") or ("/" not in name and name.endswith(_DESCRIBES)) or name in _SHOWN:
        return "document"
    return "archive" if name.endswith(".pmtiles") else "bulk"


def access_to(access: Access, part: Part) -> Access:
    """Return the access class that a part of a product asks for, where the product's own is `access`.

    What describes a product is open to all: a catalog is for finding what one may not have yet. Professional products
    may be looked at with any key; to take their data away asks for a professional user (article 16).
    """
    if access == "internal":
        return "internal"
    if part == "document":
        return "open"
    return "key" if access == "professional" and part == "archive" else access
