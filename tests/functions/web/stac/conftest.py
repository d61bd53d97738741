"""One index, read where it lies and from its local copy."""

from __future__ import annotations

import pytest
from stac_api_kit import make_items, open_api, write_node

COUNT = 240


@pytest.fixture(scope="session")
def items():
    return make_items(COUNT)


@pytest.fixture(scope="session")
def lake_root(tmp_path_factory, items):
    root = tmp_path_factory.mktemp("stac") / "lake"
    write_node(root, items)
    return root


@pytest.fixture(scope="session", params=[False, True], ids=["in-place", "copied"])
def api(request, lake_root, tmp_path_factory):
    made = open_api(lake_root, tmp_path_factory.mktemp("cache"), copying=request.param)
    yield made
    made.desk.close()


@pytest.fixture(scope="session")
def plain_api(lake_root, tmp_path_factory):
    """The API of one kind, where both say the same."""
    made = open_api(lake_root, tmp_path_factory.mktemp("cache"), copying=True)
    yield made
    made.desk.close()
