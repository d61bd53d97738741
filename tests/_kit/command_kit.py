"""The command as people call it, and the files of a workspace."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest

from tianlake.cli import words
from tianlake.cli.app import main
from tianlake.lake import divisions

Done = subprocess.CompletedProcess[str]


def run(*arguments: str, lang: str = "C.UTF-8", **variables: str) -> Done:
    """Run the command to its end; `variables` of the environment are set for it.

    That is done in this process where it says the same here: a process of its own takes most of a second to start.
    Help is written in the language in which the command was imported.
    """
    if "--help" in arguments or threading.current_thread() is not threading.main_thread():
        return run_process(*arguments, lang=lang, **variables)
    return _run_here(arguments, {"LANG": lang, **variables})


def run_process(*arguments: str, lang: str = "C.UTF-8", **variables: str) -> Done:
    """Run the command in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LC_")} | {
        "LANG": lang,
        **variables,
    }
    command = [sys.executable, "-m", "tianlake.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=60, encoding="utf-8"
    )


def _run_here(arguments: tuple[str, ...], variables: dict[str, str]) -> Done:
    told = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, "utf-8", write_through=True) for each in told)
    code = 0
    with _as_alone(arguments, variables), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, code, *(each.getvalue().decode() for each in told))


@contextmanager
def _as_alone(arguments: tuple[str, ...], variables: dict[str, str]) -> Iterator[None]:
    """Give the command what it finds in a process of its own, and take back what it leaves there."""
    root, stopped = logging.getLogger(), signal.getsignal(signal.SIGTERM)
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "CHINESE", variables["LANG"].startswith("zh"))
        patch.setattr(sys, "argv", ["tianlake", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        for name in [each for each in os.environ if each.startswith("LC_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        root.handlers = []
        try:
            yield
        finally:
            root.handlers = handlers
            root.setLevel(level)
            signal.signal(signal.SIGTERM, stopped)
            if divisions._CHOSEN:  # the list that a node pinned is that command's alone
                divisions._CHOSEN.clear()
                divisions.load_divisions.cache_clear()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a workspace but its caches."""
    files = (file for file in folder.rglob("*") if file.is_file())
    named = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return {name: body for name, body in named.items() if not name.startswith(".tianlake/")}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with the words that call it."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from leaves(found, (*path, name))
