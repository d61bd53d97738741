"""Writes the access log of a server, in a thread of its own: memory, then a file of this machine, then the lake.

Every `FLUSH_S` what came is added to a file below the workspace, already without keys and addresses; every `ROLL_S`
that file becomes a part of the log in the lake. A server that is killed loses what came in the last `FLUSH_S` seconds;
a machine that loses power loses what its system had not yet written, as well. What a killed server left, the next one
on the machine puts. Where the disk is full, rows wait in memory; where they are too many, they are counted and dropped:
a request waits for none of this.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tianlake.functions.gateway.log_spool import Spool, Spooled
from tianlake.lake.errors import LakeError
from tianlake.lake.logs.masks import Masks
from tianlake.lake.logs.parts import put_rows
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.store import Store

_log = logging.getLogger(__name__)

FLUSH_S: Final = 2.0
ROLL_S: Final = 60.0
MOST: Final = 200_000
"""Rows that wait in memory, some 60 MB."""
_AT_ONCE: Final = 20_000
"""Rows of one batch: the thread must not hold the interpreter for long."""
_STOP_S: Final = 6.0
"""How long a stopping server waits for its log: less than it is given to stop."""


class LogWriter:
    """Takes rows from servers' threads and writes them from one of its own."""

    def __init__(self, stores: Mapping[str, Store], folder: Path) -> None:
        """Write the rows of each node into its store; meanwhile they wait in `folder`, which need not exist."""
        self._stores = stores
        self._masks = {code: Masks(store) for code, store in stores.items()}
        self._spool = Spool(folder)
        self._waiting: deque[Row] = deque()
        self._lost = 0
        self._quiet_until = 0.0
        self._stop = Event()
        self._thread = Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def note(self, row: Row) -> None:
        """Take a row down. Takes no time and fails never."""
        if len(self._waiting) < MOST:
            self._waiting.append(row)
        else:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, as far as that takes no longer than a stopping server is given."""
        self._stop.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        rolled = time.monotonic()
        while not self._stop.wait(FLUSH_S):
            self._safely(roll=(due := time.monotonic() - rolled >= ROLL_S))
            rolled = time.monotonic() if due else rolled
        self._safely(roll=True)

    def _safely(self, *, roll: bool) -> None:
        """Write, whatever happens: a thread that ended would let memory fill up."""
        try:
            self._flush()
            if roll:
                self._roll()
        except (LakeError, OSError, pa.ArrowException) as error:
            self._complain(f"the access log waits: {error}")
        except Exception:  # noqa: BLE001 - as the docstring says
            _log.exception("the access log waits")
        if self._lost and self._complain(f"the access log lost {self._lost} requests that it had no room for"):
            self._lost = 0

    def _complain(self, told: str) -> bool:
        """Say what is wrong, not more than once in `ROLL_S`; return whether it was said."""
        if time.monotonic() < self._quiet_until:
            return False
        _log.warning("%s", told)
        self._quiet_until = time.monotonic() + ROLL_S
        return True

    def _flush(self) -> None:
        """Move what waits in memory to the spool; rows of a node whose secret cannot be had wait on, and no others."""
        held: list[Row] = []
        away: dict[str, LakeError] = {}
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
                try:
                    masked, left = self._masked(taken, away)
                    self._spool.add(batch_of(masked))
                except BaseException:
                    self._waiting.extendleft(reversed(taken))
                    raise
                held += left
        finally:
            self._waiting.extendleft(reversed(held))
        for code, error in away.items():
            self._complain(f"{code}: the access log waits: {error}")

    def _masked(self, rows: list[Row], away: dict[str, LakeError]) -> tuple[list[Row], list[Row]]:
        """Return rows as they may be written, and those of nodes that do not answer, which are asked once."""
        masked, left = [], []
        for row in rows:
            try:
                if row.node not in away:
                    masked.append(self._masks[row.node].row(row))
                    continue
            except LakeError as error:
                away[row.node] = error
            left.append(row)
        return masked, left

    def _roll(self) -> None:
        """Put what the spool holds into the lake: what one store does not take stays, and stops no other."""
        self._spool.turn()
        for spooled in self._spool.ready():
            with spooled:
                self._put(spooled)

    def _put(self, spooled: Spooled) -> None:
        try:
            table = spooled.read()
        except OSError as error:
            self._complain(f"the access log waits: {error}")
            return
        left = codes = {*table["node"].to_pylist()}
        for code in sorted(codes & {*self._stores}):
            of_node = table.filter(pc.equal(table["node"], code))
            try:
                put_rows(self._stores[code], of_node, f"part-{spooled.name}.parquet")
            except (LakeError, OSError) as error:
                self._complain(f"{code}: the access log waits: {error}")
            else:
                left = left - {code}
        if not left:  # else it waits for its stores, or for a server that has all of its nodes
            spooled.remove()
