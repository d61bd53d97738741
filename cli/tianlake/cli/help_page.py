"""Help pages in Chinese: what click itself says on them, said in the language of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import click

from tianlake.cli.words import CHINESE

_HEADINGS: Final = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}
_HELPS: Final = {"Show this message and exit.": "显示本说明", "Show the version and exit.": "显示版本"}
_NOTES: Final = {
    r"\[default: ([^\]]*?)(?:; required)?\]": r"[缺省：\1]",
    r"\[required\]": "[必填]",
    r"\[env var: ([^\]]*)\]": r"[环境变量：\1]",
}
"""What click adds to an option's text."""


class ChineseFormatter(click.HelpFormatter):
    """Writes click's own words in Chinese; what commands and options say is in Chinese already."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands."""
        super().write_dl([(name, _chinese(text)) for name, text in rows], col_max, col_spacing)


def _chinese(text: str) -> str:
    for pattern, words in _NOTES.items():
        text = re.sub(pattern, words, text)
    return _HELPS.get(text, text)


def speak() -> None:
    """Let every help page of this run be in the language of the person at the terminal."""
    if CHINESE:
        click.Context.formatter_class = ChineseFormatter
