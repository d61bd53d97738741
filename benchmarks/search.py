"""How fast names are found in a million, how often the first hit is right, and how SQLite and DuckDB alone compare.

    python benchmarks/search.py [--rows 1000000] [--queries 2000] [--timed 210] [--folder KEEP]

The index lies in a lake that the project's own gateway serves on the loopback interface; it is read by range through
DuckDB's httpfs. Warm is a search for a text that was not asked before, in a process that has searched for others, as
the gateway's has. Cold is a new process from the start of the interpreter to the answer, imports and the connection
included, which knows the release's address already. `--folder` keeps what was made, and is taken up again.
"""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from gateway_kit import NODE, RELEASE_1, generous, pointer, quotas, release
from search_data import fetch, make_features
from search_queries import KINDS, Query, Rate, make_queries
from search_rivals import by_like, by_trigrams, make_sqlite
from server_kit import running, write

from tianlake.build.search.write import write_index
from tianlake.build.vector.geoparquet import Sheet, write_sheet
from tianlake.lake.duck import connect
from tianlake.lake.engine import Engine, Inquiry
from tianlake.lake.keys import release_prefix
from tianlake.lake.search.files import FILES
from tianlake.lake.search.names import find
from tianlake.lake.search.wanted import Wanted

PRODUCT: Final = "places"
TABLE: Final = "places.parquet"

COLD: Final = """
import sys
from tianlake.lake.duck import connect
from tianlake.lake.search.names import find
from tianlake.lake.search.wanted import Wanted
connection = connect(extensions=("httpfs",), threads=2)
class Release:
    code, product = "156130000", "places"
    holds = staticmethod(lambda name: True)
    url = staticmethod(lambda name: sys.argv[1] + name)
class Answer:
    def __init__(self, rows):
        self.rows = rows
found = find(Wanted(sys.argv[2]), (Release,), lambda sql, values=(): Answer(connection.execute(sql, values).fetchall()))
print(found.hits[0].name if found.hits else "")
"""


@dataclass(frozen=True, slots=True)
class Release:
    """As much of a current release as a search looks at."""

    root: str
    code: str = NODE
    product: str = PRODUCT

    def holds(self, name: str) -> bool:
        """Say that it has an index."""
        return name in FILES

    def url(self, name: str) -> str:
        """Return the address of a file."""
        return self.root + name


def build(folder: Path, rows: int, count: int) -> dict[str, Any]:
    """Make data, index, SQLite's index and queries in a folder, unless they are there; return what that took."""
    record = folder / "built.json"
    if record.exists():
        found: dict[str, Any] = json.loads(record.read_bytes())
        return found
    out, scratch = folder / "release", folder / "scratch"
    for each in (out, scratch):
        each.mkdir(parents=True)
    took: dict[str, Any] = {"rows": rows}
    with connect(memory_limit="1GiB", threads=2, scratch=scratch) as connection:
        took["data"] = make_features(connection, fetch(scratch), rows)
        columns = tuple(name for name in connection.sql("FROM features").columns if name != "geometry")
        write_sheet(connection, Sheet("features", columns, (75, 19, 131, 52)), out / TABLE)
        took["index_s"], took["index_cpu_s"] = timed(lambda: write_index(connection, "features", "place", out))
        took["memory_mb"] = psutil.Process().memory_info().rss >> 20
        took["sqlite_s"], _ = timed(lambda: make_sqlite(connection, folder / "fts.sqlite"))
        queries = make_queries(connection, count)
    took["bytes"] = {name: (out / name).stat().st_size for name in (TABLE, *FILES)}
    took["bytes"]["FTS5"] = (folder / "fts.sqlite").stat().st_size
    (folder / "queries.json").write_text(json.dumps([asdict(each) for each in queries], ensure_ascii=False), "utf-8")
    record.write_text(json.dumps(took, ensure_ascii=False), "utf-8")
    return took


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something takes: by the clock, and of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the release by the gateway; gives the address of its folder."""
    at = folder / "lake" / NODE
    if not at.exists():
        files = {name: (folder / "release" / name).read_bytes() for name in (TABLE, *FILES)}
        write(at, release(RELEASE_1, files) | pointer(RELEASE_1) | quotas(generous()))
    with running(folder, [NODE]) as server:
        yield f"{server.url}/{release_prefix(PRODUCT, RELEASE_1)}"


def rates(queries: Sequence[Query], ask: Callable[[str], str | None], within: Callable[[str], str | None]) -> None:
    """Print how often the first hit is right: for the text alone, and after the name of its county."""
    alone: dict[str, Rate] = defaultdict(Rate)
    narrowed: dict[str, Rate] = defaultdict(Rate)
    for each in queries:
        alone[each.kind] = alone[each.kind].plus(each, ask(each.text))
        narrowed[each.kind] = narrowed[each.kind].plus(each, within(each.within))
    print("\n| text 查询 | n | right 正确 | or as good 或同样相符 | with county 加县名 | or as good |")
    print("|---|---|---|---|---|---|")
    for kind, text in KINDS.items():
        if kind in alone:
            one, other = alone[kind], narrowed[kind]
            shares = (one.share, one.share_as_good, other.share, other.share_as_good)
            print(f"| {text} | {one.asked} | {' | '.join(f'{share:.1f} %' for share in shares)} |")


def timings(
    queries: Sequence[Query], ways: dict[str, Callable[[str], str | None]]
) -> dict[str, list[tuple[float, float, bool]]]:
    """Return what each text took in each way, asked by turns: seconds by the clock, of the processor, whether right."""
    found: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for each in queries:
        for name, way in ways.items():
            first: list[str | None] = []
            clock, busy = timed(lambda way=way, each=each, first=first: first.append(way(each.text)))  # type: ignore[misc]
            found[name].append((clock, busy, first == [each.name]))
    return found


def compare(queries: Sequence[Query], ways: dict[str, Callable[[str], str | None]]) -> None:
    """Print how long each way takes, asked by turns, and how often it is right: for all texts, and for exact names."""
    exact = [number for number, each in enumerate(queries) if each.kind == "exact"]
    print("\n| | p50 ms | p99 ms | processor p50 ms | exact names: p50 ms 全名 | right 首位正确 |")
    print("|---|---|---|---|---|---|")
    for name, taken in timings(queries, ways).items():
        clock, busy = ([1000 * each[at] for each in taken] for at in (0, 1))
        last = quantiles(clock, n=100)[98]
        share = 100 * sum(each[2] for each in taken) / len(queries)
        whole = median(clock[number] for number in exact)
        print(f"| {name} | {median(clock):.1f} | {last:.1f} | {median(busy):.1f} | {whole:.1f} | {share:.1f} % |")


def cold(root: str, queries: Sequence[Query]) -> tuple[list[float], list[float]]:
    """Return how long new processes take, milliseconds: by the clock, and of the processor."""
    clock, busy = [], []
    for each in queries:
        before = psutil.Process().cpu_times()
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", COLD, root, each.text], check=True, capture_output=True)
        clock.append(1000 * (time.perf_counter() - start))
        after = psutil.Process().cpu_times()
        used = (after.children_user - before.children_user) + (after.children_system - before.children_system)
        busy.append(1000 * used)
    return clock, busy


def queries_of(folder: Path) -> list[Query]:
    """Return the queries that `build` made."""
    return [Query(**each) for each in json.loads((folder / "queries.json").read_text("utf-8"))]


def ways(root: str, database: sqlite3.Connection) -> dict[str, Callable[[str], str | None]]:
    """Return what answers a text with the name of its first hit, by name."""
    engine, places = Engine(), (Release(root),)

    def ours(text: str) -> str | None:
        found = find(Wanted(text), places, Inquiry(engine).ask)  # type: ignore[arg-type]
        return found.hits[0].name if found.hits else None

    return {
        "Tianlake": ours,
        "SQLite FTS5 trigram": lambda text: by_trigrams(database, text),
        "DuckDB LIKE": lambda text: by_like(engine.ask, root + TABLE, text),
    }


def run(folder: Path, options: argparse.Namespace) -> None:
    """Measure and print everything."""
    took = build(folder, options.rows, options.queries)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {psutil.cpu_count()} cores, ", end="")
    print(f"load {psutil.getloadavg()[0]:.1f} at the start; Python {platform.python_version()}, ", end="")
    print(f"DuckDB {version('duckdb')}, SQLite {sqlite3.sqlite_version}")
    print(json.dumps(took, ensure_ascii=False))
    queries = queries_of(folder)[: options.queries]
    few = queries[: options.timed]
    with served(folder) as root, sqlite3.connect(folder / "fts.sqlite") as database:
        clock, busy = cold(root, few[: options.cold])
        print(f"\nCold, {len(clock)} new processes: p50 {median(clock):.0f} ms, fastest {min(clock):.0f} ms; ", end="")
        print(f"processor p50 {median(busy):.0f} ms")
        all_ways = ways(root, database)
        ours = all_ways["Tianlake"]
        for each in queries[options.timed : 2 * options.timed]:  # other texts: what is timed was not asked before
            ours(each.text)
        compare(few, all_ways)
        rates(queries, ours, ours)
        print(f"\nload {psutil.getloadavg()[0]:.1f} at the end")


def main() -> None:
    """Run it as the command line says."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--queries", type=int, default=2_000)
    options.add_argument("--timed", type=int, default=210, help="queries that are timed")
    options.add_argument("--cold", type=int, default=15, help="new processes")
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    if given.folder is not None:
        given.folder.mkdir(parents=True, exist_ok=True)
        run(given.folder, given)
        return
    with TemporaryDirectory() as name:
        run(Path(name), given)


if __name__ == "__main__":
    main()
