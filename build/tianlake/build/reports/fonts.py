"""The font of this machine that reports are written with."""

from __future__ import annotations

from collections.abc import Iterable

from tianlake.build.rendering.fonts import Face, choose_faces, font_files, writable


def faces_for(texts: Iterable[str]) -> list[Face]:
    """Return faces that together have every letter of the texts, the one that has most of them first.

    Raises:
        CannotDrawError: No font of this machine has some of them; the message says what to install.
    """
    letters = {letter for text in texts for letter in text if writable(letter)}
    chosen = choose_faces(letters, font_files())
    return sorted(chosen, key=lambda face: -len(chosen[face]))
