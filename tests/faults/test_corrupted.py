"""Files that break: sources, candidates, what is published, offers. Nothing spreads, and it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from drill_kit import CITY
from fault_matrix import cases
from operations_kit import OPERATION, Trees
from works_kit import current, objects

Break = Callable[[bytes], bytes]


def flipped(body: bytes) -> bytes:
    """Flip a bit in the middle."""
    at = len(body) // 2
    return body[:at] + bytes((body[at] ^ 0x10,)) + body[at + 1 :]


def cut(body: bytes) -> bytes:
    """Lose the second half."""
    return body[: len(body) // 2]


def emptied(_body: bytes) -> bytes:
    return b""


def zeroed(body: bytes) -> bytes:
    """Find nothing but zeros, as after a crash of a file system."""
    return bytes(len(body))


@dataclass(frozen=True)
class Broken:
    """One file that is broken before an operation."""

    what: str
    file: str
    """Pattern below the workspace; `{release}` is the city's current one."""
    breaks: tuple[Break, ...]
    told: str = ""
    """What is said of it."""
    stops: bool = True
    """Whether the operation is refused; else it succeeds all the same."""


POINTER_KEY = "collections/places/collection.json"
POINTER = f"lake/{CITY}/{POINTER_KEY}"
RELEASE = f"lake/{CITY}/releases/places/{{release}}"

BROKEN: dict[str, tuple[Broken, ...]] = {
    "build": (
        Broken("source", f"sources/{CITY}.geojson", (cut, emptied, zeroed), rf"sources/{CITY}\.geojson"),
        Broken("pointer", POINTER, (cut,), rf"changes are not told: {POINTER_KEY}", stops=False),
        Broken("current table", f"{RELEASE}/places.parquet", (zeroed,), r"changes are not told: ", stops=False),
    ),
    "federate": (Broken("offer", f"lake/{CITY}/federation/offer.txt", (flipped, cut, emptied), "offer"),),
    "backup": (Broken("archive", f"{RELEASE}/places.pmtiles", (flipped, cut, emptied), r"places\.pmtiles"),),
}


@pytest.mark.long
@cases("test_a_broken_file_under_a_command")
def test_a_broken_file_under_a_command(operation: str, trees: Trees, tmp_path: Path) -> None:
    chosen = OPERATION[operation]
    for number, broken in enumerate(BROKEN[operation]):
        works = trees.of(chosen.stage).copied(tmp_path / f"works-{number}")
        release = current(works.lake)
        [file] = works.root.glob(broken.file.format(release=release))
        good = file.read_bytes()
        for breaks in broken.breaks:
            file.write_bytes(breaks(good))
            before = objects(works.lake)
            done = works.run(*chosen.arguments(works))
            what = f"{broken.what}, {breaks.__name__}: {done.stderr}"
            assert "Traceback" not in done.stderr, what
            assert done.returncode in ({1, 2, 3} if broken.stops else {0}), what
            assert re.search(broken.told, done.stderr + done.stdout), what
            assert {key: before[key] for key in before if "/releases/" in key}.items() <= objects(works.lake).items()
        file.write_bytes(good)
        again = works.run(*chosen.arguments(works))
        assert again.returncode == 0, again.stderr
        chosen.achieved(works)
