"""Pages of the docs as their readers have them: fenced snippets, commands in them, commands named in the text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit import REPO

PAGES: Final = (
    REPO / "README.md",
    *sorted(path for path in (REPO / "docs").glob("*.md")),
    REPO / "infra/README.md",
    *sorted(REPO.glob("functions/*/README.md")),
)
_FENCED: Final = re.compile(r"^( *)```([a-z]*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_PROGRAM: Final = "tianlake"


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page."""

    page: str
    """From the root of the repository."""
    line: int
    language: str
    """As the fence has it; empty where it has none."""
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """Return the fenced blocks of a page, in their order."""
    text = page.read_text("utf-8")
    return [
        Snippet(
            page.relative_to(REPO).as_posix(),
            text.count("\n", 0, found.start()) + 1,
            found[2],
            re.sub(rf"(?m)^{found[1]}", "", found[3]),
        )
        for found in _FENCED.finditer(text)
    ]


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCED.sub("", page.read_text("utf-8"))


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each `tianlake` command of a shell text; what it pipes or redirects is left out."""
    for line in text.replace("\\\n", " ").splitlines():
        for found in re.finditer(rf"(?:^ *|&& |[|;] |\$\(|/bin/){_PROGRAM} ", line):
            lexer = shlex.shlex(line[found.end() :], posix=True, punctuation_chars="();<>|&")
            lexer.whitespace_split, lexer.commenters = True, "#"
            words: list[str] = []
            for word in lexer:
                if set(word) <= set("();<>|&"):
                    break
                words.append(word)
            yield words


def named(text: str) -> Iterator[list[str]]:
    """Yield the words of each command that a text names between backquotes."""
    for found in re.finditer(rf"`{_PROGRAM} ([^`]+)`", text):
        yield found[1].split()
