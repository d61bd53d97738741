"""The desk of a node's operator: a workspace with a published lake, and commands in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from demonstration_kit import demonstrate

from tianlake.cli.app import tianlake

NODE = "156130000"


@dataclass(frozen=True)
class Desk:
    """A workspace, and commands in it."""

    root: Path

    @property
    def lake(self) -> Path:
        return self.root / "lake" / NODE

    def run(self, *arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(tianlake, ["-C", str(self.root), *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)[0]

    def save(self, *arguments: str, code: int = 0) -> Any:
        return self.json("backup", "--to", "file:kept", *arguments, code=code)

    def files(self, but: str = "private/backups/") -> dict[str, bytes]:
        found = (each for each in self.lake.rglob("*") if each.is_file() and ".tmp" not in each.parts)
        named = {each.relative_to(self.lake).as_posix(): each.read_bytes() for each in found}
        return {name: body for name, body in named.items() if not name.startswith(but)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "ws"
    desk = Desk(folder)
    CliRunner().invoke(tianlake, ["init", str(folder), "--node", NODE], catch_exceptions=False)
    demonstrate(folder, NODE)
    desk.run("build")
    desk.run("publish")
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Desk:
    return Desk(Path(shutil.copytree(made, tmp_path / "ws")))
