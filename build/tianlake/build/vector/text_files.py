"""Formats of CAD and of MapInfo that are text: what their letters are written in, which GDAL takes as it is told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from tianlake.build.vector.reading import Reading

HEAD: Final = 65_536
"""Bytes that hold the header of a drawing, or of a .mif."""

UNICODE_SINCE: Final = b"AC1021"
"""Version of AutoCAD 2007: from it on a DXF is UTF-8, whatever `$DWGCODEPAGE` says (Autodesk, DXF reference)."""

CHINESE: Final = b"ANSI_936"

CHARSETS: Final = {"WindowsSimpChinese": "GB18030", "WindowsTradChinese": "Big5", "UTF-8": "UTF-8"}
"""Words of MapInfo's clause Charset → encoding."""


def drawing_encoding(reading: Reading) -> str:
    """Return what the text of a DXF is in: as declared, by its version, or by its code page if that is a Chinese one.

    Any other code page is what AutoCAD writes unasked: the text is held to be UTF-8, and refused where it is not.
    """
    if reading.source.encoding is not None:
        return reading.source.encoding
    head = _head(reading.file)
    version = re.search(rb"\$ACADVER\s+1\s+(AC\d{4})", head)
    old = version is None or version[1] < UNICODE_SINCE
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+(\S+)", head)
    return "CP936" if old and page is not None and page[1].upper() == CHINESE else "UTF-8"


def interchange_copy(reading: Reading) -> Path:
    """Return a .mif that GDAL reads rightly: the file itself, or a copy in UTF-8 with its .mid in the scratch folder.

    GDAL decodes values by the clause Charset, and names of columns not at all.

    Raises:
        LakeError: The text is not in the encoding that is declared, in the recipe or in the file.
    """
    head = _head(reading.file)
    clause = re.search(rb'(?im)^\s*Charset\s+"([^"]*)"', head)
    charset = "" if clause is None else clause[1].decode("ascii", "replace")
    encoding = reading.source.encoding or CHARSETS.get(charset, "UTF-8")
    folder = reading.scratch / reading.place
    folder.mkdir(exist_ok=True)
    for file in (reading.file, *_beside(reading.file)):
        copy = folder / f"{file.stem}{file.suffix.lower()}"
        try:
            with file.open(encoding=encoding, newline="") as text, copy.open("w", encoding="utf-8", newline="") as out:
                begin = text.read(HEAD)
                if clause is not None and file == reading.file:
                    begin = begin.replace(f'"{charset}"', '"UTF-8"', 1)
                out.write(begin)
                shutil.copyfileobj(text, out)
        except UnicodeDecodeError:
            raise reading.not_text() from None
    return folder / f"{reading.file.stem}.mif"


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD)


def _beside(file: Path) -> list[Path]:
    return [each for each in file.parent.iterdir() if each.stem == file.stem and each.suffix.lower() == ".mid"]
