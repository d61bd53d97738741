"""A bar per step on a terminal; a line per step where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tianlake.build.job import Advance, Progress
from tianlake.cli.output import is_terminal, tell
from tianlake.cli.words import told
from tianlake.lake.words import Text


def steps(title: str) -> Progress:
    """Return a `Progress` that draws under `title`."""

    def open_step(step: Text, total: float | None = None) -> AbstractContextManager[Advance]:
        label = f"{title} {told(step)}"
        return _bar(label, total) if is_terminal() else _line(label)

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
    )
    with rich_progress.Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.advance(task, done)
        progress.update(task, total=total or 1, completed=total or 1)


@contextmanager
def _line(label: str) -> Iterator[Advance]:
    start = time.monotonic()
    yield lambda _done: None
    tell(f"{label} {time.monotonic() - start:.1f} s")
