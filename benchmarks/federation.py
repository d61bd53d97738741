"""How long a simulated nation takes to harvest itself, level by level, and how much memory and traffic that is.

    python benchmarks/federation.py [--cities 333] [--collections 3000] [--items 1000000] [--share 0.01] [--fit]

Cities and provinces are served over loopback HTTP by one process; `tianlake federate` harvests at the 32 provinces and
then at the nation, in one process and the ones it starts. Runs: all of it from nothing; again with nothing changed;
after a share of the collections was published anew, each by another city; and after the nation published one product
itself. With `--fit`, smaller nations are harvested too, and the exponents of time against Items and nodes are told.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from nation import CITIES, NATION, Nation, Size, changed, nation
from nation_cities import write_cities
from nation_workspace import send_news, write_workspace
from watch import watched

FULL_S, NEWS_S, MOST_BYTES = 900, 60, 1 << 30
"""What the whole nation may take at most: all of it, 1 % of it, and memory."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    wall_s: float
    processor_s: float
    memory: int
    """The largest sum of resident bytes of the process and all those below it."""
    written: int
    """Objects that are new or other ones in the buckets of the workspace."""
    counts: dict[str, int]
    """Requests that nodes answered, by status; and `bytes` of bodies."""

    def row(self, name: str) -> str:
        """Return a row of the table."""
        requests = sum(count for status, count in self.counts.items() if status != "bytes")
        cells = (name, f"{self.wall_s:.1f} s", f"{self.processor_s:.1f} s", f"{self.memory / 1e6:.0f} MB")
        rest = (f"{requests:,}", f"{self.counts.get('304', 0):,}", f"{self.counts.get('bytes', 0) / 1e6:.1f} MB")
        return f"| {' | '.join((*cells, *rest, f'{self.written:,}'))} |"


@dataclass(frozen=True, slots=True)
class Place:
    """A nation on disk, served."""

    root: Path
    port: int

    @property
    def workspace(self) -> Path:
        """The workspace of the nodes that harvest."""
        return self.root / "workspace"

    def run(self, *arguments: str, status: int = 0) -> Run:
        """Run a command of `tianlake` in the workspace, and measure it."""
        before = self._stamps()
        self._counts()
        command = [sys.executable, "-m", "tianlake.cli", "-C", str(self.workspace), *arguments]
        log = self.root / "log.txt"
        took = watched(command, log, os.environ | {"LC_ALL": "C"})
        if took.status != status:
            raise SystemExit(f"{' '.join(arguments)}: exit code {took.status}\n{log.read_text()[-3000:]}")
        after = self._stamps()
        written = sum(before.get(key) != stamp for key, stamp in after.items())
        return Run(took.wall_s, took.processor_s, took.memory, written, self._counts())

    def _counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/counts") as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def _stamps(self) -> dict[str, int]:
        files = (self.workspace / "lake").rglob("*.*")
        return {str(path): path.stat().st_mtime_ns for path in files if path.is_file() and ".tmp" not in path.parts}


@contextmanager
def served(root: Path, given: Nation) -> Iterator[Place]:
    """Write a nation, and serve its buckets for as long as this lasts."""
    begin = time.monotonic()
    write_cities(root / "cities", list(given.cities))
    script = Path(__file__).with_name("nation_server.py")
    command = [sys.executable, str(script), str(root / "cities"), str(root / "workspace/lake")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline()) if server.stdout else 0
        write_workspace(root / "workspace", given, port)
        print(f"made in {time.monotonic() - begin:.0f} s", file=sys.stderr)
        yield Place(root, port)
    finally:
        server.terminate()
        server.wait()


def measured(root: Path, size: Size, share: float) -> dict[str, Run]:
    """Harvest a nation in every way; return the runs by name."""
    given = nation(size)
    with served(root, given) as place:
        found = {"from nothing 全部": place.run("federate")}
        found["nothing changed 无变化"] = place.run("federate")
        write_cities(root / "cities", changed(given, share))
        found[f"{share:.0%} changed 变化"] = place.run("federate")
        send_news(place.workspace, NATION)
        # What a publication does after it has moved the pointer, and nothing else.
        found["the nation's own pointer moved 本级发布"] = place.run("node", "add", NATION)
    return found


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Return the slope of the line through the logarithms (least squares)."""
    across, up = [math.log(each) for each in sizes], [math.log(each) for each in times]
    middle, level = sum(across) / len(across), sum(up) / len(up)
    above = sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True))
    return above / sum((x - middle) ** 2 for x in across)


def main() -> int:
    """Print the table; return 1 where the whole nation takes more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cities", type=int, default=CITIES)
    parser.add_argument("--collections", type=int, default=Size().collections)
    parser.add_argument("--items", type=int, default=Size().items)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder to work in, which stays")
    given = parser.parse_args()
    size = Size(given.cities, given.collections, given.items)
    with _folder(given.keep) as root:
        runs = measured(root, size, given.share)
    print(_title(size))
    print("| run | clock | processor | memory | requests | of them 304 | bodies | objects written |")
    print("|---|---|---|---|---|---|---|---|")
    for name, run in runs.items():
        print(run.row(name))
    if given.fit:
        _fit(size, given.share, next(iter(runs.values())))
    full, _same, news, _own = runs.values()
    most = max(run.memory for run in runs.values())
    return int(full.wall_s > FULL_S or news.wall_s > NEWS_S or most > MOST_BYTES)


def _title(size: Size) -> str:
    tools = f"Python {sys.version.split()[0]}, Arrow {version('pyarrow')}, {os.cpu_count()} CPUs"
    nodes = f"{size.cities} cities, {size.collections:,} collections, {size.items:,} Items"
    return f"{nodes}; {tools}, load {os.getloadavg()[1]:.1f} in the five minutes before the end\n"


def _fit(size: Size, share: float, whole: Run) -> None:
    """Harvest smaller nations from nothing, and tell how time grows."""
    parts = (4, 2)
    fewer = [replace(size, items=size.items // part) for part in parts]
    smaller = [Size(size.cities // part, size.collections // part, size.items // part) for part in parts]
    for name, sizes in (("Items", fewer), ("nodes, with all they have", smaller)):
        spent = []
        for each in sizes:
            with TemporaryDirectory() as folder:
                spent.append(measured(Path(folder), each, share)["from nothing 全部"].processor_s)
        found = exponent([1 / part for part in parts] + [1.0], [*spent, whole.processor_s])
        print(f"\nprocessor against {name}: exponent {found:.2f}")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory() as name:
            yield Path(name)
        return
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    yield keep


if __name__ == "__main__":
    sys.exit(main())
