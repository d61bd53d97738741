"""The tree of nodes that faults meet: made once for all of them, copied for each."""

from __future__ import annotations

import pytest
from operations_kit import Trees


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    return Trees(tmp_path_factory.mktemp("faults"))
