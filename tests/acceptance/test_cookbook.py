"""The cookbook, read from top to bottom by somebody who types every snippet, against the served demo."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import geopandas as gpd
import pytest
from demo_kit import Demo
from kit import REPO

from tianlake.lake.duck import connect

PAGE = (REPO / "docs/cookbook.md").read_text("utf-8")


def snippets() -> list[tuple[str, str]]:
    """Language and text of every fenced block."""
    return re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_every_query_of_the_cookbook_answers(served: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with connect() as connection:
        names: dict[str, object] = {"connection": connection}
        for language, text in snippets():
            snippet = text.replace("http://127.0.0.1:8765", served.url("").rstrip("/"))
            if language == "sql":
                found = connection.execute(snippet).fetchall()
                assert found or "ATTACH" in snippet, snippet
            elif language == "python":
                exec(compile(snippet, "docs/cookbook.md", "exec"), names)
        assert names["pinned"] == (45_433,)
        assert (tmp_path / "p.parquet").is_file()
        frame = names["frame"]
    assert isinstance(frame, gpd.GeoDataFrame)
    assert (len(frame), frame.crs.to_epsg()) == (333, 4490)
    pixels = names["pixels"]
    assert getattr(pixels, "size", 0) > 100


def test_every_command_of_the_cookbook_runs(served: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for language, text in snippets() if language == "bash" for line in text.splitlines()]
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "tianlake"
        done = served.run("-C", str(served.folder), *arguments)
        assert done.returncode == 0, done.stderr
    places, divisions = (
        gpd.read_parquet("places.parquet", bbox=(116.6, 39.4, 116.7, 39.5)),
        gpd.read_file("divisions.geojson"),
    )
    assert places.crs.to_epsg() == 4490
    assert 0 < len(places) < len(gpd.read_parquet("places.parquet"))
    assert len(divisions) == 10
    assert len(Path("places.csv").read_text("utf-8").splitlines()) == 334
