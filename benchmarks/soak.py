"""A gateway under mixed load for half an hour, with all that goes on beside it: does it leak, does it fail?

    python benchmarks/soak.py [--minutes 30] [--rate 40] [--out FOLDER]

A tree of three nodes is served by `tianlake serve` with two workers, keys, access log and metrics. Clients ask for
tiles, ranges, catalogs, searches, STAC, `/sql` and their usage; every minute a command goes on beside them by turns: a
release is built and published, the tree harvested, the lake saved, a place removed, the log tidied, the lake patrolled.
Each second every process of the server is looked at: memory of its own and its share of what is shared (PSS), open
descriptors. It ends with 1 where memory grew by more than 5 %, descriptors grew, or an answer was 5xx or missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from drill_kit import CITY, NATION, OFFICER, city_rows, make_drill
from load_kit import Door, Load, Seen, kinds
from server_kit import free_port
from soak_judge import Findings, judge
from soak_plot import draw
from soak_watch import Look, family

WORKERS = 2
LOOK_S = 1.0
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """One command that went on beside the load."""

    at: float
    """Seconds since the load began."""
    name: str
    status: int
    seconds: float
    said: str
    """End of what it said, where it failed."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """All that was seen."""

    seconds: float
    rate: float
    looks: list[Look]
    seen: list[Seen]
    done: list[Done]


def command(root: Path, *arguments: str) -> list[str]:
    """Return the command line of `tianlake` in a workspace, at a lower priority than what is measured has."""
    return [
        "chrt",
        "--other",
        "0",
        "nice",
        "-n",
        "5",
        sys.executable,
        "-m",
        "tianlake.cli",
        "-C",
        str(root),
        *arguments,
    ]


def told(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command(root, *arguments), capture_output=True, text=True, check=False, timeout=1200)


def document(root: Path, *arguments: str) -> dict[str, str]:
    """Return what a command that must succeed says as JSON.

    Raises:
        RuntimeError: It did not.
    """
    done = told(root, *arguments, "--json")
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-1000:]}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def door(root: Path) -> Door:
    """Make an account of a professional user."""
    who = ("--name", "soak", "--kind", "government", "--tier", "professional", "--accept-terms")
    made = document(root, "keys", "issue", *who)
    return Door(CITY, made["key"], made["token"])


@contextmanager
def serving(root: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the tree until the block ends."""
    options = ("--port", str(port), "--workers", str(WORKERS), "--metrics-port", str(free_port()))
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tianlake.cli", "-C", str(root), "serve", "--node", NATION, *options],
            stdout=said,
            stderr=said,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server says that it is ready.

    Raises:
        RuntimeError: It ended, or did not say so in a minute.
    """
    import httpx  # noqa: PLC0415 - beside the load, which imports it

    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the server did not get ready")


class Beside:
    """The commands that go on beside the load, by turns."""

    def __init__(self, root: Path) -> None:
        """Take the workspace; a case to remove is opened when its turn comes."""
        self._root = root
        self._turn = 0

    def next(self) -> tuple[str, list[list[str]]]:
        """Return the next command's name and what is run for it, in order."""
        turn, self._turn = self._turn, self._turn + 1
        node = ("--node", CITY)
        match turn % 6:
            case 0 | 3:
                self._write(f"时代广场{turn}")
                return "publish", [["build", *node], ["publish", *node]]
            case 1:
                return "federate", [["federate"]]
            case 2:
                return "backup", [["backup", "--to", "file:backup", *node]]
            case 4:
                return "removal", self._removal(f"时代广场{turn - 1}")
            case _:
                return "stats", [["stats", "--tidy"], ["stats", "--json"], ["patrol", *node]]

    def _write(self, name: str) -> None:
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {key: value for key, value in row.items() if key not in {"lon", "lat"}},
            }
            for row in city_rows(other=name)
        ]
        source = self._root / "sources" / f"{CITY}.geojson"
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")

    def _removal(self, name: str) -> list[list[str]]:
        by = ("--node", CITY, "--as", OFFICER)
        case = document(self._root, "case", "open", "--text", "请删除", "--contact", "某人", *by)["case"]
        why = ("--basis", "《办法》第十八条", "--reason", "住宅", "--product", "places", "--where", f"std_name={name}")
        return [
            ["case", "report", case, *by],
            ["case", "decide", case, "--grant", *why, *by],
            ["case", "apply", case, *by],
        ]

    def run(self, begun: float) -> Iterator[Done]:
        """Run the next one; where one of its commands fails, the rest is left out."""
        at = time.monotonic()
        try:
            name, commands = self.next()
        except RuntimeError as error:
            yield Done(at - begun, "removal", 1, time.monotonic() - at, str(error))
            return
        for each in commands:
            at = time.monotonic()
            ended = told(self._root, *each)
            said = ended.stderr[-500:] if ended.returncode else ""
            yield Done(at - begun, f"{name}: {' '.join(each[:2])}", ended.returncode, time.monotonic() - at, said)
            if ended.returncode:
                return


def soak(root: Path, seconds: float, rate: float, every: float) -> Soaked:
    """Put the load on a published tree for so long."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    end = Event()
    looks: list[Look] = []
    done: list[Done] = []
    with serving(root, port, root / "serve.log") as server:
        wait_ready(url, server)
        load = Load(url, kinds(door(root)), rate)
        begun = time.monotonic()

        def look() -> None:
            while not end.wait(LOOK_S):
                looks.extend(family(server.pid, time.monotonic() - begun))

        def work() -> None:
            beside = Beside(root)
            while not end.wait(every):
                done.extend(beside.run(begun))

        threads = [Thread(target=each) for each in (load.run, look, work)]
        for each in threads:
            each.start()
        time.sleep(seconds)
        load.stop()
        end.set()
        for each in threads:
            each.join()
    return Soaked(seconds, rate, looks, load.seen, done)


def keep(found: Soaked, out: Path) -> None:
    """Write down all that was seen, so that it can be judged and drawn anew."""
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("looks", found.looks), ("seen", found.seen), ("done", found.done)):
        lines = (json.dumps(asdict(row), ensure_ascii=False) for row in rows)
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def report(found: Soaked, warm: float) -> Findings:
    """Judge what was seen; print it as the tables of docs/benchmarks.md."""
    findings = judge(found.looks, found.seen, found.seconds, warm)
    print(findings.tables())
    failed = [each for each in found.done if each.status]
    names = sorted({each.name for each in found.done})
    counts = {name: sum(each.name == name for each in found.done) for name in names}
    print("\nBeside it: " + ", ".join(f"{name} {count} ×" for name, count in counts.items()))
    for each in failed:
        print(f"failed after {each.at:.0f} s: {each.name}: {each.status}: {each.said}")
    for line in findings.faults:
        print(f"FAULT: {line}")
    return findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, keep, draw, print; return the exit code."""
    parser = argparse.ArgumentParser(description="A gateway under mixed load for half an hour.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=40, help="requests a second")
    parser.add_argument("--every", type=float, default=50, help="seconds between commands beside the load")
    parser.add_argument("--tree", type=Path, help="a tree made before, as tests/_kit/drill_kit.py makes it")
    parser.add_argument("--out", type=Path, default=Path(".bench/soak"))
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    with TemporaryDirectory(prefix="tianlake-soak-") as name:
        root = Path(name) / "work"
        if chosen.tree is None:
            make_drill(root)
        else:
            shutil.copytree(chosen.tree, root)
        found = soak(root, 60 * chosen.minutes, chosen.rate, chosen.every)
        keep(found, chosen.out)
        (chosen.out / "serve.log").write_bytes((root / "serve.log").read_bytes())
    findings = report(found, warm=found.seconds / 6)
    draw(found.looks, found.seen, chosen.out / "soak.svg")
    return 1 if findings.faults or any(each.status for each in found.done) else 0


if __name__ == "__main__":
    sys.exit(main())
