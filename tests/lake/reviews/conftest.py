"""A node with its people and one release, for every test of reviews."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_kit import sealed
from review_kit import Bench

from tianlake.lake import publishing
from tianlake.lake.publishing import Release


@pytest.fixture(autouse=True)
def _no_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derived documents are not what these tests are about, and take a second each."""
    monkeypatch.setattr(publishing, "refresh", lambda _desk: None)


@pytest.fixture
def bench() -> Bench:
    """Give a node whose policy asks for two levels of review."""
    return Bench()


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Give a release that nobody has submitted."""
    return sealed(tmp_path, "one")
