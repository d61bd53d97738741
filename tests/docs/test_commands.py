"""Every command that a page tells of is one that `tianlake` takes: by the command's own definitions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click
import pytest
from docs_kit import PAGES, commands, named, prose, snippets
from kit import REPO

from tianlake.cli.app import tianlake

LINES: Final = [
    pytest.param(words, id=f"{snippet}: {' '.join(words)[:60]}")
    for page in PAGES
    for snippet in snippets(page)
    if snippet.language in {"", "bash", "sh"}
    for words in commands(snippet.text)
]

MAGIC: Final = ["sealed", "letter"]
"""What sealed letters begin with (docs/layout.md) looks like a command."""


def take(words: list[str]) -> None:
    """Let the command read its arguments, without running it; raises `click.UsageError` as it would."""
    command: click.Command = tianlake
    context = tianlake.make_context("tianlake", list(words))
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, found.make_context(name, rest, parent=context)


@pytest.mark.parametrize("words", LINES)
def test_a_command_of_a_page_is_taken_as_it_stands(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIANLAKE_PERSON", "officer-a")
    try:
        take([word for word in words if word not in {"$N", "$P"}])
    except click.UsageError as error:
        told = error.format_message()
        assert re.search(r"does not exist|No such file|不存在", told) or ("$N" in words or "$P" in words), told
    except click.exceptions.Exit:
        pass


def unknown(words: list[str]) -> str | None:
    """Return the first word of a command named in a text that leads nowhere; `a | b` names two of one group."""
    command: click.Command = tianlake
    group: click.Group = tianlake
    options = {"--help", "-h"}
    for word in words:
        if word in {"|", "·"}:
            command = group
        elif word.startswith("--") and len(word) > 2:
            if word.partition("=")[0].rstrip("…") not in options:
                return word
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return word
            group, command = command, found
        options |= {each for param in command.params for each in param.opts}
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_a_command_that_a_text_names_is_there(page: Path) -> None:
    lost = [f"{' '.join(words)}: {word}" for words in named(prose(page)) if words != MAGIC and (word := unknown(words))]
    assert not lost


def test_the_check_sees_commands_and_options_that_are_not_there() -> None:
    assert unknown(["publich"]) == "publich"
    assert unknown(["review", "submitt"]) == "submitt"
    assert unknown(["publish", "--force-it"]) == "--force-it"
    assert unknown(["keys", "issue", "--server", "203.0.113.0/24"]) is None
    with pytest.raises(click.UsageError, match="No such option"):
        take(["build", "--fast"])
    with pytest.raises(click.UsageError, match="Missing"):
        take(["case", "show"])
