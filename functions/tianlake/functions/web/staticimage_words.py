"""What is written on a static map: the attribution, and texts beside markers, in fonts of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from tianlake.build.rendering.fonts import REGULAR, font_files
from tianlake.functions.web.questions import wrong
from tianlake.functions.web.staticimage_request import MarkerStyle
from tianlake.lake.styles.parts import FONTS

_SIZE: Final = 12
"""Of the attribution's letters, pixels."""

_LINE: Final = 15
_MARGIN: Final = 3
"""Pixels around and between its lines."""

_PAPER: Final = (255, 255, 255, 205)
_INK: Final = (40, 40, 40)
_NO_LETTER: Final = "\uffff"
"""A letter that no font has: what is drawn for it is drawn for others that are missing."""

_COLLECTION: Final = 4
"""Fonts of one file that are looked at."""

Font = ImageFont.FreeTypeFont


def sign(picture: Image.Image, words: str) -> bool:
    """Write the attribution at the lower left of a picture.

    Returns:
        Whether that was done: not where no font here has all of its letters, nor where it would take more than half
        of the picture.
    """
    font = font_of(words, _SIZE)
    if font is None:
        return False
    lines = _lines(words, font, picture.width - 2 * _MARGIN)
    height = len(lines) * _LINE + _MARGIN
    if not lines or height > picture.height / 2:
        return False
    width = max(round(font.getlength(line)) for line in lines) + 2 * _MARGIN
    paper = Image.new("RGBA", (width, height), _PAPER)
    top = picture.height - height
    picture.paste(paper, (0, top), paper)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, top + _MARGIN // 2 + number * _LINE), line, fill=_INK, font=font)
    return True


def beside(picture: Image.Image, place: tuple[int, int], style: MarkerStyle) -> None:
    """Write a marker's text, in the middle of its left side at `place`.

    Raises:
        CallError: No font of this machine has all of its letters.
    """
    font = font_of(style.text, style.text_size)
    if font is None:
        raise wrong(
            "markerStyles",
            f"本服务没有可写出“{style.text}”的字体。",
            f"no font of this server has all letters of {style.text!r}",
        )
    if abs(place[0]) <= 2 * picture.width and abs(place[1]) <= 2 * picture.height:
        ImageDraw.Draw(picture).text(
            place, style.text, fill=style.text_colour, font=font, anchor="lm", stroke_width=2, stroke_fill=_PAPER[:3]
        )


def font_of(words: str, size: int) -> Font | None:
    """Return the first font of this machine that has all letters of a text, or Pillow's own, which has Latin ones.

    Returns:
        None where there is none.
    """
    letters = "".join(sorted({letter for letter in words if not letter.isspace()}))
    for file, number in _faces():
        if _has(file, number, letters):
            return _font(file, number, size)
    own = ImageFont.load_default(size)
    return own if isinstance(own, Font) and _covers(own, letters) else None


@lru_cache(maxsize=1)
def _faces() -> tuple[tuple[Path, int], ...]:
    """Return the fonts of this machine: those that styles ask for first, upright ones before others."""
    found = [(file, number, *font.getname()) for file in font_files() for number, font in _opened(file)]

    def rank(face: tuple[Path, int, str | None, str | None]) -> tuple[int, bool, str, int]:
        file, number, family, style = face
        wanted = FONTS.index(family) if family in FONTS else len(FONTS)
        return wanted, (style or "").lower() not in REGULAR, file.name, number

    return tuple((file, number) for file, number, _family, _style in sorted(found, key=rank))


def _opened(file: Path) -> Iterator[tuple[int, Font]]:
    """Yield the fonts of a file, none where it holds none that can be read."""
    for number in range(_COLLECTION):
        try:
            font = ImageFont.truetype(file, _SIZE, number)
        except OSError:
            return
        yield number, font
        if file.suffix.lower() not in {".ttc", ".otc"}:
            return


@lru_cache(maxsize=64)
def _font(file: Path, number: int, size: int) -> Font:
    return ImageFont.truetype(file, size, number)


@lru_cache(maxsize=1024)
def _has(file: Path, number: int, letters: str) -> bool:
    return _covers(_font(file, number, _SIZE), letters)


def _covers(font: Font, letters: str) -> bool:
    missing = bytes(font.getmask(_NO_LETTER))
    return all((drawn := bytes(font.getmask(letter))) and drawn != missing for letter in letters)


def _lines(words: str, font: Font, width: int) -> list[str]:
    """Return a text in lines of at most `width` pixels; nothing where not even a letter is that narrow."""
    lines = [""]
    for letter in words:
        if font.getlength(lines[-1] + letter) > width:
            lines.append("")
        if lines[-1] or not letter.isspace():
            lines[-1] += letter
    fits = all(font.getlength(line) <= width for line in lines)
    return [line.rstrip() for line in lines] if fits else []
