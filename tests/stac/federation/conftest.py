"""A tree of three levels, made once and copied for each test."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from federation_kit import Tree, other_news, planted
from stac_kit import Assets

from tianlake.lake.releases import Candidate
from tianlake.stac.federation import take


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    """Every node has published something; nothing was harvested."""
    return planted(tmp_path_factory.mktemp("tree") / "lake", assets, candidates)


@pytest.fixture(scope="session")
def grown(pristine: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The same, harvested at every level."""
    found = pristine.copy(tmp_path_factory.mktemp("grown") / "lake")
    found.province.harvest()
    found.nation.harvest()
    return found


def _here(work: Callable[..., Any], *given: object, seconds: float) -> object:
    """Do what `bounded` is asked to, with copies of what it is given, in this process."""
    return pickle.loads(pickle.dumps(work(*pickle.loads(pickle.dumps(given)))))


@pytest.fixture(autouse=True)
def reading_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what children offer in this process: one of its own takes half a second to start, for each of them.

    That it is one of its own is the subject of `test_bounded.py`; `grown` is harvested so, and by the command.
    """
    if request.node.path.stem != "test_bounded":
        monkeypatch.setattr(take, "bounded", _here)


@pytest.fixture
def tree(grown: Tree, tmp_path: Path) -> Tree:
    """A harvested tree of the test's own."""
    return grown.copy(tmp_path / "lake")


@pytest.fixture(scope="module")
def news(grown: Tree, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, dict[str, bytes]]:
    """A tree whose one city has withdrawn something, and what the province showed before it knew."""
    found = grown.copy(tmp_path_factory.mktemp("news") / "lake")
    return found, other_news(found)
