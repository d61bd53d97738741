"""What a box costs: the bytes of 1 % of a product of a million features, over HTTP and through `/sql`.

    python benchmarks/boxes.py [--features 1000000] [--boxes 12] [--groups 4096,20480]

DuckDB asks the gateway for every column of what lies in a box, and the gateway counts the bytes of the bodies that it
sends; `/sql` tells in `Server-Timing` what it read. Boxes hold one feature in a hundred, at random places, half of them
squares, half up to twice as long as wide. Shares are of the file; the size of the file is told beside them.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from boxes_kit import Product, products

from tianlake.build.vector import geoparquet

MOST = 5.0
"""Percent of the file that nine of ten boxes may read."""


def _given(group: int, _rows: int) -> int:
    return group


def line(product: Product, group: int, count: int) -> tuple[str, float]:
    """Return a row of the table, and the share that nine of ten boxes keep to, in percent."""
    size = product.file.stat().st_size
    found = product.boxes(count)
    http = sorted(100 * product.over_http(box) / size for box in found)
    sql = sorted(100 * product.over_sql(box) / size for box in found)
    cells = [product.kind, f"{group:,}", f"{size / 1e6:.1f} MB"]
    nine = [each[(9 * len(each) - 1) // 10] for each in (http, sql)]
    cells += [
        f"{median(each):.1f} / {most:.1f} / {each[-1]:.1f} %" for each, most in zip((http, sql), nine, strict=True)
    ]
    return f"| {' | '.join(cells)} |", max(nine)


def main() -> int:
    """Print the table; return 1 where boxes read more than they may with the rows that a row group has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=1_000_000)
    parser.add_argument("--boxes", type=int, default=12)
    parser.add_argument("--groups", help="rows in a row group, instead of ours")
    given = parser.parse_args()
    ours, worst = geoparquet.rows_in_group(given.features), 0.0
    print(
        f"{given.features:,} features, {given.boxes} boxes, DuckDB {version('duckdb')}; median / nine of ten / most\n"
    )
    print("| features | rows in a group | file | over HTTP | through /sql |\n|---|---|---|---|---|")
    for group in map(int, (given.groups or str(ours)).split(",")):
        setattr(geoparquet, "rows_in_group", partial(_given, group))  # noqa: B010 - for this process alone
        with TemporaryDirectory() as name, products(Path(name), given.features) as found:
            for each in found:
                text, most = line(each, group, given.boxes)
                print(text, flush=True)
                worst = max(worst, most) if group == ours else worst
    return int(worst >= MOST)


if __name__ == "__main__":
    sys.exit(main())
