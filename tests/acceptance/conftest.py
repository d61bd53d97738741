"""A tree of three nodes that is drilled for removals: made once for each file, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from drill_kit import (
    CITY,
    COPY,
    OFFICER,
    Drill,
    make_drill,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published tree with a registered copy; tests work on copies of it."""
    root = tmp_path_factory.mktemp("drill") / "work"
    drill = make_drill(root)
    terms = ("--holder", "某局", "--purpose", "内网", "--number", "备1", "--expires", "2036-01-01", "--contact", "某人")
    place = ("--product", "places", "--place", "file:held")
    drill.run("replica", "file", COPY, "--node", CITY, "--as", OFFICER, *terms, *place)
    drill.run("replica", "push", COPY, "--node", CITY)
    return root


@pytest.fixture
def drill(tree: Path, tmp_path: Path) -> Iterator[Drill]:
    shutil.copytree(tree, tmp_path / "work")
    yield Drill(tmp_path / "work")
    shutil.rmtree(tmp_path / "work")
