"""A lake of addresses, built and published once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import addresses_kit
import pytest

from tianlake.lake.current import CurrentRelease
from tianlake.lake.engine import Engine, Inquiry


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of the lake of addresses."""
    return addresses_kit.publish(tmp_path_factory.mktemp("addresses") / "地址 addresses")


@pytest.fixture(scope="session")
def releases(addresses: Path) -> Sequence[CurrentRelease]:
    """What it publishes for everybody."""
    return addresses_kit.releases(addresses)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """What is asked."""
    return Engine()


@pytest.fixture
def inquiry(engine: Engine) -> Inquiry:
    """The questions of one test."""
    return Inquiry(engine)
