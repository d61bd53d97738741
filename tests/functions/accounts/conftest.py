"""A store of each kind for every test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_kit import Kind, in_file, in_tables

from tianlake.functions.accounts.ports import AccountStore


@pytest.fixture(params=["sqlite", pytest.param("dynamodb", marks=pytest.mark.xdist_group("localstack"))])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Give an empty place of each kind."""
    if request.param == "sqlite":
        return in_file(tmp_path / "accounts.sqlite")
    return in_tables(request.getfixturevalue("localstack"))


@pytest.fixture
def store(kind: Kind) -> Iterator[AccountStore]:
    """Give one client of an empty place."""
    opened = kind.store()
    yield opened
    opened.close()
