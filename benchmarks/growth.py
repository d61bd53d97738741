"""How time and memory grow: features, pixels and requests at several sizes, and the exponents that fit.

    python benchmarks/growth.py [--what features] [--sizes 25000,50000,100000] [--rounds 3]
        [--step geoparquet] [--picture growth.svg]

Each size is a process of its own, by turns with the others; the median of the processor's time counts. An exponent of
1 means that twice as much takes twice as long; the goal is 1.1. That of memory is of the most that all processes of a
step hold together, starting with what Python and GDAL take: far below 1 where memory does not grow. For nodes and
Items, see `benchmarks/federation.py --fit`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

import generated
from federation import exponent
from growth_plot import Curve, draw_growth
from watch import Took, succeeded

MOST: Final = 1.1
"""The exponent that is wanted at most."""

_HERE: Final = Path(__file__).resolve().parent
_REQUESTS: Final = """
import random, sys
from doors import Account
draw, account, now = random.Random(1), Account("professional", 3), 1_795_752_000.0
for _ in range(int(sys.argv[1])):
    now += draw.expovariate(50)
    account.ask(draw.randrange(3), now)
"""


def _step(step: str, source: Path, *more: str) -> Took:
    target = source.with_name(f"made{'.tif' if step == 'cog' else ''}")
    return succeeded([sys.executable, str(_HERE / "ours.py"), step, str(source), str(target), *more], source.parent)


def features(size: int, folder: Path, steps: Collection[str]) -> dict[str, Took]:
    """Write areas as GeoParquet, and cut them."""
    source = folder / f"{size}.parquet"
    if not source.exists():
        generated.polygons(source, size)
    given = {"geoparquet": (), "vector-tiles": ("8",)}
    return {step: _step(step, source, *more) for step, more in given.items() if step in steps}


def pixels(size: int, folder: Path, _steps: Collection[str]) -> dict[str, Took]:
    """Write a picture as a COG."""
    source = folder / f"{size}.tif"
    if not source.exists():
        generated.picture(source, round(size**0.5))
    return {"cog": _step("cog", source)}


def requests(size: int, folder: Path, _steps: Collection[str]) -> dict[str, Took]:
    """Decide requests of one account at three workers."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(_HERE), os.environ.get("PYTHONPATH", "")))}
    return {"admission": succeeded([sys.executable, "-c", _REQUESTS, str(size)], folder, environment)}


STEPS: Final = ("geoparquet", "vector-tiles")
"""Of features: what is left out where not asked for."""

WHAT: Final[dict[str, tuple[Callable[[int, Path, Collection[str]], dict[str, Took]], tuple[int, ...]]]] = {
    "features": (features, (250_000, 500_000, 1_000_000, 2_000_000)),
    "pixels": (pixels, (25_000_000, 100_000_000, 400_000_000, 1_600_000_000)),
    "requests": (requests, (50_000, 100_000, 200_000, 400_000)),
}


def measured(
    what: str, sizes: tuple[int, ...], rounds: int, steps: Collection[str]
) -> dict[str, dict[int, list[Took]]]:
    """Return step → size → what each turn took."""
    found: dict[str, dict[int, list[Took]]] = {}
    with TemporaryDirectory() as name:
        for _ in range(rounds):
            for size in sizes:
                for step, took in WHAT[what][0](size, Path(name), steps).items():
                    found.setdefault(step, {}).setdefault(size, []).append(took)
    return found


def curve(sizes: dict[int, list[Took]]) -> Curve:
    """Return size → the medians of its turns."""
    return {
        size: (median(each.processor_s for each in took), median(each.memory for each in took))
        for size, took in sizes.items()
    }


def report(what: str, curves: dict[str, Curve]) -> bool:
    """Print a table of each step; return whether every exponent of time is what is wanted."""
    well = True
    for step, sizes in curves.items():
        seconds, memory = zip(*sizes.values(), strict=True)
        time, room = exponent(list(sizes), seconds), exponent(list(sizes), memory)
        cells = (f"{n:,}: {s:.1f} s, {m / 2**20:.0f} MB" for n, (s, m) in sizes.items())
        print(f"| {step} | {what} | {'; '.join(cells)} | {time:.2f} | {room:.2f} |", flush=True)
        well = well and time <= MOST
    return well


def main() -> int:
    """Print the table; return 1 where something grows faster than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", action="append", choices=WHAT)
    parser.add_argument("--sizes", help="instead of those of each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step", action="append", choices=STEPS, help="of features, only this one")
    parser.add_argument("--picture", type=Path, help="an SVG file to draw")
    given = parser.parse_args()
    print("| step | against | processor, memory | exponent of time | of memory |\n|---|---|---|---|---|")
    well = True
    drawn: dict[str, Curve] = {}
    for what in given.what or WHAT:
        sizes = tuple(map(int, given.sizes.split(","))) if given.sizes else WHAT[what][1]
        curves = {step: curve(took) for step, took in measured(what, sizes, given.rounds, given.step or STEPS).items()}
        well = report(what, curves) and well
        drawn |= curves
    if given.picture:
        draw_growth(drawn, given.picture)
    return int(not well)


if __name__ == "__main__":
    sys.exit(main())
