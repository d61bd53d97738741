"""What an operator does to a tree of nodes: each operation, the tree before it, and how its success shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from drill_kit import CITY, GONE, NATION, PROVINCE
from works_kit import Works, by_officer, check_whole, current, write_source

NEW: Final = "新时代广场"
"""The place that a new release of the city has."""


@dataclass
class Trees:
    """The tree in the states in which operations begin, each made once."""

    folder: Path
    made: dict[str, Works] = field(default_factory=dict)

    def of(self, stage: str) -> Works:
        """Return the tree in a state; not to be changed."""
        if stage not in self.made:
            self.made[stage] = getattr(self, f"_{stage}")()
        return self.made[stage]

    def _from(self, stage: str, name: str) -> Works:
        target = self.folder / name
        shutil.copytree(self.of(stage).root, target)
        return Works(target)

    def _grown(self) -> Works:
        return Works(self.folder / "grown")

    def _changed(self) -> Works:
        works = self._from("grown", "changed")
        write_source(works.root, NEW)
        return works

    def _built(self) -> Works:
        works = self._from("changed", "built")
        works.drill.run("build", "--node", CITY)
        return works

    def _published(self) -> Works:
        works = self._from("built", "published")
        works.drill.run("publish", "--node", CITY)
        return works

    def _granted(self) -> Works:
        works = self._from("grown", "granted")
        case = works.drill.granted("--id", GONE["no"])
        (works.root / "case.txt").write_text(case)
        return works


@dataclass(frozen=True, slots=True)
class Operation:
    """One command."""

    stage: str
    """State of the tree before it."""
    arguments: Callable[[Works], tuple[str, ...]]
    achieved: Callable[[Works], None]
    """Asserts that it did what it is for."""
    takes_away: bool = False
    """Whether releases go by it."""


def _built(works: Works) -> None:
    found = list((works.root / ".tianlake/candidates" / CITY / "places").glob("*/places.parquet"))
    assert found, "no candidate"
    assert NEW in json.dumps([_names(file) for file in found], ensure_ascii=False)


def _names(file: Path) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    names: list[str] = pq.read_table(file, columns=["std_name"])["std_name"].to_pylist()
    return names


def _published(works: Works) -> None:
    check_whole(works.lake)
    assert NEW in _names(works.lake / CITY / f"releases/places/{current(works.lake)}/places.parquet")


def _federated(works: Works) -> None:
    for parent, path in ((PROVINCE, f"federation/{CITY}"), (NATION, f"federation/{PROVINCE}/{CITY}")):
        copy = json.loads((works.lake / parent / path / "places/collection.json").read_bytes())
        assert copy["version"] == current(works.lake), parent


def _removed(works: Works) -> None:
    check_whole(works.lake)
    left = [line for line in works.drill.traces() if line.startswith(f"lake/{CITY}/")]
    assert left == []


def _saved(works: Works) -> None:
    works.well("backup", "--to", "file:backup", "--node", CITY, "--verify")


OPERATION: Final[Mapping[str, Operation]] = {
    "build": Operation("changed", lambda _works: ("build", "--node", CITY), _built),
    "publish": Operation("built", lambda _works: ("publish", "--node", CITY), _published),
    "federate": Operation("published", lambda _works: ("federate",), _federated),
    "removal": Operation(
        "granted",
        lambda works: by_officer("case", "apply", (works.root / "case.txt").read_text()),
        _removed,
        takes_away=True,
    ),
    "backup": Operation("published", lambda _works: ("backup", "--to", "file:backup", "--node", CITY), _saved),
}
