"""A published tree of three nodes, and the states of it in which operations begin: made once, copied by who changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from drill_kit import make_drill
from operations_kit import Trees


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faults") / "grown"
    make_drill(root)
    return root


@pytest.fixture(scope="session")
def trees(grown: Path) -> Trees:
    return Trees(grown.parent)
