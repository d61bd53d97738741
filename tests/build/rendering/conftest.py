"""One product with pictures in both matrix sets."""

from pathlib import Path

import pytest
from picture_kit import drawn_recipe, write_sources
from vector_kit import make_job

from tianlake.build.job import Built
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import Pictures


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("sources") / "图 片's"
    folder.mkdir()
    write_sources(folder)
    return folder


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory, root: Path) -> tuple[Path, Built]:
    """The product, built in a folder whose name is no plain word."""
    job = make_job(tmp_path_factory.mktemp("drawn") / "构 建's", drawn_recipe(Pictures(max_zoom=5)), root)
    return job.out, build_vector(job)
