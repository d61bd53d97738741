"""Policy files of a workspace, what holds at its nodes, and the one that is shipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lake_kit import card

from tianlake.lake.errors import LakeError
from tianlake.lake.policy import Change, EffectivePolicy, Policy, effective_policy, loosened
from tianlake.lake.policy.files import default_policy, node_policies, node_policy
from tianlake.lake.policy.rules import CHECKS, UNSURE
from tianlake.lake.words import Text
from tianlake.lake.workspace import find_workspace

DAY = date(2026, 11, 27)
NATION, HEBEI, LANGFANG, JIANGSU = "156000000", "156130000", "156131000", "156320000"

HEAD = """
id = "{id}"
version = "{version}"
effective = {effective}
node = "{node}"
title = {{ zh = "政策", en = "A policy" }}
"""

FINER = '[change."imagery.gsd"]\nparameters = { least_m = 1.0 }\n'
COARSER = '[change."imagery.gsd"]\nparameters = { least_m = 0.1 }\n'


def policy_text(node: str, body: str, *, id: str = "local", version: str = "1", effective: str = "2026-01-01") -> str:  # noqa: A002 - the field's name
    return HEAD.format(id=id, version=version, effective=effective, node=node) + body


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tianlake.toml").write_text('[policy]\nfiles = ["hebei.toml"]\n', "utf-8")
    (tmp_path / "hebei.toml").write_text(policy_text(HEBEI, FINER, id="hebei"), "utf-8")
    return tmp_path


def beside(root: Path, code: str, text: str) -> None:
    folder = root / "nodes" / code
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text(text, "utf-8")


def least(root: Path, code: str) -> float:
    found = node_policy(find_workspace(root), code, DAY).rules["imagery.gsd"].parameters["least_m"]
    assert isinstance(found, float)
    return found


def test_the_shipped_policy_uses_every_check_and_says_how_each_rule_is_known() -> None:
    rules = default_policy().rules
    assert {each.check for each in rules} == set(CHECKS)
    assert {each.status for each in rules} == {"verified", "second-hand", "known", "derived"}
    assert all(each.law for each in rules)
    assert not default_policy().confirmed


def test_what_is_known_by_hearsay_asks_for_review_until_it_is_confirmed() -> None:
    unsure = [each for each in default_policy().rules if each.severity == "refuse" and each.status in UNSURE]
    assert "terrain.grid" in {each.id for each in unsure}
    sure = Policy("sure", "1", DAY, NATION, Text("确认", "Confirmed"), confirmed=tuple(each.id for each in unsure))
    before, after = (effective_policy(chain, DAY).rules for chain in ([default_policy()], [default_policy(), sure]))
    assert {before[each.id].acts for each in unsure} == {"review"}
    assert {after[each.id].acts for each in unsure} == {"refuse"}


def test_a_policy_binds_its_node_and_those_below_and_nobody_else(root: Path) -> None:
    assert [least(root, code) for code in (NATION, HEBEI, LANGFANG, JIANGSU)] == [0.5, 1.0, 1.0, 0.5]


def test_a_node_tightens_further_in_a_file_of_its_own(root: Path) -> None:
    beside(root, LANGFANG, policy_text(LANGFANG, FINER.replace("1.0", "2.0")))
    assert [least(root, code) for code in (HEBEI, LANGFANG)] == [1.0, 2.0]
    assert node_policy(find_workspace(root), LANGFANG, DAY).label == "cn-public-map 2026.1 + hebei 1 + local 1"


def test_a_node_that_loosens_what_is_above_has_no_policy(root: Path) -> None:
    beside(root, LANGFANG, policy_text(LANGFANG, FINER.replace("1.0", "0.6")))
    with pytest.raises(LakeError, match=r"policy local 1: imagery\.gsd\.parameters\.least_m: 0\.6 is looser than 1\.0"):
        node_policy(find_workspace(root), LANGFANG, DAY)


def test_of_two_versions_the_newer_one_that_holds_already_counts(root: Path) -> None:
    (root / "tianlake.toml").write_text('[policy]\nfiles = ["hebei.toml", "next.toml"]\n', "utf-8")
    later = policy_text(HEBEI, FINER.replace("1.0", "3.0"), id="hebei", version="2", effective="2027-01-01")
    (root / "next.toml").write_text(later, "utf-8")
    workspace = find_workspace(root)
    found = [node_policy(workspace, HEBEI, day).rules["imagery.gsd"].parameters for day in (DAY, date(2027, 1, 1))]
    assert [each["least_m"] for each in found] == [1.0, 3.0]


def test_the_nation_may_correct_hearsay_in_a_newer_version_but_nothing_that_is_verified() -> None:
    shipped = default_policy()
    newer = replace(shipped, version="2027.1", effective=date(2026, 6, 1))
    hearsay = tuple(each for each in shipped.rules if each.id != "terrain.grid")
    assert "terrain.grid" not in effective_policy([shipped, replace(newer, rules=hearsay)], DAY).rules
    law = tuple(each for each in shipped.rules if each.id != "review.levels")
    with pytest.raises(LakeError, match=r"review\.levels"):
        effective_policy([shipped, replace(newer, rules=law)], DAY)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('confirmed = ["imagery.nothing"]\n', r"confirmed\.imagery\.nothing: there is no such rule"),
        ('[change."imagery.nothing"]\n', r"change\.imagery\.nothing: there is no such rule"),
        ('[change."imagery.gsd"]\nparameters = { most_km2 = 1 }\n', "most_km2: this rule has no such parameter"),
        ('[change."imagery.gsd"]\nparameters = { least_m = "1 m" }\n', "least_m must be a number"),
        ('[change."content.words"]\nadd = { exceptions = ["军区"] }\n', "exceptions: entries are added to lists that"),
        ('[change."imagery.gsd"]\nseverity = "block"\n', "severity"),
        ("surprise = 1\n", "surprise"),
    ],
)
def test_a_wrong_policy_is_told_in_one_line(root: Path, body: str, complaint: str) -> None:
    beside(root, LANGFANG, policy_text(LANGFANG, body))
    with pytest.raises(LakeError, match=complaint) as told:
        node_policy(find_workspace(root), LANGFANG, DAY)
    assert "\n" not in str(told.value)


def test_a_file_beside_a_node_is_of_that_node(root: Path) -> None:
    beside(root, LANGFANG, policy_text(HEBEI, FINER))
    with pytest.raises(LakeError, match=r"nodes/156131000/policy\.toml: node: must be the folder's name 156131000"):
        node_policies(find_workspace(root), LANGFANG)


def test_a_digest_changes_with_what_a_policy_says_and_not_with_its_comments(root: Path) -> None:
    before = node_policy(find_workspace(root), HEBEI, DAY)
    (root / "hebei.toml").write_text("# 说明\n" + policy_text(HEBEI, FINER, id="hebei"), "utf-8")
    assert node_policy(find_workspace(root), HEBEI, DAY).digest == before.digest
    (root / "hebei.toml").write_text(policy_text(HEBEI, FINER.replace("1.0", "1.1"), id="hebei"), "utf-8")
    assert node_policy(find_workspace(root), HEBEI, DAY).digest != before.digest


def at(node: str, *more: Policy) -> EffectivePolicy:
    return effective_policy([default_policy(), *more], DAY, node)


def test_a_review_asks_for_as_many_reviewers_as_the_class_needs_and_for_a_number_where_it_is_a_map() -> None:
    places = card("places")
    images = replace(places, product_class="imagery", kind="raster")
    table = replace(places, product_class="theme", kind="table")
    found = [at(LANGFANG).review(each) for each in (places, images, table)]
    assert [(each.levels, each.map_approval) for each in found] == [(1, True), (2, True), (1, False)]
    assert {(each.approval_years, each.filing_months) for each in found} == {(2, 6)}
    levels = Change(parameters={"levels": {**default_levels(), "place": 3}})
    stricter = Policy("hebei", "1", DAY, HEBEI, Text("冀", "Hebei"), change={"review.levels": levels})
    assert at(LANGFANG, stricter).review(places).levels == 3


def default_levels() -> dict[str, int]:
    [rule] = [each for each in default_policy().rules if each.check == "review-levels"]
    return dict(rule.parameters["levels"])


def test_who_reviews_a_map_follows_its_node_and_its_content() -> None:
    city = card("places")
    border = replace(city, title=Text("国界沿线地名", "Places along the border"))
    abroad = replace(city, keywords=("香港",))
    assert at(LANGFANG).review(city).authorities == ("national", "provincial", "municipal")
    assert at(HEBEI).review(city).authorities == ("national", "provincial")
    assert at(LANGFANG).review(border).authorities == ("national", "provincial")
    assert at(LANGFANG).review(abroad).authorities == ("national",)
    assert at(NATION).review(city).authorities == ("national",)
    assert at("156810000").review(city).authorities == ("national",)


def test_a_demonstration_is_not_reviewed_and_says_so() -> None:
    demo = Policy("demo", "1", DAY, NATION, Text("演示", "Demo"), demo=True)
    found = at(HEBEI, demo)
    asked = found.review(card("places"))
    assert found.demo
    assert (asked.levels, asked.map_approval) == (0, False)
    assert found.rules == at(HEBEI).rules
    assert [each.place for each in loosened(replace(demo, demo=False), demo)] == ["demo"]
