"""The gate before publishing, at the command: a planted path, name or secret stops the release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_kit import run

SOMEBODYS_FOLDER = Path("/") / "home" / "somebody"
SECRET = "AKIA" + "IOSFODNN7EXAMPLE"
STEPS = ("build", "publish")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "ws"
    for arguments in (("init", str(folder), "--node", "156130000"), *(("-C", str(folder), each) for each in STEPS)):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def workspace(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGNAME", "surveyor7")
    return Path(shutil.copytree(published, tmp_path / "ws"))


def objects(workspace: Path) -> dict[str, bytes]:
    """Return what the public can read: that a publish was refused stands in the trail, which is private."""
    files = (file for file in (workspace / "lake").rglob("*") if file.is_file() and "private" not in file.parts)
    return {file.relative_to(workspace).as_posix(): file.read_bytes() for file in files if ".tmp" not in file.parts}


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(lambda workspace: f"see {workspace}/sources", id="the workspace's path"),
        pytest.param(lambda _: f"built in {SOMEBODYS_FOLDER}", id="a home folder"),
        pytest.param(lambda _: "made by surveyor7", id="the user"),
        pytest.param(lambda _: f"key {SECRET}", id="a secret"),
    ],
)
def test_what_names_this_machine_or_opens_a_door_is_not_published(workspace: Path, planted) -> None:
    recipe = workspace / "nodes/156130000/products/places.toml"
    text = recipe.read_text("utf-8")
    recipe.write_text(text.replace("三个示例点", f"三个示例点 {planted(workspace)}"), "utf-8")
    assert run("-C", str(workspace), "build").returncode == 0
    before = objects(workspace)
    done = run("-C", str(workspace), "publish")
    assert done.returncode == 2, done.stderr
    assert "leaks.found" in done.stderr
    looked = run("-C", str(workspace), "check")
    assert looked.returncode == 1
    assert "must not be published" in looked.stdout
    assert SECRET not in done.stderr + looked.stdout + looked.stderr
    assert objects(workspace) == before
