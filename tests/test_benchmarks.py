"""That every row of the table of targets can be measured and is in the table; what it says counts nothing here."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

LIGHT = ("admission", "cog", "cost-model", "store-writes", "tiles")
"""Rows that take some seconds; the others wait for `make test-long`."""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    import run  # noqa: PLC0415 - benchmarks/run.py, which imports all benchmarks

    return run


def check(bench: ModuleType, name: str, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure a row at its small size, as the command does, and look at what it kept and prints."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["run.py", "--quick", "--row", name, "--out", str(out)])
    assert bench.main() == 0
    [row] = [each for each in bench.ROWS if each.name == name]
    kept = json.loads((out / f"{name}.json").read_text("utf-8"))
    assert len(kept["rounds"]) == 1
    assert kept["size"] == row.quick
    assert all(each.value(kept["rounds"]) >= 0 for each in row.figures)


@pytest.mark.parametrize("name", LIGHT)
def test_a_row_is_measured_and_printed(
    bench: ModuleType,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    check(bench, name, tmp_path / "results", tmp_path, monkeypatch)
    [row] = [each for each in bench.ROWS if each.name == name]
    [line] = [each for each in capsys.readouterr().out.splitlines() if each.startswith(f"| {row.step} |")]
    assert all(figure.label in line for figure in row.figures)
    assert "not measured" not in line


HEAVY = (
    *("boxes", "gateway", "geoparquet", "harvest", "nginx", "no-change", "place-search", "raster-tiles"),
    *("small-change", "stac-search", "vector-tiles"),
)


@pytest.mark.long
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_row_is_measured(bench: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(bench, name, tmp_path / "results", tmp_path, monkeypatch)


def test_no_row_is_left_out(bench: ModuleType) -> None:
    assert sorted(row.name for row in bench.ROWS) == sorted((*LIGHT, *HEAVY))


def test_a_run_that_was_ended_goes_on_where_it_stopped(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Turns that are there are kept, those that lack are measured, and another size starts anew."""
    arguments = ["run.py", "--row", "cost-model", "--out", str(tmp_path)]
    counts = []
    for more in (["--rounds", "2"], ["--rounds", "3"], ["--rounds", "1"], ["--rounds", "1", "--size", "hits=90"]):
        monkeypatch.setattr("sys.argv", [*arguments, *more])
        bench.main()
        kept = json.loads((tmp_path / "cost-model.json").read_text("utf-8"))
        counts.append((kept["size"]["hits"], len(kept["rounds"])))
    assert counts == [(50, 2), (50, 3), (50, 3), (90, 1)]
    assert capsys.readouterr().out.count("cost model") == 4


def test_a_missed_target_is_marked(bench: ModuleType) -> None:
    """By the median: one turn that missed it does not count, and the least that is wanted is told from the most."""
    [row] = [each for each in bench.ROWS if each.name == "gateway"]
    turns = [{"with": {"rate": rate, "us": 1}, "without": {"rate": 100, "us": 1}} for rate in (90, 10, 91)]
    assert row.figures[0].text(turns) == "throughput 0.9 × (≥ 0.85) ✓"
    assert row.figures[0].text(turns[1:2]) == "throughput 0.1 × (≥ 0.85) ✗"
