"""The demo's real products under the shipped policy: nothing is refused, and what is taken out of them is missed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from demo_kit import Demo, products

from tianlake.build.candidates import CandidateFolder, latest_candidate
from tianlake.build.policy import Area, check_release
from tianlake.build.policy.area import published_area
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.duck import connect, literal
from tianlake.lake.policy import effective_policy
from tianlake.lake.policy.files import default_policy
from tianlake.lake.store import S3Settings

NATION = "156000000"


def test_no_product_of_the_demo_is_refused(demo: Demo) -> None:
    done = demo.run("check", "--json")
    assert done.returncode == 1, done.stderr  # seats without coordinates were dropped, which the quality report tells
    found = {(each["node"], each["product"]): each["policy"]["findings"] for each in json.loads(done.stdout)}
    assert sorted(found) == sorted(products())
    assert not [each for findings in found.values() for each in findings if each["severity"] == "refuse"]


@pytest.mark.parametrize(
    ("without", "missed"),
    [
        ("name = '台湾省'", {"台湾省"}),
        ("starts_with(code, '15671')", {"台湾省", "台湾岛", "澎湖列岛", "钓鱼岛", "赤尾屿"}),
        ("ST_YMin(geometry) < 10 AND ST_Dimension(geometry) = 1", {"南海断续线（南）", "南海断续线（台湾以东）"}),
    ],
)
def test_the_real_map_of_the_nation_is_missed_what_is_taken_out_of_it(
    demo: Demo, tmp_path: Path, without: str, missed: set[str]
) -> None:
    folder = latest_candidate(demo.folder / ".tianlake", NATION, "divisions")
    assert folder is not None
    cut = _without(folder, tmp_path, without)
    policy = effective_policy([default_policy()], date(2026, 11, 27), NATION)
    report = check_release(cut.path, cut.candidate, policy, Area(NATION))
    assert report.refused
    assert {each.rule for each in report.findings} == {"territory.places"}
    assert missed <= {each.place for each in report.findings}


def _without(folder: CandidateFolder, target: Path, condition: str) -> CandidateFolder:
    """Return the candidate's table alone, without the rows of a condition."""
    name = "divisions.parquet"
    with connect(extensions=("spatial",)) as connection:
        source, copy = literal(str(folder.path / name)), literal(str(target / name))
        connection.execute(f"COPY (FROM {source} WHERE NOT coalesce({condition}, false)) TO {copy} (FORMAT parquet)")
    assets = tuple(each for each in folder.candidate.assets if each.name == name)
    return CandidateFolder(target, replace(folder.candidate, assets=assets))


def test_the_area_of_a_node_is_that_which_the_nation_publishes(demo: Demo) -> None:
    releases = CurrentReleases(open_nodes("file:lake", [NATION], S3Settings(), demo.folder)).of(NATION)
    langfang, nowhere = (published_area(code, releases) for code in ("156131000", "156999900"))
    assert langfang.wkb is not None
    assert langfang.box is not None
    assert 116.0 < langfang.box.west < langfang.box.east < 117.5
    assert nowhere == Area("156999900")


def test_a_name_planted_into_the_demos_own_archive_is_found_there(demo: Demo, tmp_path: Path) -> None:
    """The tiles alone, without the table that they were cut from: the archive's own tiles are read."""
    folder = latest_candidate(demo.folder / ".tianlake", "156131000", "divisions")
    assert folder is not None
    shutil.copy(folder.path / "divisions.pmtiles", tmp_path)
    assets = tuple(each for each in folder.candidate.assets if each.name == "divisions.pmtiles")
    base = default_policy()
    rules = tuple(
        replace(each, parameters=each.parameters | {"forbidden": [*each.parameters["forbidden"], "霸州市"]})
        if each.id == "content.words"
        else each
        for each in base.rules
    )
    policy = effective_policy([replace(base, rules=rules)], date(2026, 11, 27), "156131000")
    candidate = replace(folder.candidate, assets=assets)
    found = check_release(tmp_path, candidate, policy, Area("156131000")).findings
    assert ("content.words", "divisions.pmtiles") in {(each.rule, each.file) for each in found}
