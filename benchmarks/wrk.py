"""Load by wrk, which is one C program and costs little beside what it measures."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
-- Ranges of one size at random places of one file, a key of several by turns, and a pause where there is one.
local keys = { %(keys)s }
local turn = 0
function init(args)
  math.randomseed(%(seed)d)
end
function request()
  turn = turn + 1
  local first = math.random(0, %(places)d - 1) * %(size)d
  local fields = { ["Host"] = "bench", ["Range"] = "bytes=" .. first .. "-" .. (first + %(size)d - 1) }
  if #keys > 0 then fields["X-Api-Key"] = keys[turn %% #keys + 1] end
  return wrk.format("GET", "%(path)s", fields)
end
%(pause)s
function done(summary, latency, requests)
  io.stderr:write(string.format(
    '{"requests": %%d, "bytes": %%d, "microseconds": %%d, "refused": %%d, "broken": %%d, "p50": %%d, "p99": %%d}\\n',
    summary.requests, summary.bytes, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked, by how many connections."""

    path: str
    places: int
    """Ranges that the file has."""
    keys: Sequence[str] = ()
    """Sent by turns."""
    connections: int = 64
    size: int = 16_384
    """Bytes of each range."""
    pause_ms: float = 0
    """Before each request of a connection; 0 asks again as soon as the answer is there."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it."""

    requests: int
    bytes: int
    microseconds: int
    refused: int
    """Answers of 400 and above."""
    broken: int
    """Connections that failed, and answers that took longer than two seconds."""
    p50: int
    """Microseconds."""
    p99: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.microseconds * 1e6


def version() -> str:
    """Return wrk's version; raises `FileNotFoundError` where it is not installed."""
    said = subprocess.run([program(), "-v"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[:2])


def program() -> str:
    """Return the path of wrk."""
    if (found := shutil.which("wrk")) is None:
        raise FileNotFoundError("no wrk here: apt-get install wrk")
    return found


def start(load: Load, url: str, seconds: int, folder: Path) -> subprocess.Popen[str]:
    """Begin `load` on one thread."""
    pause = f"function delay() return {load.pause_ms} * (0.5 + math.random()) end" if load.pause_ms else ""
    script = folder / f"load-{load.seed}.lua"
    keys = ", ".join(f'"{key}"' for key in load.keys)
    values = {"keys": keys, "places": load.places, "size": load.size, "path": load.path, "seed": load.seed}
    script.write_text(_SCRIPT % {**values, "pause": pause})
    command = [program(), "-t1", f"-c{load.connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> Measured:
    """Wait for the end of a load."""
    _, said = process.communicate(timeout=120)
    return Measured(**json.loads(said.strip().splitlines()[-1]))


def run(load: Load, url: str, seconds: int, folder: Path) -> Measured:
    """Put `load` on a server for so long."""
    return finish(start(load, url, seconds, folder))
