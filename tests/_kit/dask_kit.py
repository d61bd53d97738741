"""A Dask cluster on loopback, started as docs/engines.md tells operators to, each process by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"

LOCAL = f"{LOOPBACK}:0"
"""Of the pages of state, which would listen on every address, with `--no-dashboard` too."""


@dataclass
class DaskCluster:
    """A scheduler and the workers that were started for it."""

    folder: Path
    host: str = LOOPBACK
    options: Sequence[str] = ()
    """For scheduler and workers."""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def url(self) -> str:
        """As `--engine` takes it."""
        address = str(json.loads(self.file.read_text())["address"])
        return address.replace("tcp://", "dask://").replace("tls://", "dask+tls://")

    def start(self, within: Sequence[str] = (), *, port: str = "0", **variables: str) -> None:
        """Start the scheduler; `within` is put before the command."""
        address = ("--host", self.host, "--port", port, "--dashboard-address", LOCAL)
        self.file.unlink(missing_ok=True)
        self.scheduler = self._run(
            "scheduler", *address, "--scheduler-file", str(self.file), within=within, **variables
        )
        self.wait(lambda: self.file.is_file() and self.file.read_text().endswith("}"))

    def add_worker(
        self, *options: str, host: str = LOOPBACK, within: Sequence[str] = (), **variables: str
    ) -> subprocess.Popen[bytes]:
        """Start a worker of one thread."""
        chosen = ("--scheduler-file", str(self.file), "--host", host, "--nthreads", "1")
        place = ("--local-directory", str(self.folder), "--dashboard-address", LOCAL)
        worker = self._run("worker", *chosen, *place, *(options or ("--no-nanny",)), within=within, **variables)
        self.workers.append(worker)
        return worker

    def _run(self, *command: str, within: Sequence[str], **variables: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command[0]}-{len(self.workers)}.log").open("wb")
        environment = os.environ | variables
        program = [*within, sys.executable, "-m", "dask", *command, *self.options]
        with log:
            return subprocess.Popen(program, stdout=log, stderr=log, env=environment, start_new_session=True)

    def wait(self, condition: Callable[[], bool], seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "".join(log.read_text() for log in self.folder.glob("*.log"))
            time.sleep(0.05)

    def processes(self) -> list[subprocess.Popen[bytes]]:
        return [*self.workers, *([self.scheduler] if self.scheduler else [])]

    def stop(self) -> None:
        for each in self.processes():
            each.terminate()
        for each in self.processes():
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


@contextmanager
def cluster(folder: Path, workers: int, options: Sequence[str] = ()) -> Iterator[DaskCluster]:
    """Give a cluster of some workers without nannies."""
    with ExitStack() as stack:
        made = DaskCluster(folder, options=options)
        stack.callback(made.stop)
        made.start()
        for _ in range(workers):
            made.add_worker()
        yield made
