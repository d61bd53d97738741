"""A lake with one release, and a copy that holds it: made once and copied for each test."""

import shutil

import pytest
from copies_kit import FILING, filed, keeper, lake_and_copy, published

from tianlake.lake.replicas import push

ID = FILING.id


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A lake with one release and a copy that holds it, made once."""
    folder = tmp_path_factory.mktemp("made")
    lake, copy = lake_and_copy(folder)
    release = published(folder, lake)
    shutil.copytree(folder / "lake", folder / "unfiled/lake")
    filed(lake)
    push(keeper(lake), ID, copy)
    return folder, release


@pytest.fixture
def stores(tmp_path):
    return lake_and_copy(tmp_path)


@pytest.fixture
def release(tmp_path, made):
    """The one release of a lake without a copy."""
    folder, name = made
    shutil.copytree(folder / "unfiled/lake", tmp_path / "lake")
    return name


@pytest.fixture
def sent(tmp_path, made):
    """The one release that the copy holds."""
    folder, name = made
    for each in ("lake", "copy"):
        shutil.copytree(folder / each, tmp_path / each)
    return name
