"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; line breaks and pipes in its cells do not break it."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(cell(each) for each in cells) + " |"


def cell(value: object) -> str:
    """Return a value as text that fits into a table cell or a list item."""
    return " ".join(str(value).replace("|", "\\|").split())


def code(language: str, text: str) -> str:
    """Return a fenced block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def document(*parts: str | None) -> bytes:
    """Return the parts as one file, a blank line between them."""
    return ("\n\n".join(part.strip() for part in parts if part) + "\n").encode()
