"""Whether a node answered when it was asked from outside: a row of the access log for each try, source `probe`.

A server that does not run writes nothing down: what the log has of requests cannot tell how long nothing was there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from tianlake.lake.errors import LakeError
from tianlake.lake.fetch import Limits, StatusError, fetch
from tianlake.lake.logs.parts import new_name, put_rows
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.store import Store

CATALOG: Final = "catalog.json"
"""What is asked for: the first thing that every client of a node reads, from its server or its content network."""

PATIENCE_S: Final = 10.0
"""An answer that takes longer is none, to whoever waits for a map."""

_LIMITS: Final = Limits(largest=1 << 24, silence_s=PATIENCE_S, whole_s=PATIENCE_S)
_BEGINNING: Final = "probe-"


@dataclass(frozen=True, slots=True)
class Probe:
    """One try."""

    row: Row
    """Status 0 where nobody answered."""
    why: str
    """What was wrong; empty where the node answered as it should."""


def probe(code: str, url: str, ca_file: Path | None = None, clock: Callable[[], float] = time.time) -> Probe:
    """Ask a node for its catalog, and return what came of it; every failure is an answer here.

    Args:
        code: Of the node.
        url: Where the public reads it, without a final `/`.
        ca_file: PEM file of authorities beside those of the system.
        clock: Returns the time, seconds since the epoch.
    """
    came, began = clock(), time.monotonic()
    status, why = 0, ""
    try:
        found = fetch(f"{url}/{CATALOG}", {}, _LIMITS, ca_file)
        status = 200
        if found is None or not _is_catalog(found.body):
            status, why = 0, f"{url}/{CATALOG}: is no STAC catalog"
    except StatusError as error:
        status, why = error.status, str(error)
    except LakeError as error:
        why = str(error)
    ms = (time.monotonic() - began) * 1000
    problem = "" if not why else "unreachable"
    return Probe(
        Row(came, code, "", "", "health", "GET", status, problem, 0, ms, "none", "", "", "", "probe"),
        " ".join(why.split()),
    )


def put_probes(store: Store, probes: Sequence[Probe]) -> None:
    """Put tries into the log of their node; raises `StoreError`."""
    put_rows(store, pa.Table.from_batches([batch_of([each.row for each in probes])]), new_name(_BEGINNING))


def _is_catalog(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and "stac_version" in found
