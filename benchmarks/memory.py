"""Memory of each process of a build, whatever the size of the input: builds of growing inputs, and what they held.

    python benchmarks/memory.py [--what points] [--sizes 250000,1000000] [--memory 2]

Each is a whole build from nothing by two processes, in a process of its own. Told is what `build.json` says: the
most that a worker held while it made a part, or a program that it ran, and the most that the command itself held, with
DuckDB in it. The goal is that neither is more than `--memory` (GiB), however large the input. Inputs are those of
`generated.py`; they are made in `TMPDIR` and are gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import generated
from watch import succeeded

from tianlake.build.candidates import REPORT, BuildOptions, build
from tianlake.build.engine.choose import PROCESS, open_engine
from tianlake.build.engine.workshop import closing
from tianlake.build.job import MEMORY, silent
from tianlake.lake.recipes import FeatureOptions, Kind, ProductCard, Recipe, SceneOptions, Source, Tiles
from tianlake.lake.words import Text

GIB: Final = 2**30
MIB: Final = 2**20
JOBS: Final = 2
NODE: Final = "156000000"

_SAY: Final = Text("基准", "Benchmark")


def _card(kind: Kind) -> ProductCard:
    return ProductCard("bench", kind, "theme", _SAY, _SAY, "CC0-1.0", "made up")


def _vector(highest: int) -> Recipe:
    features, tiles = FeatureOptions(id="id"), Tiles(max_zoom=highest)
    return Recipe(_card("vector"), (Source("input.parquet"),), tiles=tiles, features=features)


def _scenes() -> Recipe:
    scene = SceneOptions(each=True, acquired_pattern="_%Y%m%d_")
    return Recipe(_card("raster"), (Source("input", scene=scene),))


WHAT: Final[dict[str, tuple[Callable[[Path, int], None], str, Callable[[], Recipe], tuple[int, ...]]]] = {
    "points": (generated.points, "input.parquet", lambda: _vector(12), (100_000, 1_000_000, 10_000_000)),
    "polygons": (generated.polygons, "input.parquet", lambda: _vector(11), (125_000, 500_000, 2_000_000)),
    "picture": (
        generated.picture,
        "input.tif",
        lambda: Recipe(_card("raster"), (Source("input.tif"),)),
        (8_000, 20_000, 40_000),
    ),
    "scenes": (generated.scenes, "input", _scenes, (100, 1_000)),
}
"""Name → what makes it, as which file, of which product, in which sizes: features, pixels on a side, scenes."""


def _build(what: str, root: Path, memory: int) -> None:
    """Build the product of an input that is there, in this process and two workers."""
    with closing(open_engine(PROCESS, JOBS, memory)) as engine:
        options = BuildOptions(root / "state", JOBS, memory, engine=engine)
        folder, _ = build(WHAT[what][2](), NODE, root, options, silent)
    (root / REPORT).write_bytes((folder.path / REPORT).read_bytes())


def measure(what: str, size: int, memory: int = MEMORY) -> dict[str, Any]:
    """Make an input and build it; return what `build.json` says, and bytes and seconds.

    Raises:
        RuntimeError: The build failed.
    """
    make, name, _, _ = WHAT[what]
    with TemporaryDirectory(prefix="memory-") as place:
        root = Path(place)
        start = time.perf_counter()
        make(root / name, size)
        making = time.perf_counter() - start
        given = sum(file.stat().st_size for file in _files(root / name))
        took = succeeded(
            [sys.executable, __file__, "--one", what, "--root", place, "--memory", str(memory / GIB)], root
        )
        told = json.loads((root / REPORT).read_bytes())
        assets = sum(file.stat().st_size for file in _files(root / "state/candidates"))
    return {"told": told, "making_s": making, "given": given, "assets": assets, "took": took}


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [each for each in place.rglob("*") if each.is_file()]


def line(what: str, size: int, found: dict[str, Any]) -> str:
    """Return a row of the table."""
    told, took = found["told"], found["took"]
    cells = [
        *(what, f"{size:,}", f"{found['given'] / 1e6:,.0f} MB in {found['making_s']:,.0f} s"),
        f"{took.wall_s:,.0f} s, {took.processor_s:,.0f} s",
        f"{found['assets'] / 1e6:,.0f} MB",
        f"{told['total']['parts']:,}",
        *(f"{told[who]['peak_bytes'] / MIB:,.0f} MiB" for who in ("total", "command")),
    ]
    return f"| {' | '.join(cells)} |"


def most(found: dict[str, Any]) -> int:
    """Return the most bytes that a process held."""
    return max(int(found["told"][who]["peak_bytes"]) for who in ("total", "command"))


def main() -> int:
    """Print the table; return 1 where a process held more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", action="append", choices=WHAT)
    parser.add_argument("--sizes", help="instead of those of each")
    parser.add_argument("--memory", type=float, default=MEMORY / GIB, help="GiB that a process may hold")
    parser.add_argument("--one", choices=WHAT, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    memory = round(given.memory * GIB)
    if given.one:
        _build(given.one, given.root, memory)
        return 0
    print("| input | size | file, made in | build: clock, processor | assets | parts | a worker | the command |")
    print(f"|{'---|' * 8}")
    highest = 0
    for what in given.what or WHAT:
        for size in map(int, given.sizes.split(",")) if given.sizes else WHAT[what][3]:
            found = measure(what, size, memory)
            highest = max(highest, most(found))
            print(line(what, size, found), flush=True)
    return int(highest > memory)


if __name__ == "__main__":
    sys.exit(main())
