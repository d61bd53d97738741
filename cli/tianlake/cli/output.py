"""Results on stdout (a table for people, one JSON document for programs), messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from unicodedata import east_asian_width

import click

from tianlake.lake.records import dump_json


def emit(plain: object) -> None:
    """Print one JSON document on stdout."""
    click.echo(dump_json(plain).decode(), nl=False)


def tell(message: str) -> None:
    """Print a message on stderr."""
    click.echo(message, err=True)


def table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    """Print rows under a header in columns; Chinese characters count as two cells wide."""
    cells = [[str(value) if value is not None else "" for value in row] for row in (header, *rows)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


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
