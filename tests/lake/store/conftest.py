"""A store of each kind for every test that asks for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_kit import Kind, in_bucket, in_directory

from tianlake.lake.store import Reader, Store


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.xdist_group("localstack"))])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Give an empty place of each kind."""
    if request.param == "directory":
        return in_directory(tmp_path / "lake")
    service = request.getfixturevalue("localstack")
    return in_bucket(service, service.make_bucket(), "156000000")


@pytest.fixture
def store(kind: Kind) -> Store:
    """Give one client of an empty place."""
    return kind.store()


@pytest.fixture
def reader(kind: Kind) -> Reader:
    """Give the reader of the same objects as `store`."""
    return kind.reader()
