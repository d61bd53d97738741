"""Where the seat (驻地) of a division is: the middle of the example that `tianlake init` writes for its node."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import click

from tianlake.cli.output import tell
from tianlake.cli.words import say

PROVINCIAL: Final = {
    "000000": (116.40, 39.91),
    "110000": (116.40, 39.91),
    "120000": (117.20, 39.09),
    "130000": (114.51, 38.05),
    "140000": (112.55, 37.87),
    "150000": (111.75, 40.84),
    "210000": (123.43, 41.80),
    "220000": (125.32, 43.88),
    "230000": (126.64, 45.75),
    "310000": (121.47, 31.23),
    "320000": (118.78, 32.06),
    "330000": (120.15, 30.28),
    "340000": (117.27, 31.86),
    "350000": (119.30, 26.08),
    "360000": (115.89, 28.68),
    "370000": (117.00, 36.67),
    "410000": (113.65, 34.76),
    "420000": (114.30, 30.58),
    "430000": (112.98, 28.20),
    "440000": (113.27, 23.13),
    "450000": (108.32, 22.82),
    "460000": (110.33, 20.03),
    "500000": (106.55, 29.56),
    "510000": (104.07, 30.66),
    "520000": (106.71, 26.58),
    "530000": (102.71, 25.05),
    "540000": (91.12, 29.65),
    "610000": (108.94, 34.27),
    "620000": (103.83, 36.06),
    "630000": (101.78, 36.62),
    "640000": (106.27, 38.47),
    "650000": (87.62, 43.82),
    "660000": (87.62, 43.80),
    "710000": (121.51, 25.04),
    "810000": (114.17, 22.28),
    "820000": (113.54, 22.19),
}
"""Six digits of the division → longitude and latitude of its seat, degrees, to a kilometre: general knowledge."""

_LISTED: Final = "cpca/resources/adcodes.csv"
"""Seats down to the county, among the data packages of the demo: `adcode` (12 digits), `longitude`, `latitude`."""


def seat_of(code: str, data: Path) -> tuple[float, float] | None:
    """Return longitude and latitude of the seat of a node's division, degrees; None where nobody knows it.

    Args:
        code: Of the node, nine digits.
        data: Folder of the demo's data packages, which may be missing: seats of cities and counties are there alone.
    """
    division = code.removeprefix("156")
    return PROVINCIAL.get(division) or _listed(division, data / _LISTED)


def _listed(division: str, file: Path) -> tuple[float, float] | None:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            row = next((each for each in csv.DictReader(lines) if each["adcode"] == f"{division}000000"), None)
        return (float(row["longitude"]), float(row["latitude"])) if row else None
    except (OSError, ValueError, KeyError):
        return None


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".data"),
    show_default=True,
    help=say(
        "演示数据包所在目录：市县驻地的位置取自其中",
        "The demo's data packages: they tell where cities and counties lie.",
    ),
)


def tell_no_example(code: str) -> None:
    """Say why a node's example is missing."""
    tell(
        say(
            f"{code}：没有示例产品：不知道其驻地的位置（--data 指定演示数据包所在目录）",
            f"{code}: no example product: nobody knows where its seat lies (name the demo's data packages: --data)",
        )
    )
