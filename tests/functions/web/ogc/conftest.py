"""One published lake for all tests of the OGC API."""

from __future__ import annotations

import pytest
from ogc_kit import open_api, write_lake


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    """A folder with a lake in `lake`."""
    base = tmp_path_factory.mktemp("ogc")
    write_lake(base / "lake", base / "work")
    return base


@pytest.fixture(scope="session")
def api(lake):
    return open_api(lake)
