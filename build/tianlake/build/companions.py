"""Files that are read together with the file that a recipe names."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SIDECARS: Final = frozenset(
    {".shp", ".tab", ".mif", ".gml"}
    | {".tif", ".tiff", ".img", ".jpg", ".jpeg", ".jp2", ".png", ".asc", ".bil", ".bip", ".bsq", ".flt", ".ecw", ".vrt"}
)
"""Formats that GDAL reads together with files of the same stem: `.dbf`, `.prj`, `.tfw`, `.tif.aux.xml`, `.tif.ovr`."""

DATABASES: Final = frozenset({".gpkg", ".sqlite"})
"""Formats of SQLite: what an open program such as QGIS has saved may lie in `-wal` (https://sqlite.org/wal.html)."""


def companions(file: Path) -> Iterator[Path]:
    """Yield the files beside a source that are read with it."""
    if file.suffix.lower() in SIDECARS:
        yield from (each for each in file.parent.glob(f"{glob.escape(file.stem)}.*") if each.is_file())
    elif file.suffix.lower() in DATABASES:
        log = file.with_name(f"{file.name}-wal")
        if log.is_file() and log.stat().st_size:  # readers of such a database make empty ones
            yield log
