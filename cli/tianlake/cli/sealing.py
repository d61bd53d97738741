"""While a server runs from a workspace: what its workers put on record is sealed into the trails, every minute."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from tianlake.cli.registry import signing_key
from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError
from tianlake.lake.trail import Trail
from tianlake.lake.trail.pending import seal

logger = logging.getLogger(__name__)

EVERY_S: Final = 60.0


@contextmanager
def sealing(session: Session, every_s: float = EVERY_S) -> Iterator[None]:
    """Seal what waits at the nodes whose keys are here, again and again until the block is left, and once then."""
    trails = [
        Trail(session.store(code), code, seed)
        for code in session.codes()
        if (seed := signing_key(session.workspace.root, code)) is not None
    ]
    stop = Event()

    def work() -> None:
        while not stop.wait(every_s):
            _seal(trails)

    thread = Thread(target=work, name="sealing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        _seal(trails)


def _seal(trails: Sequence[Trail]) -> None:
    """Seal what waits; what fails is logged, and tried again."""
    for trail in trails:
        try:
            seal(trail)
        except LakeError as error:
            logger.warning("%s: acts wait to be sealed: %s", trail.code, error)
