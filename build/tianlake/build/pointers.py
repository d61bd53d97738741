"""Files that hold no data but say where it lies.

GDAL tells them by what is in them, whatever they are called, and follows them: to files outside the workspace, which
would be published, and to servers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

HEAD: Final = 8192
"""Bytes that are looked at; GDAL's drivers look for their mark in the first 1,024."""

MARKS: Final = re.compile(
    rb"<(VRT|OGR\w*DataSource|GDAL_|GDALTileIndex|MRF_META|WM[ST]_|WMT_|WCS_)|gdal_streamed_alg", re.IGNORECASE
)
"""Virtual rasters and layers, services, tile indexes, caches of services, and algorithms to be run (`.gdalg.json`):
https://gdal.org/drivers, the function `Identify` of each."""

DOCUMENT: Final = re.compile(rb"(\xef\xbb\xbf)?\s*(<[?!]?[A-Za-z_][\w:.-]*[\s>/]|\{\s*\"[^\"\0-\x1f]+\"\s*:)")
"""How XML and JSON begin. More than their first sign: that may be the first pixel of a raw picture (`.bil`)."""


def is_pointer(head: bytes) -> bool:
    """Tell whether a file that begins so leads GDAL to other data."""
    return MARKS.search(_text(head)) is not None


def is_text_for_pictures(head: bytes) -> bool:
    """Tell whether a file that begins so is XML or JSON: no picture is, but what leads to pictures and services is."""
    return is_pointer(head) or DOCUMENT.match(head) is not None


def head_of(file: Path) -> bytes:
    """Return how a file begins."""
    with file.open("rb") as opened:
        return opened.read(HEAD)


def _text(head: bytes) -> bytes:
    """Return what GDAL sees of it as text: up to the first zero byte, which binary files have early."""
    return head.split(b"\0", 1)[0]
