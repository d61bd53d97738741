"""Letters for the renderer, against the outlines of the same font as Pillow draws them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tianlake.build.rendering.fonts import CannotDrawError, Face, choose_faces, font_files, writable
from tianlake.build.rendering.glyphs import BASELINE, OUTLINE, SIZE, distance_field, write_glyphs

LETTERS = "国省A县g"


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def members(data: bytes) -> dict[int, list[int | bytes]]:
    """Return field → values of a message, by https://protobuf.dev/programming-guides/encoding/."""
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value: int | bytes
        number, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at : at + number], at + number
        else:
            value = number
        found.setdefault(key >> 3, []).append(value)
    return found


def signed(value: int) -> int:
    return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Face, dict[str, dict[int, list[int | bytes]]]]:
    """The face that has all letters, and each letter as the message `glyph` of Mapbox's glyphs.proto."""
    chosen = choose_faces(LETTERS, font_files())
    [face] = chosen
    folder = tmp_path_factory.mktemp("glyphs")
    write_glyphs(chosen, folder)
    files = list((folder / "pictures").glob("*.pbf"))
    assert len(files) == 256  # the renderer asks for the range of every letter that it meets, written or not
    found = {}
    for file in files:
        [stack] = members(file.read_bytes())[1]
        for glyph in members(stack).get(3, []):  # type: ignore[arg-type]
            parts = members(glyph)  # type: ignore[arg-type]
            found[chr(parts[1][0])] = parts  # type: ignore[arg-type]
    return face, found


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_covers_the_pixels_that_the_font_gives_it(written, letter):
    face, glyphs = written
    glyph = glyphs[letter]
    width, height, left, top, advance = (glyph[field][0] for field in (3, 4, 5, 6, 7))
    field = np.frombuffer(glyph[2][0], np.uint8).reshape(height + 6, width + 6)
    font = ImageFont.truetype(str(face.file), SIZE, index=face.number, layout_engine=ImageFont.Layout.BASIC)
    page = Image.new("L", (64, 64))
    origin = 16, 40
    ImageDraw.Draw(page).text(origin, letter, fill=255, font=font, anchor="ls")
    x, y = origin[0] + signed(left) - 3, origin[1] - (signed(top) + BASELINE) - 3
    wanted = np.asarray(page)[y : y + height + 6, x : x + width + 6] > 127
    inside = field > OUTLINE
    assert np.asarray(page).sum() == np.asarray(page)[y : y + height + 6, x : x + width + 6].sum()
    # FreeType hints what it draws, a little: most pixels agree, all others lie at the outline.
    assert (wanted & inside).sum() / (wanted | inside).sum() > 0.6
    assert advance == pytest.approx(font.getlength(letter), abs=1)


def test_a_field_tells_the_distance_from_the_outline():
    square = np.array([(0, 0, 10, 0), (10, 0, 10, 10), (10, 10, 0, 10), (0, 10, 0, 0)], float)
    field, left, top = distance_field(square)
    assert (left, top, field.shape) == (0, 10, (16, 16))
    middle = field[8]
    assert list(middle[:5]) == [191 - 80, 191 - 48, 191 - 16, 191 + 16, 191 + 48]
    assert list(middle[-5:]) == list(middle[4::-1])


def test_where_two_strokes_overlap_there_is_no_edge():
    across = [(0, 4, 12, 4), (12, 4, 12, 8), (12, 8, 0, 8), (0, 8, 0, 4)]
    down = [(4, 0, 8, 0), (8, 0, 8, 12), (8, 12, 4, 12), (4, 12, 4, 0)]
    field, _, _ = distance_field(np.array(across + down, float))
    assert field[3 + 5, 3 + 5] == 191 + round(1.5 * 32 * 2**0.5) or field[3 + 5, 3 + 5] == 255
    assert field[3 + 4, 3 + 5] > 191 + 16


def test_letters_that_no_renderer_writes_are_told_apart():
    letters = "天 Aق\U00020b9f\ue000\u0f56\u1820"
    assert [letter for letter in letters if not writable(letter)] == ["\U00020b9f", "\ue000", "\u0f56", "\u1820"]


def test_a_letter_that_no_font_has_is_refused_in_one_line_that_says_what_to_install():
    latin = [file for file in font_files() if "DejaVu" in file.name]
    assert latin
    with pytest.raises(CannotDrawError) as caught:
        choose_faces("A 湖天", latin)
    text = str(caught.value)
    assert "\n" not in text
    assert "2 letters of the names (天湖)" in text
    assert "apt-get install fonts-wqy-microhei" in text


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "empty.ttc").write_bytes(b"")
    files = font_files([str(tmp_path)])
    assert len(files) == 2
    with pytest.raises(CannotDrawError):
        choose_faces("A", files)
    assert choose_faces("A", [*files, *font_files()])
