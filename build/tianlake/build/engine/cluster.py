"""Makes parts on a Dask cluster that somebody else runs (https://distributed.dask.org).

Only the extra `dask` has what is imported here.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from typing import Any, Final

from distributed import Client, KilledWorker
from distributed.cfexecutor import ClientExecutor
from distributed.security import Security

from tianlake.build.engine.parts import Record
from tianlake.build.engine.processes import AHEAD
from tianlake.build.engine.protocol import Tls
from tianlake.build.engine.worker import Task, make
from tianlake.lake.errors import StoreError

logger = logging.getLogger(__name__)

CONNECT_S: Final = 20
"""How long the scheduler, and then the first worker, is waited for, unless another time is asked for."""

BESIDE_S: Final = 60
"""How long a scheduler is waited for at most, however long its workers are. Dask goes by it later on, too."""

PATIENCE_S: Final = 60.0
"""How long a build goes on without any worker: one may be started anew."""

COUNT_S: Final = 2.0
"""Workers are counted no oftener."""


class Cluster:
    """Workers behind one scheduler. Dask itself gives parts of lost workers to others, at most three times."""

    remote = True

    def __init__(self, address: str, wait_s: int, tls: Tls | None) -> None:
        """Connect.

        Args:
            address: `HOST:PORT` of the scheduler.
            wait_s: How long the first worker is waited for, and before that the scheduler, it for a minute at most.
            tls: Certificates, where it speaks TLS.

        Raises:
            StoreError: Nobody answers there, or not as one who is believed, or there is no worker.
        """
        self._name = f"{'dask' if tls is None else 'dask+tls'}://{address}"
        self._parts: dict[str, Task] = {}
        self._again: dict[str, list[str]] = defaultdict(list)
        self._counted = (0.0, 0)
        self._alone_since: float | None = None
        try:
            url = f"{'tcp' if tls is None else 'tls'}://{address}"
            self._client = Client(url, timeout=min(wait_s, BESIDE_S), set_as_default=False, security=_security(tls))
        except OSError as error:
            raise StoreError(f"{self._name}: no scheduler answers: {' '.join(str(error).split())}") from None
        try:
            self._client.wait_for_workers(1, timeout=wait_s)
        except TimeoutError:
            self._client.close()
            raise StoreError(f"{self._name}: it has no workers; start some: dask worker {url}") from None
        # Whoever loses the scheduler is told so in one line by what is raised, not by Dask's stack as well.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self._client.subscribe_topic("all", self._hear)
        self._executor = ClientExecutor(self._client, pure=False)

    def room(self) -> int:
        """Return two for each thread of the workers there are now."""
        when, threads = self._counted
        if time.monotonic() - when > COUNT_S:
            threads = self._count()
            self._counted = (time.monotonic(), threads)
        return max(threads, 1) * AHEAD

    def submit(self, task: Task) -> Future[Record]:
        """Hand over a part.

        Raises:
            StoreError: The scheduler is out of reach.
        """
        if self._client.status != "running":
            raise self._gone()
        name = f"tianlake-{uuid.uuid4().hex}"
        self._parts[name] = task
        future: Future[Record] = self._executor.submit(make, task, key=name)
        return future

    def lost(self, error: BaseException) -> str | None:
        """Return why, where workers died or the scheduler was lost."""
        if isinstance(error, KilledWorker):
            return f"{error.allowed_failures + 1} workers were lost while they made it"
        return "the scheduler was lost" if isinstance(error, CancelledError) else None

    def again(self, key: str) -> list[str]:
        """Return why Dask had a part made again without being asked."""
        return self._again.pop(key, [])

    def check(self) -> None:
        """Raise `StoreError` where the scheduler is out of reach, or no worker has been there for a minute."""
        if self._client.status != "running":
            raise self._gone()
        if self._count():
            self._alone_since = None
            return
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
            logger.warning("%s: no worker is left; waiting for one", self._name)
        elif now - self._alone_since > PATIENCE_S:
            rule = "no worker for a minute; finished parts are kept: start workers and build again"
            raise StoreError(f"{self._name}: {rule}")

    def close(self, *, now: bool = False) -> None:  # noqa: ARG002 - what is under way ends by itself
        """Disconnect; parts that nobody waits for any more are not begun."""
        self._client.close()

    def _count(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except OSError:
            raise self._gone() from None

    def _gone(self) -> StoreError:
        rule = "the scheduler is out of reach; finished parts are kept: build again once it is there"
        return StoreError(f"{self._name}: {rule}")

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Hear of lost workers: what they were making is made by others."""
        _, told = event
        if told.get("action") != "remove-worker":
            return
        for name in told["processing-tasks"]:
            if task := self._parts.get(name):
                reason = f"worker {told['worker']} was lost"
                self._again[task.key].append(reason)
                logger.warning("%s: %s; it is made again", task.part.name, reason)


def _security(tls: Tls | None) -> Security | None:
    """Return what Dask is to show and to believe; both sides prove that the authority knows them."""
    if tls is None:
        return None
    own = {"tls_client_cert": str(tls.cert), "tls_client_key": str(tls.key)}
    return Security(require_encryption=True, tls_ca_file=str(tls.ca), **own)
