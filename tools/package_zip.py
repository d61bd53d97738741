"""ZIP archives that are the same bytes wherever and whenever they are made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a ZIP archive can hold."""


def zipped(files: Mapping[str, bytes], *, smaller: bool = False) -> bytes:
    """Return an archive of files by name: in the order of their names, with one date and one set of permissions.

    Args:
        files: What it holds.
        smaller: Whether it is compressed. Stored files give the same bytes with every zlib, compressed ones with the
            same zlib alone.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED if smaller else zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = archive.compression
            info.create_system = 3  # Unix, whose permissions follow
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()
