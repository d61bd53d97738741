"""How long admission takes: `python benchmarks/admission.py`. CPU time of one call, in microseconds.

`admit` is the pure decision; `decide` is all of the door's hot path, key and lease at hand; `request` is what an
adapter does for a tile: find out what the path means, read the credentials, decide, and make the header fields.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tianlake.functions.admission.admit import Rules, admit
from tianlake.functions.admission.answers import Admission
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, grant
from tianlake.functions.admission.records import KeyRecord, digest, new_key
from tianlake.functions.admission.requests import Request, asked_for
from tianlake.functions.gateway.places import locate
from tianlake.lake.quotas import DEFAULT_POLICY, Limit, Meter

RUNS: Final = 20_000
TARGETS: Final = {"p50": 20.0, "p99": 100.0}
"""Microseconds that `admit` may take (docs/front-door.md)."""

_NODE: Final = "156130000"
_PATH: Final = "/tiles/roads/14/13490/6208.mvt"


class _Plenty:
    """A store that knows one key, and leases whatever is asked for."""

    def __init__(self, record: KeyRecord) -> None:
        self._record = record

    def find(self, wanted: str) -> KeyRecord | None:
        return self._record if wanted == self._record.digest else None

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        return grant(ask, Held(), now)[1]

    def give_back(self, lease: Lease, now: float) -> None: ...

    def used(self, account: str, now: float) -> dict[Meter, int]:  # noqa: ARG002 - a `Ledger` has it
        return {}


def measure(work: Callable[[], object], runs: int) -> dict[str, float]:
    """Return median and 99th percentile of one call, microseconds of CPU: what others do on the machine is left out."""
    times = []
    gc.disable()
    for _ in range(runs):
        start = time.thread_time_ns()
        work()
        times.append(time.thread_time_ns() - start)
    gc.enable()
    times.sort()
    return {"p50": times[runs // 2] / 1000, "p99": times[runs * 99 // 100] / 1000}


def figures(runs: int = RUNS) -> dict[str, dict[str, float]]:
    """Return what each step takes, by its name."""
    key, now = new_key(), time.time()
    hosts = ("example.org", "*.example.net")
    record = KeyRecord(digest(key), "k", "a", "professional", "browser", hosts, terms=DEFAULT_POLICY.version)
    endless = Limit(10**12, 10**9, 10**9, 10**9)
    tiers = dict(DEFAULT_POLICY.tiers)
    tiers["professional"] = replace(tiers["professional"], limits={"tile": endless})
    rules = Rules(replace(DEFAULT_POLICY, tiers=tiers), terms=DEFAULT_POLICY.version)
    store = _Plenty(record)
    door = Door(store, store, lambda: rules)
    request = Request(_PATH, f"v=1&tk={key}", {"origin": "https://maps.example.net", "accept": "*/*"}, "192.0.2.1")
    asked = asked_for(request, demand_of(locate(_PATH.encode(), {_NODE})), "key")
    while isinstance(errand := door.decide(asked, now), Errand):
        errand.run()
    lease = Lease("a", "tile", 20261127, 10**12, 0.0, 10**9, now + 10**6, 10**12, 10**12)

    def whole() -> object:
        demand = demand_of(locate(_PATH.encode(), {_NODE}))
        answer = door.decide(asked_for(request, demand, "key"), now)
        return answer.headers if isinstance(answer, Admission) else answer

    steps: dict[str, Callable[[], object]] = {
        "admit": lambda: admit(asked, record, lease, now, rules),
        "decide": lambda: door.decide(asked, now),
        "request": whole,
    }
    return {name: measure(work, runs) for name, work in steps.items()}


def main() -> int:
    """Print the figures as JSON; fail where one misses its target."""
    found = figures()
    print(json.dumps({"python": sys.version.split()[0], "runs": RUNS, "microseconds": found}, indent=2))
    return int(any(found[step][part] > most for step in ("admit", "decide") for part, most in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
