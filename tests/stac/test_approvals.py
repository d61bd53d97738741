"""What let a release out is said wherever the catalog speaks of it, by the rules of STAC and of the profile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rashid
from gate_kit import Open
from stac_kit import NODE, Assets, desk, send

from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Candidate
from tianlake.lake.reviews import MapRecord

NUMBERS = ("GS(2026)1234号", "冀S(2026)012号")
RECORD = MapRecord(NUMBERS, date(2026, 11, 20), date(2028, 11, 20), None, "")
PLAIN = replace(NODE, settings=replace(NODE.settings, notice=None))


def published(
    root: Path, candidates: dict[str, Candidate], assets: Assets, gate: Open, node: NodeCard = PLAIN
) -> dict[str, Any]:
    """Publish one product of a node through a gate; return its collection."""
    send(replace(desk(root, node), gate=gate), candidates["counties"], assets)
    return json.loads((root / "collections/counties/collection.json").read_text("utf-8"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("gate", [Open(map=RECORD), Open(demo=True), Open(map=RECORD, demo=True)])
def test_the_profile_is_met_with_approvals(
    tmp_path: Path, candidates: dict[str, Candidate], assets: Assets, gate: Open
) -> None:
    published(tmp_path, candidates, assets, gate)
    report = rashid.validate(tmp_path, schema=True, data=False)
    assert [f"{each.rule_id} {each.message}" for each in report.findings if each.rule_id != "PTL-PRO-002"] == []


def test_numbers_stand_in_the_collection_and_in_its_readme(
    tmp_path: Path, candidates: dict[str, Candidate], assets: Assets
) -> None:
    found = published(tmp_path, candidates, assets, Open(map=RECORD))
    owed = candidates["counties"].card.attribution
    assert found["attribution"] == f"{owed} · 审图号：{NUMBERS[0]}/{NUMBERS[1]}"
    said = {"policy": "test 1", "demo": False, "map_approvals": list(NUMBERS), "map_approval_until": "2028-11-20"}
    assert found["tianlake:approval"] == said
    [link] = [each for each in found["links"] if each["href"].endswith("/approval.json")]
    assert (tmp_path / "collections/counties" / link["href"]).resolve().is_file()
    readme = (tmp_path / "collections/counties/README.md").read_text("utf-8")
    assert f"{NUMBERS[0]}/{NUMBERS[1]}，有效期至 · until 2028-11-20" in readme
    assert "演示" not in (tmp_path / "catalog.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("notice", "mark"),
    [
        (None, "演示 Demo"),
        ("试运行 Trial", "演示 Demo · 试运行 Trial"),
        ("演示数据", "演示数据"),
        ("For demonstration", "For demonstration"),
    ],
)
def test_one_release_that_nobody_reviewed_marks_the_whole_catalog_whatever_the_node_says_of_itself(
    tmp_path: Path, candidates: dict[str, Candidate], assets: Assets, notice: str | None, mark: str
) -> None:
    node = replace(NODE, settings=replace(NODE.settings, notice=notice))
    found = published(tmp_path, candidates, assets, Open(demo=True), node)
    assert found["attribution"].endswith(f" · {mark}")
    assert found["title"].endswith(f"（{mark}）")
    for name in ("catalog.json", "node.json", "README.md", "AGENTS.md", "collections/counties/README.md"):
        assert mark in (tmp_path / name).read_text("utf-8"), name
