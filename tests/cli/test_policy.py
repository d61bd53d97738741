"""`tianlake policy` and the policy findings of `tianlake check`: what people read, and with what the command exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_kit import run

HEBEI = """
id = "hebei"
version = "1"
effective = 2026-01-01
node = "156130000"
title = { zh = "河北省政策", en = "Policy of Hebei" }
confirmed = ["content.fields"]

[change."imagery.gsd"]
parameters = { least_m = 1.0 }

[change."content.words"]
add = { forbidden = ["示例敏感词"] }
"""

CITY = """
id = "langfang"
version = "1"
effective = 2026-01-01
node = "156131000"
title = { zh = "廊坊市政策", en = "Policy of Langfang" }

[change."imagery.gsd"]
parameters = { least_m = 0.8 }
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hebei and Langfang: both have places, of which the province's have an attribute that may not be published."""
    folder = tmp_path_factory.mktemp("policy") / "ws"
    run("init", str(folder), "--node", "156130000", "--node", "156131000")
    for code in ("156130000", "156131000"):
        (folder / f"nodes/{code}/policy.toml").unlink(missing_ok=True)  # that of a demonstration
    (folder / "hebei.toml").write_text(HEBEI, "utf-8")
    settings = folder / "tianlake.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[policy]\nfiles = ["hebei.toml"]\n', "utf-8")
    rows = "名称,类型,经度,纬度,库容\n甲水库,水库,116,39,120\n乙水库,水库,117,40,80\n"
    (folder / "sources/156130000/places.csv").write_text(rows, "utf-8")
    recipe = folder / "nodes/156130000/products/places.toml"
    recipe.write_text(
        recipe.read_text("utf-8").replace("type = '\"类型\"'", 'type = \'"类型"\', "库容" = \'"库容"\''), "utf-8"
    )
    done = run("-C", str(folder), "build")
    assert done.returncode == 0, done.stderr
    return folder


def test_check_refuses_what_a_confirmed_rule_finds(built: Path) -> None:
    done = run("-C", str(built), "check", "--node", "156130000")
    assert done.returncode == 1
    assert "policy cn-public-map 2026.1 + hebei 1:" in done.stdout
    [line] = [each for each in done.stdout.splitlines() if "places.parquet: 库容" in each]
    assert line.strip().startswith("refused, content.fields: ")
    assert "补充规定" in line


def test_check_says_it_in_chinese(built: Path) -> None:
    done = run("-C", str(built), "check", "--node", "156130000", lang="zh_CN.UTF-8")
    assert "拒绝发布, content.fields: places.parquet: 库容: 字段 库容 含“库容”" in done.stdout


def test_check_lets_clean_places_through_and_tells_what_nobody_can_look_at(built: Path) -> None:
    done = run("-C", str(built), "check", "--node", "156131000", "--json")
    assert done.returncode == 0, done.stderr
    [document] = json.loads(done.stdout)
    assert [(each["rule"], each["severity"]) for each in document["policy"]["findings"]] == [
        ("jurisdiction.area", "review")
    ]


def test_show_tells_what_holds_at_a_node_and_what_waits_to_be_confirmed(built: Path) -> None:
    done = run("-C", str(built), "policy", "show", "--node", "156131000")
    assert done.returncode == 0
    assert "156131000: cn-public-map 2026.1 + hebei 1  sha256 " in done.stdout
    [fields] = [line for line in done.stdout.splitlines() if line.startswith("content.fields")]
    assert "refused" in fields
    assert "terrain.grid" in done.stderr
    assert "content.fields" not in done.stderr
    [plain] = json.loads(run("-C", str(built), "policy", "show", "--node", "156131000", "--json").stdout)
    rules = {each["id"]: each for each in plain["rules"]}
    assert rules["imagery.gsd"]["parameters"] == {"least_m": 1.0}
    assert "示例敏感词" in rules["content.words"]["parameters"]["forbidden"]


def test_diff_tells_what_each_level_tightens(built: Path) -> None:
    done = run("-C", str(built), "policy", "diff", "--node", "156130000")
    assert done.returncode == 0
    assert "156130000 hebei 1: 0 added, 2 tightened, 0 loosened" in done.stdout
    assert "+ imagery.gsd: parameters.least_m: tightened from 0.5 to 1.0" in done.stdout


def test_diff_fails_where_a_city_loosens_its_province(built: Path) -> None:
    file = built / "nodes/156131000/policy.toml"
    file.write_text(CITY, "utf-8")
    try:
        done = run("-C", str(built), "policy", "diff", "--node", "156131000")
        assert done.returncode == 1
        assert "! imagery.gsd: parameters.least_m: loosened from 1.0 to 0.8" in done.stdout
        refused = run("-C", str(built), "policy", "show", "--node", "156131000")
        assert refused.returncode == 2
        assert "0.8 is looser than 1.0 above it" in refused.stderr
    finally:
        file.unlink()


def test_diff_of_two_versions_fails_where_the_newer_one_is_looser(built: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.toml"
    newer.write_text(HEBEI.replace('version = "1"', 'version = "2"').replace("1.0", "0.7"), "utf-8")
    looser = run("-C", str(built), "policy", "diff", str(built / "hebei.toml"), str(newer), "--json")
    stricter = run("-C", str(built), "policy", "diff", str(newer), str(built / "hebei.toml"), "--json")
    assert (looser.returncode, stricter.returncode) == (1, 0)
    [step] = json.loads(looser.stdout)
    assert step["loosened"] == [{"rule": "imagery.gsd", "place": "parameters.least_m", "from": "1.0", "to": "0.7"}]
