"""A removal (article 18) reaches backups, too, and its proof reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drill_kit import (
    CITY,
    COPY,
    GONE,
    TRACES,
    Drill,
    decoded,
)


def kept_traces(kept: Path, scratch: Path) -> set[str]:
    """Return which texts are left in content of a backup that anybody can read, by readers that are not ours."""
    scratch.mkdir(exist_ok=True)
    found = set()
    for file in (each for each in sorted(kept.rglob("*")) if each.is_file()):
        named = scratch / ("x.pmtiles" if file.read_bytes()[:7] == b"PMTiles" else "x")  # as tippecanoe-decode wants it
        shutil.copy(file, named)
        found |= {text for text in TRACES if text in decoded(named)}
    return found


@pytest.mark.long
def test_backups_forget_it_too_and_the_proof_reads_them(drill: Drill) -> None:
    kept, older = drill.root.parent / "kept", drill.root.parent / "older"
    drill.run("backup", "--to", f"file:{kept}", "--node", CITY)
    shutil.copytree(kept, older)
    assert kept_traces(kept, drill.root.parent / "read") == set(TRACES)
    case = drill.granted("--id", GONE["no"])
    drill.case("apply", case)
    drill.run("federate")
    drill.run("replica", "push", COPY, "--node", CITY)
    proved = drill.case("prove", case)
    assert kept_traces(kept, drill.root.parent / "read") == set()
    assert proved["clean"]
    label = f"backup file:{kept}/{CITY}"
    assert label in [each for each, *_ in proved["places"]]
    shutil.rmtree(kept)
    shutil.copytree(older, kept)  # a snapshot of before comes back from a shelf
    found = drill.case("prove", case, fails=True)
    names = [each["name"] for each in found["findings"] if each["place"] == label]
    assert any(" releases/places/" in each for each in names)
    (drill.root / "signing" / f"{CITY}.backup.key").rename(drill.root / "signing/away")
    closed = drill.case("prove", case, fails=True)
    assert any("the operator's key is not here" in each["reason"] for each in closed["not_read"])
