"""The table of targets, with what this machine does beside it: `make bench`.

    python benchmarks/run.py [--row cog --row boxes] [--rounds 5] [--seconds 600] [--size side=20000] [--again]
    python benchmarks/run.py --table

Each row measures both sides of a comparison by turns and keeps what every turn gave, with machine, versions, date and
load, in a file of its own (`--out`, .bench/results). A run that was ended goes on where it stopped: rows of the
same size that have all their rounds are passed over, others get the rounds they lack. `--seconds` ends a row after the
turn in which they are over; `--quick` tells in a few minutes whether every row runs, at sizes whose figures mean
nothing. The table says how many turns a figure is the median of, and under which load.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from contextlib import closing, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

import rows_build
import rows_cost
import rows_serve
from results import Result, machine, read, write
from rows import Row, Size

ROWS: Final[tuple[Row, ...]] = (*rows_build.ROWS, *rows_serve.ROWS, *rows_cost.ROWS)
OUT: Final = Path(__file__).resolve().parent.parent / ".bench/results"

HEAD: Final = (
    "| step | same work, side by side | measured (target) | turns | size | load | date |\n|---|---|---|---|---|---|---|"
)


def measure(row: Row, result: Result, rounds: int, seconds: float, out: Path) -> Result:
    """Measure the turns that a result lacks; keep it after each.

    Args:
        row: What is measured.
        result: What is there already.
        rounds: Turns that are wanted.
        seconds: After how many no further turn is begun.
        out: Where results are kept.
    """
    until = time.monotonic() + seconds
    with TemporaryDirectory(prefix="bench-", dir=os.environ.get("TMPDIR")) as name:
        turns = row.measure(result.size, Path(name))
        with closing(turns), redirect_stdout(sys.stderr):
            while len(result.rounds) < rounds and time.monotonic() < until:
                result = result.plus(next(turns), os.getloadavg()[0])
                write(result, out)
    return result


def line(row: Row, result: Result | None) -> str:
    """Return a row of the table."""
    if result is None or not result.rounds:
        cells = ["not measured", "", "", "", ""]
    else:
        measured = "; ".join(figure.text(result.rounds) for figure in row.figures)
        size = ", ".join(f"{name} {value:,}" for name, value in result.size.items())
        cells = [measured, str(len(result.rounds)), size, f"{result.load:.0f}", result.date]
    return f"| {' | '.join((row.step, row.beside, *cells))} |"


def table(rows: Iterable[Row], out: Path) -> str:
    """Return the table of all results that are kept."""
    found = [(row, read(row.name, out)) for row in rows]
    notes = sorted({result.machine for _, result in found if result is not None})
    lines = [HEAD, *(line(row, result) for row, result in found), "", *notes]
    return "\n".join(lines)


def main() -> int:
    """Measure what is asked for and print the table; return 1 where a row could not be measured."""
    given = _arguments()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs are compiled once, not at each start
    wanted = [row for row in ROWS if not given.row or row.name in given.row]
    failed = []
    for row in () if given.table else wanted:
        size = _size(row, given)
        rounds = 1 if given.quick else given.rounds or row.rounds
        before = None if given.again else read(row.name, given.out)
        result = before if before is not None and before.size == size else Result(row.name, size, machine())
        try:
            measure(row, result, rounds, given.seconds, given.out)
        except (OSError, RuntimeError) as error:
            failed.append(row.name)
            print(f"{row.name}: {error}", file=sys.stderr)
        print(line(row, read(row.name, given.out)), file=sys.stderr, flush=True)
    print(table(wanted, given.out))
    return int(bool(failed))


def _size(row: Row, given: argparse.Namespace) -> Size:
    size = dict(row.quick if given.quick else row.size)
    return size | {name: value for name, value in given.size if name in size}


def _pair(text: str) -> tuple[str, int]:
    name, value = text.split("=", maxsplit=1)
    return name, int(value)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", choices=[row.name for row in ROWS], help="only this one; repeatable")
    parser.add_argument("--rounds", type=int, help="turns of each row; 5 for most")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="after which a row begins no further turn")
    parser.add_argument("--size", type=_pair, action="append", default=[], help="features=100000, for instance")
    parser.add_argument("--quick", action="store_true", help="small sizes, one turn")
    parser.add_argument("--again", action="store_true", help="forget what was measured before")
    parser.add_argument("--table", action="store_true", help="measure nothing, print what was measured")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
