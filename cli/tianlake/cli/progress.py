"""A bar per step on a terminal; a line per step where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tianlake.build.job import Advance, Progress
from tianlake.cli.output import is_terminal, tell
from tianlake.cli.words import say, told
from tianlake.lake.words import Text

LOOK_S: Final = 30.0
"""Between two lines of one step."""


def steps(title: str) -> Progress:
    """Return a `Progress` that draws under `title`."""

    def open_step(step: Text, total: float | None = None) -> AbstractContextManager[Advance]:
        label = f"{title} {told(step)}"
        return _bar(label, total) if is_terminal() else _line(label, total)

    return open_step


@contextmanager
def _bar(label: str, total: float | None) -> Iterator[Advance]:
    from rich import progress as rich_progress  # noqa: PLC0415 - only where a person watches
    from rich.console import Console  # noqa: PLC0415

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TaskProgressColumn(),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.advance(task, done)
        progress.update(task, total=total or 1, completed=total or 1)


@contextmanager
def _line(label: str, total: float | None) -> Iterator[Advance]:
    """Tell when a step is done, and every `LOOK_S` seconds on the way how much of it and how long it may still take."""
    start = told = time.monotonic()
    done = 0.0

    def advance(more: float) -> None:
        nonlocal done, told
        done += more
        now = time.monotonic()
        if total and now - told >= LOOK_S:
            told = now
            tell(f"{label} {on_the_way(done / total, now - start)}")

    yield advance
    tell(f"{label} {time.monotonic() - start:.1f} s")


def on_the_way(share: float, seconds: float) -> str:
    """Return how much is done, and how long the rest takes where it goes on as so far."""
    if not share:
        return "0 %"
    left = max(0.0, seconds / share - seconds)
    minutes, rest = divmod(round(left), 60)
    return say(f"{share:.0%}，约剩 {minutes} 分 {rest} 秒", f"{share:.0%}, about {minutes} min {rest} s left")
