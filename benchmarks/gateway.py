"""What admission costs the gateway, and what one who sends too much costs the others.

    python benchmarks/gateway.py [--seconds 30] [--rounds 5]

One worker over a directory on the loopback interface; wrk asks for ranges of 16 kB at random places of an archive of
64 MiB that needs a key, over 64 connections, with eight keys by turns. The same server without admission, and the same
load without the crowd, are measured in turns with it; medians of the ratios count, absolute figures illustrate.
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
import wrk

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from gateway_kit import CARD, NODE, RELEASE_1, generous, pointer, quotas, release
from issue_kit import issue
from server_kit import Server, running, write

from tianlake.lake.quotas import Limit

PATH = "/tiles/places.pmtiles"
SIZE = 64 << 20
OTHERS = "professional"
CROWD = "personal"
CROWD_RATE = 100
"""Requests a second that the account of the crowd may send: the default of personal users. It sends ten times that."""

BARE = """
from tianlake.functions.gateway import admission
async def enter(self, request, place, node):
    return admission.FREE
admission.FrontDoor.enter = enter
"""
"""Makes the same server let in everybody without a question."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A lake with keys, and where it is served."""

    base: Path
    guarded: Server
    bare: Server
    good: tuple[str, ...]
    """Keys of eight accounts that keep to their quota."""
    bad: str
    """Key of the account that does not."""

    @property
    def load(self) -> wrk.Load:
        """64 connections, as fast as they are answered."""
        return wrk.Load(PATH, SIZE // 16_384, self.good)


@dataclass(frozen=True, slots=True)
class Answered:
    """What wrk saw, and what it took."""

    seen: wrk.Measured
    processor_us: float
    """Processor time of the worker for each answer, microseconds: it hangs less than the clock on what else runs."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same load, measured twice in turn."""

    first: wrk.Measured
    second: wrk.Measured


@contextmanager
def bench() -> Iterator[Bench]:
    """Make the lake, and serve it twice."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        base = Path(name)
        card = replace(CARD, access="key")
        archive = {"places.pmtiles": os.urandom(SIZE)}
        tier = generous(OTHERS).tiers[CROWD]
        limited = replace(tier, limits={**tier.limits, "data": Limit(10**6, CROWD_RATE, CROWD_RATE, CROWD_RATE)})
        policy = generous(OTHERS)
        policy = replace(policy, tiers={**policy.tiers, CROWD: limited})
        write(base / "lake" / NODE, release(RELEASE_1, archive, card=card) | pointer(RELEASE_1) | quotas(policy))
        keys = [secrets.token_hex(16) for _ in range(9)]
        for number, key in enumerate(keys):
            issue(base, key, number=number, tier=OTHERS if number < len(keys) - 1 else CROWD)
        guarded = stack.enter_context(running(base, [NODE]))
        bare = stack.enter_context(running(base, [NODE], prelude=BARE))
        yield Bench(base, guarded, bare, tuple(keys[:-1]), keys[-1])


def busy(server: Server) -> float:
    """Return the processor time that a server's workers have used, seconds."""
    times = [each.cpu_times() for each in psutil.Process(server.process.pid).children(recursive=True)]
    return float(sum(each.user + each.system for each in times))


def measured(load: wrk.Load, server: Server, seconds: int, folder: Path) -> Answered:
    """Put a load on a server, and see what each answer took of the processor."""
    before = busy(server)
    seen = wrk.run(load, server.url, seconds, folder)
    return Answered(seen, (busy(server) - before) / max(1, seen.requests) * 1e6)


def cost(on: Bench, seconds: int, rounds: int) -> list[tuple[Answered, Answered]]:
    """Measure the server without admission, then with it, and so on, after a round that warms both."""
    return [pair(on, seconds) for _ in range(rounds + 1)][1:]


def pair(on: Bench, seconds: int) -> tuple[Answered, Answered]:
    """Measure the server without admission, then with it."""
    bare = measured(on.load, on.bare, seconds, on.base)
    return bare, measured(on.load, on.guarded, seconds, on.base)


def crowd(on: Bench, seconds: int, rounds: int, pause_ms: float) -> tuple[list[Pair], list[wrk.Measured]]:
    """Measure keys that keep to their quota alone, then beside one that sends ten times its own, and so on."""
    pairs, crowds = [], []
    load = replace(on.load, pause_ms=pause_ms)
    # Ten connections that pause for 10 ms send about 1000 requests a second.
    much = replace(on.load, keys=(on.bad,), connections=CROWD_RATE // 10, pause_ms=10, seed=2)
    for turn in range(rounds + 1):
        quiet = wrk.run(load, on.guarded.url, seconds, on.base)
        other = wrk.start(much, on.guarded.url, seconds, on.base)
        beside = wrk.run(load, on.guarded.url, seconds, on.base)
        if turn:
            crowds.append(wrk.finish(other))
            pairs.append(Pair(quiet, beside))
        else:
            wrk.finish(other)
    return pairs, crowds


def ratio(pairs: list[Pair], of: str) -> float:
    """Return the median of second to first."""
    return float(median(getattr(pair.second, of) / getattr(pair.first, of) for pair in pairs))


def middle(measured: list[wrk.Measured], of: str) -> float:
    """Return the median of one figure."""
    return float(median(getattr(each, of) for each in measured))


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown")
    packages = {name: version(name) for name in ("granian", "starlette", "tianlake")}
    return {
        "processor": f"{os.cpu_count()} x {model}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "wrk": wrk.version(),
        "date": time.strftime("%Y-%m-%d"),
        **packages,
    }


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=30, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for name, value in machine().items():
        print(f"{name:12} {value}")
    with bench() as on:
        taken = cost(on, given.seconds, given.rounds)
        print(f"\n16 kB ranges, 64 connections, {given.rounds} rounds of {given.seconds} s, medians")
        for name, side in (("without admission", 0), ("with admission", 1)):
            seen = [pair[side].seen for pair in taken]
            spent = median(pair[side].processor_us for pair in taken)
            rate, p99 = middle(seen, "rate"), middle(seen, "p99") / 1000
            print(f"{name:18} {rate:8.0f} /s   p99 {p99:6.1f} ms   {spent:6.1f} us of the processor each")
        throughput = ratio([Pair(bare.seen, guarded.seen) for bare, guarded in taken], "rate")
        work = median(bare.processor_us / guarded.processor_us for bare, guarded in taken)
        print(f"throughput         {throughput:8.3f} x    (target: at least 0.85)")
        print(f"answers for work   {work:8.3f} x    the same by the processor's time")
        for name, pause in (("at a load that leaves room", 60), ("saturated", 0)):
            pairs, crowds = crowd(on, given.seconds, given.rounds, pause)
            quiet, beside = ([getattr(pair, side) for pair in pairs] for side in ("first", "second"))
            share = sum(each.refused for each in crowds) / sum(each.requests for each in crowds)
            print(f"\nbeside an account that sends ten times its quota, {name}")
            print(f"it sends           {middle(crowds, 'rate'):8.0f} /s   {share:.0%} of it refused")
            print(f"the others alone   {middle(quiet, 'rate'):8.0f} /s   p99 {middle(quiet, 'p99') / 1000:6.1f} ms")
            print(f"beside it          {middle(beside, 'rate'):8.0f} /s   p99 {middle(beside, 'p99') / 1000:6.1f} ms")
            print(f"p99                {ratio(pairs, 'p99'):8.3f} x    (target: 0.9 to 1.1)")


if __name__ == "__main__":
    main()
