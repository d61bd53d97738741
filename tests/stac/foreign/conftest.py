"""A province, and a neighbour whose catalog is no node of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pystac
import pytest
from federation_kit import Member, Tree, planted
from foreign_kit import Server, collection, item, served, write_tree
from stac_kit import Assets

from tianlake.lake.releases import Candidate


@pytest.fixture(scope="module")
def planted_tree(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    return planted(tmp_path_factory.mktemp("planted") / "lake", assets, candidates)


@pytest.fixture
def node(planted_tree: Tree, tmp_path: Path) -> Member:
    """A province that has published something."""
    return planted_tree.copy(tmp_path / "lake").province


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A neighbour's catalog: roads, scenes with Items, a collection far away and one further down."""
    scenes = collection("Scenes 2026")
    scenes.add_items([item(f"scene-{number}") for number in range(3)])
    deep = pystac.Catalog("deep", "Further down")
    deep.add_child(collection("inner"))
    write_tree(tmp_path / "foreign", collection("roads"), scenes, collection("far", [0, 0, 1, 1]), deep=deep)
    with served(tmp_path / "foreign") as found:
        yield found
