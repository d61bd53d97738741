"""Runs Terraform and the packer: what they say goes to people as one line, and Ctrl-C lets them end in order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from tianlake.lake.errors import LakeError, StoreError

_PATIENCE_S: Final = 120.0
"""How long Terraform may take to end after Ctrl-C: it waits for what it has begun, and unlocks its state."""

_STEP_DONE: Final = frozenset({"apply_complete", "apply_errored"})


def check_terraform() -> None:
    """Raise `LakeError` where Terraform is not installed."""
    if shutil.which("terraform") is None:
        raise LakeError("terraform: is not installed, or not on the PATH; Tianlake's stacks need 1.11 or newer")


def run(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Run a command and return what it printed.

    Raises:
        StoreError: It failed; the last line of its error is told.
    """
    with _started(command, variables) as process:
        out, errors = process.communicate()
    if process.returncode:
        raise StoreError(f"{_name(command)}: {_last(errors or out)}")
    return out


def run_json(command: Sequence[str], variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - somebody's JSON
    """Run a command and return the JSON document that it printed; raises as `run`."""
    return json.loads(run(command, variables))


def follow(command: Sequence[str], variables: Mapping[str, str], step: Callable[[], None] = lambda: None) -> int:
    """Run a command of Terraform's with `-json`; return its exit code where that is 0 or 2.

    Args:
        command: What is run.
        variables: Beside the environment.
        step: Called for each resource that was seen to.

    Raises:
        StoreError: It failed; the first thing that was wrong is told.
    """
    wrong: list[str] = []
    said = ""
    with _started(command, variables, subprocess.STDOUT) as process:
        for line in process.stdout or ():
            told = _event(line)
            said = line if not told else said
            if told.get("type") in _STEP_DONE:
                step()
            if told.get("type") == "diagnostic" and told["diagnostic"]["severity"] == "error":
                wrong.append(_diagnosed(told["diagnostic"]))
    if process.returncode not in {0, 2}:
        raise StoreError(f"{_name(command)}: {(wrong or [_last(said)])[0]}")
    return process.returncode


@contextmanager
def _started(
    command: Sequence[str], variables: Mapping[str, str], errors: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a session of its own, and wait for its end.

    Terraform takes one signal as "end in order" and a second as "at once": from a terminal it would get two.
    """
    process = subprocess.Popen(  # noqa: S603 - our own commands
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **variables},
        start_new_session=True,
    )
    try:
        yield process
        process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_PATIENCE_S)
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _event(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _diagnosed(told: Mapping[str, Any]) -> str:
    where = told.get("range", {}).get("filename", "")
    line = told.get("range", {}).get("start", {}).get("line", "")
    text = f"{told['summary']}: {told.get('detail', '')}" if told.get("detail") else str(told["summary"])
    return " ".join(f"{f'{where}:{line}: ' if where else ''}{text}".split())


def _last(text: str) -> str:
    lines = [line.strip(" │╷╵") for line in text.splitlines()]
    return next((line for line in reversed(lines) if line), "failed without a word")


def _name(command: Sequence[str]) -> str:
    words = [word for word in command if not word.startswith("-")]
    return " ".join(words[:2]) if words[0] == "terraform" else "package"
