"""Which fonts of this machine write the names of a product: those its style asks for, then any that has the letter."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tianlake.lake.errors import LakeError
from tianlake.lake.styles.parts import FONTS

log = logging.getLogger(__name__)

FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)
"""Where fontconfig and macOS look for fonts; `~` is the user's folder."""

ENDINGS: Final = frozenset({".ttf", ".otf", ".ttc", ".otc"})

REGULAR: Final = frozenset({"regular", "normal", "book", "roman"})
"""What a family calls its upright face of middle weight."""

HIGHEST: Final = 0xFFFF
"""The renderer knows letters up to here: it holds text as UTF-16 without pairs, as MapLibre's glyph ranges do."""

UNSHAPED: Final = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x17FF), (0x1800, 0x18AF))
"""Scripts whose letters the renderer would set side by side where they are stacked or joined: Indic, Tibetan,
Myanmar, Khmer (MapLibre GL JS, `charInSupportedScript`) and Mongolian."""

DOWNWARDS: Final = frozenset(map(chr, (*range(0xFE10, 0xFE1A), *range(0xFE30, 0xFE49))))
"""Punctuation of lines that run downwards, which the renderer puts in along streets (Unicode, Vertical Forms)."""

JOINED: Final = frozenset(map(chr, (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))))
"""Joined forms of Arabic letters, which the renderer writes instead of the letters of Uyghur names."""

ARABIC: Final = frozenset(map(chr, range(0x0600, 0x0700)))

SHOWN: Final = 12
"""Letters that a message shows of those that are missing."""

ADVICE: Final = (
    "install one, on Debian: apt-get install fonts-wqy-microhei fonts-noto-cjk, or put a .ttf, .otf or .ttc "
    "into ~/.local/share/fonts"
)


class CannotDrawError(LakeError):
    """This machine lacks what drawing takes. A build whose pictures are optional goes on without them."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font of a file."""

    file: Path
    number: int
    """Within a collection; 0 in a file of one font."""
    family: str
    style: str

    @property
    def rank(self) -> tuple[int, bool, str, int]:
        """The place in which a font is asked for a letter: as the style names families, upright before others."""
        wanted = FONTS.index(self.family) if self.family in FONTS else len(FONTS)
        return wanted, self.style.lower() not in REGULAR, self.file.name, self.number


def font_files(folders: Iterable[str] | None = None) -> list[Path]:
    """Return the font files of this machine, sorted."""
    found: set[Path] = set()
    for name in FOLDERS if folders is None else folders:
        folder = Path(name).expanduser()
        if folder.is_dir():
            found.update(file for file in folder.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
    return sorted(found)


def writable(letter: str) -> bool:
    """Say whether a letter can be written at all: it is assigned, and within what the renderer knows."""
    code = ord(letter)
    shaped = not any(first <= code <= last for first, last in UNSHAPED)
    return code <= HIGHEST and shaped and unicodedata.category(letter) not in {"Cn", "Co", "Cs"}


def choose_faces(letters: Iterable[str], files: Sequence[Path]) -> dict[Face, str]:
    """Return which face writes which letters, each as text in the order of code points.

    White space and controls need no face, though one may have them. Forms that the renderer writes instead of letters
    are added where a face has them.

    Args:
        letters: All `writable`.
        files: Of fonts.

    Raises:
        CannotDrawError: No font has some of the letters.
    """
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - half a second, only for products with pictures

    wanted = frozenset(letters)
    left = set(wanted | DOWNWARDS | (JOINED if wanted & ARABIC else set()))
    chosen: dict[Face, str] = {}
    for face in sorted(_faces(files), key=lambda each: each.rank):
        if not left & wanted:
            break
        with TTFont(face.file, fontNumber=face.number, lazy=True) as font:
            has = font.getBestCmap() or {}
        found = {letter for letter in left if ord(letter) in has}
        if found:
            chosen[face] = "".join(sorted(found))
            left -= found
    missing = sorted(letter for letter in left & wanted if not _silent(letter))
    if missing:
        shown = "".join(missing[:SHOWN]) + ("…" if len(missing) > SHOWN else "")
        raise CannotDrawError(
            f"pictures: no font of this machine has {len(missing)} letters of the names ({shown}); {ADVICE}"
        )
    return chosen


def _silent(letter: str) -> bool:
    return unicodedata.category(letter)[0] in {"C", "Z"}


def _faces(files: Sequence[Path]) -> Iterator[Face]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError  # noqa: PLC0415 - as above

    for file in files:
        try:
            with file.open("rb") as opened:  # ours to close, also where it is no font
                several = file.suffix.lower() in {".ttc", ".otc"}
                found = TTCollection(opened, lazy=True).fonts if several else [TTFont(opened, lazy=True)]
                names = [_names(font) for font in found]
        except (OSError, TTLibError, AssertionError, ValueError, KeyError) as error:
            log.info("%s: not read as a font: %s", file, error)
            continue
        yield from (Face(file, number, *each) for number, each in enumerate(names))


def _names(font: Any) -> tuple[str, str]:  # noqa: ANN401 - fontTools has no types
    """Return family and style of a font as lists of fonts show them."""
    names = font["name"]
    return names.getBestFamilyName() or "", names.getBestSubFamilyName() or ""
