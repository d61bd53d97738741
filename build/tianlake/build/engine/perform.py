"""Has parts made: those that are there are taken, lost ones are tried again, and each one's cost is noted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Final

from tianlake.build.engine.parts import Done, Part, Record
from tianlake.build.engine.protocol import Engine, Inline
from tianlake.build.engine.worker import Task
from tianlake.build.engine.workshop import Made, Workshop
from tianlake.build.job import Progress
from tianlake.build.maker import maker
from tianlake.build.tools import ToolError
from tianlake.lake.errors import LakeError, StoreError

logger = logging.getLogger(__name__)

TRIES: Final = 3
"""How often a part is tried whose worker was lost, or whose disk or network failed."""

LOOK_S: Final = 5.0
"""After so long without a finished part, the engine is asked whether anybody is left."""


@dataclass(slots=True)
class _Try:
    """A part under way."""

    number: int
    task: Task
    reasons: list[str] = field(default_factory=list)


def perform(
    shop: Workshop, parts: Iterable[Part], advance: Callable[[float], None], here: Progress | None = None
) -> list[Done]:
    """Have parts made, and return them in their order, whatever the order in which they get done.

    Args:
        shop: Where.
        parts: Taken only as far ahead as workers need.
        advance: Told the weight of each part that is done.
        here: Where they are so few that no worker is worth its start: who is told the steps of each.

    Raises:
        LakeError: A part cannot be made, by whomever; what others finished stays on the shelf.
        OSError: The disk failed three times.
        StoreError: No worker is left, or the store failed three times.
    """
    engine = shop.engine if here is None else Inline(shop.jobs, here)
    run = _Run(shop, engine, maker(shop.kind), advance)
    waiting = enumerate(parts)
    try:
        while run.take(waiting) or run.under_way:
            run.settle()
    except BaseException:
        for future in run.under_way:
            future.cancel()
        raise
    return [run.done[number] for number in range(len(run.done))]


@dataclass(slots=True)
class _Run:
    shop: Workshop
    engine: Engine
    maker: str
    advance: Callable[[float], None]
    under_way: dict[Future[Record], _Try] = field(default_factory=dict)
    done: dict[int, Done] = field(default_factory=dict)

    def take(self, waiting: Iterator[tuple[int, Part]]) -> bool:
        """Hand over the next parts while there is room; say whether anything was taken."""
        taken = False
        room = self.engine.room()
        while len(self.under_way) < room and (item := next(waiting, None)):
            taken, (number, part) = True, item
            task = Task(part, part.key(self.maker), self.shop.shelf, self.shop.kind, self.maker)
            record = self.shop.shelf.find(task.key)
            if record is not None:
                self._finish(_Try(number, task), record, kept=True)
                continue
            self.shop.shelf.offer(part.root, part.inputs)
            self._hand_over(_Try(number, task))
        return taken

    def settle(self) -> None:
        """Wait for the next parts to be done."""
        finished, _ = wait(self.under_way, LOOK_S, FIRST_COMPLETED)
        if not finished and self.under_way:
            self.engine.check()
        for future in finished:
            attempt = self.under_way.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is None:
                self._finish(attempt, future.result(), kept=False)
            else:
                self._again(attempt, error)

    def _finish(self, attempt: _Try, record: Record, *, kept: bool) -> None:
        task = attempt.task
        attempt.reasons += self.engine.again(task.key)
        file = self.shop.shelf.file(task.key, record.sha256) if record.size else None
        self.done[attempt.number] = Done(record, file)
        self.shop.ledger.made.append(Made(record, kept, len(attempt.reasons) + 1, tuple(attempt.reasons)))
        self.advance(task.part.weight)

    def _again(self, attempt: _Try, error: BaseException) -> None:
        """Try a part once more where that may help, at most `TRIES` times in all."""
        reason, name = self._passing(error), attempt.task.part.name
        if reason is None:
            raise error
        attempt.reasons.append(reason)
        if len(attempt.reasons) >= TRIES:
            if isinstance(error, OSError | StoreError):
                raise error
            raise LakeError(f"{name}: failed {TRIES} times; the last time: {reason}") from error
        logger.warning("%s: %s; it is tried again", name, reason)
        self._hand_over(attempt)

    def _passing(self, error: BaseException) -> str | None:
        """Return why a part failed, where that may pass; None where it is the part's own fault."""
        if lost := self.engine.lost(error):
            return lost
        if isinstance(error, MemoryError):
            return "a worker has no more memory; raise --memory, or use a worker with more"
        killed = isinstance(error, ToolError) and error.status < 0
        return " ".join(str(error).split()) if killed or isinstance(error, OSError | StoreError) else None

    def _hand_over(self, attempt: _Try) -> None:
        self.under_way[self.engine.submit(attempt.task)] = attempt
