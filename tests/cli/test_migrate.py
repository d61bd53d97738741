"""`tianlake migrate` on a workspace that an earlier version wrote: its own work, not made to look like it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from command_kit import Done, run
from demonstration_kit import demonstrate

OLD = Path(__file__).with_name("workspace-0.1.zip")
"""What `init`, `build` and `publish` of commit 7f9746f left of one node, before there were a trail and reviews.

The portal's files and the folder of candidates are left out.
"""
NODE = "156130000"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with zipfile.ZipFile(OLD) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "ws"


def lake(workspace: Path) -> dict[str, bytes]:
    found = (workspace / "lake" / NODE).rglob("*")
    return {
        path.relative_to(workspace / "lake" / NODE).as_posix(): path.read_bytes() for path in found if path.is_file()
    }


def of(workspace: Path, *arguments: str, code: int = 0) -> Done:
    done = run("-C", str(workspace), *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_real_lake_of_before_moves_forward_once_its_release_is_reviewed_or_it_is_a_demonstration(old: Path) -> None:
    before = lake(old)
    assert "layout" not in json.loads(before["node.json"])
    told = of(old, "migrate", "--dry-run").stderr
    assert f"{NODE}: would do: node.json: says that the layout is 1\n" in told
    assert lake(old) == before, "looking changes nothing"
    (row,) = json.loads(of(old, "migrate", "--json", code=1).stdout)
    (left,) = row["left"]
    assert (row["found"], row["layout"], left["key"].rpartition("/")[2]) == (0, 1, "approval.json")
    assert f"next: tianlake review submit --node {NODE} --product places --release" in left["why"]
    assert not json.loads(lake(old)["node.json"]).get("layout"), "it keeps its mark"
    demonstrate(old, NODE)
    assert f"{NODE}: done: node.json: says that the layout is 1\n" in of(old, "migrate").stderr
    after = lake(old)
    assert json.loads(after["node.json"])["layout"] == 1
    released = {name: body for name, body in before.items() if name.startswith("releases/")}
    assert len(released) > 8
    assert released.items() <= after.items(), "no release is touched"
    assert of(old, "migrate").stderr == f"{NODE}: the layout is 1 already\n"
    assert json.loads(of(old, "audit", "verify", "--json").stdout)[0]["findings"] == []
    asked = of(old, "query", f"SELECT count(*) AS n FROM n{NODE}_places", "--format", "json")
    assert json.loads(asked.stdout) == [{"n": 3}]
