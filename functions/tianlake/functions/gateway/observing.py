"""Who is told of each answer, once it has gone out."""

from __future__ import annotations

from typing import Protocol

from tianlake.lake.logs import Row


class Observer(Protocol):
    """Takes down what was answered, in no time and without an error."""

    def note(self, row: Row) -> None:
        """Take one answer down."""

    def close(self) -> None:
        """Write what waits: the server stops."""


class Observers:
    """Several of them as one."""

    def __init__(self, *observers: Observer) -> None:
        """Tell each of `observers`, in this order."""
        self._observers = observers

    def note(self, row: Row) -> None:
        """Tell each of them."""
        for each in self._observers:
            each.note(row)

    def close(self) -> None:
        """Let each of them write what waits."""
        for each in self._observers:
            each.close()
