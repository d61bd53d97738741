"""`tianlake build` and `tianlake check` tell what was lost, why, and where the report lies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_kit import run


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace of which one node's source has a row without coordinates, and what its build told."""
    folder = tmp_path_factory.mktemp("check") / "ws"
    run("init", str(folder), "--node", "156000000", "--node", "156130000")
    rows = "名称,类型,经度,纬度\n甲,示例,116,39\n无坐标,示例,,\n乙,示例,117,40\n"
    (folder / "sources/156130000/places.csv").write_text(rows, "utf-8")
    done = run("-C", str(folder), "build")
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


def test_build_tells_each_loss_in_one_line_and_where_the_report_lies(built: tuple[Path, str]) -> None:
    folder, told = built
    [loss] = [line for line in told.splitlines() if "dropped, 1 features" in line]
    assert loss.startswith("n156130000-places: ")
    assert "sources/156130000/places.csv" in loss
    [page] = folder.glob(".tianlake/candidates/156130000/places/*/quality.html")
    assert f"n156130000-places: {page}" in told
    assert "n156000000-places: dropped" not in told


def test_check_fails_where_something_was_dropped(built: tuple[Path, str]) -> None:
    done = run("-C", str(built[0]), "check", "--node", "156130000")
    assert done.returncode == 1
    assert "1 dropped" in done.stdout
    assert "sources/156130000/places.csv" in done.stdout
    assert "quality.html" in done.stderr


def test_check_passes_where_nothing_was(built: tuple[Path, str]) -> None:
    assert run("-C", str(built[0]), "check", "--node", "156000000").returncode == 0


def test_check_gives_programs_the_reports(built: tuple[Path, str]) -> None:
    done = run("-C", str(built[0]), "check", "--json")
    assert done.returncode == 1
    whole, lossy = json.loads(done.stdout)
    assert (whole["node"], lossy["node"]) == ("156000000", "156130000")
    assert lossy["quality"] == {"read": 3, "left_out": 0, "dropped": 1, "repaired": 0, "written": 2}
    [finding] = [each for each in lossy["findings"] if each["fate"] == "dropped"]
    assert (finding["count"], finding["unit"]) == (1, "feature")
    assert {each["severity"] for each in lossy.pop("policy")["findings"]} <= {"review", "warn"}
    [file] = built[0].glob(".tianlake/candidates/156130000/places/*/quality.json")
    assert lossy == json.loads(file.read_bytes()) | {"map_approval": []}  # it holds no number that could run out


def test_check_says_what_to_run_before_anything_was_built(tmp_path: Path) -> None:
    run("init", str(tmp_path / "ws"), "--node", "156130000")
    done = run("-C", str(tmp_path / "ws"), "check")
    assert done.returncode == 2
    assert "run: tianlake build --node 156130000 --product places" in done.stderr
