"""`/metrics`: what all workers of a server counted, in the form of Prometheus, on a port of this machine alone."""

from __future__ import annotations

import errno
import json
import platform
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from tianlake.functions.gateway.meters import BOUNDS_MS
from tianlake.lake.errors import LakeError

LOOPBACK: Final = "127.0.0.1"

_LABELS: Final = ("kind", "status", "who")
_OF_LEASES: Final = ("meter", "what")
_CLASSES: Final = len(BOUNDS_MS) + 1


@dataclass
class Counts:
    """What workers counted, added up."""

    cells: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    """Kind, class of the status and who asked → requests by class of latency, milliseconds, bytes."""
    codes: Counter[str] = field(default_factory=Counter)
    leases: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Meter, what became of it → how many leases, how many units."""
    confirmed: int = 0
    workers: int = 0
    """Files that were read: one of each worker that ever ran."""

    def add(self, raw: dict[str, Any]) -> None:
        """Add what one worker wrote."""
        self.workers += 1
        self.codes.update(raw["codes"])
        self.confirmed += raw["confirmed"]
        for meter, what, count, units in raw["leases"]:
            leases, before = self.leases.get((meter, what), (0, 0))
            self.leases[meter, what] = leases + count, before + units
        for kind, status, known, *numbers in raw["cells"]:
            name = (kind, f"{status}xx", "account" if known else "anonymous")
            cell = self.cells.get(name, [0.0] * len(numbers))
            self.cells[name] = [one + other for one, other in zip(cell, numbers, strict=True)]


def read_counts(folder: Path) -> Counts:
    """Return what all workers of a server wrote into a folder; one that is being replaced is read whole."""
    found = Counts()
    for file in sorted(folder.glob("*.json")):
        found.add(json.loads(file.read_bytes()))
    return found


@dataclass(frozen=True)
class Workers(Collector):
    """What Prometheus' own library asks for."""

    folder: Path

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of a server as they are now."""
        counts = read_counts(self.folder)
        seconds = HistogramMetricFamily(
            "tianlake_request_seconds", "From a request to the end of its answer.", labels=_LABELS
        )
        sent = CounterMetricFamily("tianlake_sent_bytes", "Bytes of bodies that were sent.", labels=_LABELS)
        for name, cell in sorted(counts.cells.items()):
            seconds.add_metric(name, list(_buckets(cell[:_CLASSES])), cell[_CLASSES] / 1000)
            sent.add_metric(name, cell[_CLASSES + 1])
        refused = CounterMetricFamily(
            "tianlake_problems", "Refusals and other problems, by their stable code.", labels=("code",)
        )
        for code, count in sorted(counts.codes.items()):
            refused.add_metric((code,), count)
        confirmed = CounterMetricFamily(
            "tianlake_confirmed", "Answers that said that a client's copy is the current one."
        )
        confirmed.add_metric((), counts.confirmed)
        workers = CounterMetricFamily("tianlake_workers_started", "Worker processes that answered a request.")
        workers.add_metric((), counts.workers)
        build = InfoMetricFamily("tianlake_build", "What is running.")
        build.add_metric((), {"version": version("tianlake"), "python": platform.python_version()})
        yield from (seconds, sent, refused, confirmed, *_leases(counts), workers, build)


def _leases(counts: Counts) -> Iterator[Metric]:
    leases = CounterMetricFamily(
        "tianlake_leases", "Leases of quota that were taken from the account store, or given back.", labels=_OF_LEASES
    )
    units = CounterMetricFamily("tianlake_lease_units", "Units of quota in them.", labels=_OF_LEASES)
    for name, (count, size) in sorted(counts.leases.items()):
        leases.add_metric(name, count)
        units.add_metric(name, size)
    yield from (leases, units)


def _buckets(classes: Iterable[float]) -> Iterator[tuple[str, float]]:
    """Yield the end of each class of latency, seconds, with how many requests took no longer."""
    ends = [*(str(each / 1000) for each in BOUNDS_MS), "+Inf"]
    total = 0.0
    for end, count in zip(ends, classes, strict=True):
        total += count
        yield end, total


@contextmanager
def measured(folder: Path, port: int) -> Iterator[None]:
    """Answer `/metrics` on loopback, from what workers write into `folder`, until the block is left.

    Raises:
        LakeError: The port is taken.
    """
    registry = CollectorRegistry()
    registry.register(Workers(folder))
    try:
        server, thread = start_http_server(port, LOOPBACK, registry)
    except OSError as error:
        rule = "the port is taken; choose another --metrics-port" if error.errno == errno.EADDRINUSE else error.strerror
        raise LakeError(f"serve: {LOOPBACK}:{port}: {rule}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
