"""Has Python programs that tests start load DuckDB's extensions without checking their signatures.

Python imports this at its start from a folder on PYTHONPATH, where `tests/conftest.py` puts it; what it changes, it
changes when and where DuckDB is imported. Programs that are given a path and nothing else, as those that answer `/sql`,
do not have it: its folder does not stay on the path.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any


def unsigned(module: ModuleType) -> None:
    """Let databases that are opened with settings load what nobody signed, without hashing 80 MB each time."""
    connect = module.connect
    if connect.__name__ == "connect_unsigned":
        return

    def connect_unsigned(database: str = ":memory:", *given: Any, **more: Any) -> Any:
        if more.get("config"):
            more["config"] = {"allow_unsigned_extensions": True, **more["config"]}
        return connect(database, *given, **more)

    vars(module)["connect"] = connect_unsigned


class Finder(MetaPathFinder):
    """Finds DuckDB as anybody would, once, and changes it when it is there."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "duckdb":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            unsigned(module)

        vars(spec.loader)["exec_module"] = exec_module
        return spec


if __name__ == "sitecustomize":
    sys.path[:] = [each for each in sys.path if not each or Path(each) != Path(__file__).parent]
    sys.meta_path.insert(0, Finder())
