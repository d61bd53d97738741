"""Help of every command speaks one language, that of the locale: all commands, all options, and what click adds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Final

import click
import pytest
from command_kit import leaves
from kit import REPO

from tianlake.cli.app import tianlake

CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
SENTENCE: Final = re.compile(r"\b[A-Za-z]+ [a-z]+ [a-z]+\b")
"""Three words in a row are no name of a thing."""


def pages(locale: str) -> dict[str, str]:
    """Return the help of every command, by the words that call it, in a locale."""
    command = [sys.executable, str(REPO / "tools/docs_commands.py")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    done = subprocess.run(
        command, env=environment | {"LC_MESSAGES": locale, "PYTHONUTF8": "1"}, capture_output=True, check=True
    )
    told = done.stdout.decode()
    return dict(re.findall(r"^#+ (tianlake.*?)\n\n```text\n(.*?)\n```$", told, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return pages("zh_CN.UTF-8")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return pages("en_US.UTF-8")


def test_both_have_a_page_for_every_command(chinese: dict[str, str], english: dict[str, str]) -> None:
    assert chinese.keys() == english.keys()
    assert {f"tianlake {name}" for name, _ in leaves(tianlake)} <= chinese.keys()


def test_no_english_sentence_stands_in_the_chinese_help(chinese: dict[str, str]) -> None:
    told = {
        name: found
        for name, page in chinese.items()
        if (found := [line for line in page.splitlines()[1:] if SENTENCE.search(line)])
    }
    assert not told
    assert not [name for name, page in chinese.items() if not page.startswith(f"用法：{name} ")]


def test_the_english_help_needs_no_chinese(english: dict[str, str]) -> None:
    told = {name: found for name, page in english.items() if (found := re.findall(r"[\u3400-\u9fff]{4,}", page))}
    assert not told
    assert all(page.startswith(f"Usage: {name} ") and SENTENCE.search(page) for name, page in english.items())


def test_each_command_and_each_option_says_what_it_is_in_chinese(chinese: dict[str, str]) -> None:
    silent = []
    for name, page in chinese.items():
        about, _, options = page.partition("选项：")
        silent += [name] if not CHINESE.search(about.split("\n", 1)[1]) else []
        for option in re.split(r"\n(?=  -)", f"\n{options.partition('命令：')[0].rstrip()}")[1:]:
            silent += [] if CHINESE.search(option) else [f"{name}: {option.strip()}"]
    assert not silent


def test_each_option_has_a_text() -> None:
    silent = [
        f"{name} {option.opts}"
        for name, command in leaves(tianlake)
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden and not option.help
    ]
    assert not silent
