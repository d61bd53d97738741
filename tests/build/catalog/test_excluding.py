"""Records go from a catalog by id (article 18): from everything that is built, and a case finds what they were."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest
from catalog_kit import NODE, built, hebei, records, write_workspace
from gate_kit import Open
from trail_kit import Notes

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.job import silent
from tianlake.lake.cases.evidence import evidence_of, unknown_parts
from tianlake.lake.derived import Desk
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Target, write_exclusions
from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore
from tianlake.lake.workspace import Workspace
from tianlake.stac import StacDescriber


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return write_workspace(tmp_path)


def test_an_excluded_record_is_in_nothing_that_is_built(workspace):
    before = records(built(workspace))
    assert "标准地图" in json.dumps(before["maps-1"], ensure_ascii=False)
    write_exclusions(workspace.root, NODE, Target("holdings", ids=("maps-1",)))
    after = built(workspace)
    assert set(records(after)) == set(before) - {"maps-1"}
    assert "maps-1" not in geopandas.read_parquet(after / "holdings.parquet")["id"].to_list()
    for file in (each for each in after.rglob("*") if each.is_file()):
        assert b"maps-1" not in file.read_bytes(), file.name
        assert "标准地图".encode() not in file.read_bytes(), file.name


def test_of_a_catalog_nothing_is_excluded_but_records_by_their_id(workspace):
    write_exclusions(workspace.root, NODE, Target("holdings", values=(("title", "标准地图"),)))
    with pytest.raises(LakeError, match="what a catalog lists is excluded by id alone"):
        built(workspace)


def test_a_case_finds_the_record_that_it_names_in_what_is_published(workspace, tmp_path):
    recipe = workspace.recipe(NODE, "holdings")
    folder, _ = build(recipe, NODE, workspace.root, BuildOptions(workspace.state), silent)
    store = DirectoryStore(tmp_path / "lake")
    desk = Desk(hebei(), store, StacDescriber(), Notes(), Open(), {})
    publish(desk, seal(folder.candidate, folder.path, desk.node, desk.describer))
    wanted = Target("holdings", ids=("maps-1", "maps-2"))
    (tmp_path / "place").mkdir()
    assert unknown_parts(store, wanted, tmp_path / "place") == (Target("holdings", ids=("maps-2",)),)
    needles = evidence_of(store, Target("holdings", ids=("maps-1",)), tmp_path / "place").needles
    assert {"maps-1", "标准地图", "供公众下载"} <= set(needles.texts)
