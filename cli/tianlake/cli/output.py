"""Results on stdout (a table for people, one JSON document for programs), messages on stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Final
from unicodedata import east_asian_width

import click

from tianlake.lake.records import dump_json

CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""The same without tabs and line feeds."""
_HIGH_CONTROLS: Final = re.compile(r"[\x7f-\x9f]")
"""Those that JSON lets stand as they are (RFC 8259 §7)."""

MEASURED_ROWS: Final = 1000


def emit(plain: object) -> None:
    """Print one JSON document on stdout."""
    text = dump_json(plain).decode()
    click.echo(_HIGH_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text), nl=False)


def tell(message: str) -> None:
    """Print a message on stderr: what strangers wrote may stand in it, and must not steer the terminal."""
    click.echo(_STEERING.sub(" ", message), err=True)


def table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> None:
    """Print rows under a header in columns; Chinese characters count as two cells wide.

    Columns are as wide as the first rows need, so that an answer of any length is printed as it comes.
    """
    lines = ([_cell(value) for value in row] for row in chain([header], rows))
    first = list(islice(lines, MEASURED_ROWS))
    widths = [max(map(_width, column)) for column in zip(*first, strict=True)]
    for cells in chain(first, lines):
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")


def _cell(value: object) -> str:
    """Return a value on one line, without what would steer the terminal."""
    return "" if value is None else CONTROLS.sub(" ", str(value))


def size(count: float) -> str:
    """Return a number of bytes as people read it: `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004 - SI steps
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def is_terminal() -> bool:
    """Tell whether a person watches stderr."""
    return sys.stderr.isatty()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
