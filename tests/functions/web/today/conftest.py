"""A small tree of nodes, published once, and ways to ask today's search about it."""

from __future__ import annotations

from pathlib import Path

import pytest
import today_kit
from today_kit import CODES, Asker

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.start import routes
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return today_kit.publish(tmp_path_factory.mktemp("today") / "工作区")


@pytest.fixture(scope="session")
def asker(workspace: Path) -> Asker:
    """The web API's desk itself, without a gateway around it."""
    releases = CurrentReleases(open_nodes("file:lake", CODES, None, workspace))
    return Asker(WebDesk(releases, Engine(), routes()))
