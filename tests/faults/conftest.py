"""A published tree of three nodes: made once, copied by whoever changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from drill_kit import make_drill


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faults") / "grown"
    make_drill(root)
    return root
