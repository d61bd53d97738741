"""A node that was saved, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from backup_kit import Saved, known, saved


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    saved(folder)
    return folder


@pytest.fixture
def node(made: Path, tmp_path: Path) -> Saved:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return known(tmp_path)
