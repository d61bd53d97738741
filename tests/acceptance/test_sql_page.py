"""docs/sql.md, by somebody who types every snippet, against the served demo; and its numbers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import pytest
from demo_kit import Demo
from gateway_kit import KEY
from issue_kit import issue
from kit import REPO

from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.service import MEDIA_TYPES

PAGE = (REPO / "docs/sql.md").read_text("utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_snippet_runs(served: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(served.folder, number=77)
    monkeypatch.chdir(tmp_path)
    base = served.url("").rstrip("/")
    answers = []
    for line in "".join(snippets("bash")).splitlines():
        command = shlex.split(line.replace("http://127.0.0.1:8765", base).replace("$KEY", KEY))
        assert shutil.which(command[0])
        done = subprocess.run([*command, "-sS", "--fail-with-body"], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        answers.append(done.stdout)
    assert answers[0].splitlines()[0] == "category,n"
    assert len(gpd.read_file("places.geojson")) > 20
    names: dict[str, object] = {"KEY": KEY}
    for text in snippets("python"):
        exec(compile(text.replace("http://127.0.0.1:8765", base), "docs/sql.md", "exec"), names)
    assert getattr(names["table"], "num_rows", 0) == 10
    frame, counts = names["places"], names["counts"]
    assert isinstance(frame, gpd.GeoDataFrame)
    assert (frame.crs.to_epsg(), list(getattr(counts, "columns", ()))) == (4490, ["category", "n"])


def test_the_page_has_the_limits_and_formats_that_hold() -> None:
    limits = Limits()
    for number in (f"{limits.seconds:g} s", f"{limits.rows:,}", f"{limits.size:,}", f"{limits.memory} MiB"):
        assert f"| {number}" in PAGE
    assert f"{limits.statement:,} bytes" in PAGE
    for form, media_type in MEDIA_TYPES.items():
        assert f"| `{form}` | `{media_type.partition(';')[0]}` |" in PAGE


def test_the_page_lists_every_error_of_the_service() -> None:
    source = (REPO / "functions/tianlake/functions/web/sql/service.py").read_text("utf-8")
    codes = set(re.findall(r'"(sql-[a-z-]+)"', source))
    assert codes == set(re.findall(r"`(sql-[a-z-]+)`", PAGE))
