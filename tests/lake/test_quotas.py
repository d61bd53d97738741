"""Limits and terms: one file of a workspace, one document of a node."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import REPO
from lake_kit import desk, document

from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text
from tianlake.lake.quotas import DEFAULT_POLICY, METERS, REACHES, Limit, QuotaPolicy, Tier, policy_of
from tianlake.lake.store import DirectoryStore
from tianlake.lake.terms import Terms, default_terms, terms_of
from tianlake.lake.workspace import find_workspace

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(str.strip)
LIMITS = st.builds(Limit, st.integers(1), st.floats(0.01, 1e9), st.integers(1), st.integers(1))
TIERS = st.builds(
    Tier, st.builds(Text, TEXT, TEXT), st.sampled_from(REACHES), st.dictionaries(st.sampled_from(METERS), LIMITS)
)

CODE = "156130000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tianlake.toml").write_text("[lake]\n")
    return tmp_path


@given(tiers=st.dictionaries(TEXT, TIERS), guesses=LIMITS, warn_at=st.floats(0.01, 1))
def test_a_policy_comes_back_from_its_document(tiers: dict[str, Tier], guesses: Limit, warn_at: float) -> None:
    tiers |= DEFAULT_POLICY.tiers
    policy = QuotaPolicy("2026-01-01", tiers, registration={"person": "personal"}, warn_at=warn_at, guesses=guesses)
    assert policy_of(json.loads(json.dumps(policy.document()))) == policy


def test_a_policy_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    newer = json.loads(json.dumps(DEFAULT_POLICY.document() | {"colour": "green"}))
    newer["tiers"]["personal"]["limits"]["tile"]["per_month"] = 5
    assert policy_of(newer) == DEFAULT_POLICY


def test_a_policy_with_a_class_that_is_not_known_is_none() -> None:
    document = DEFAULT_POLICY.document()
    document["tiers"]["personal"]["reach"] = "government"
    with pytest.raises(ValueError, match="reach must be one of: open, key, professional"):
        policy_of(document)


def test_a_node_publishes_limits_and_terms(tmp_path: Path) -> None:
    place = replace(desk(DirectoryStore(tmp_path)), quotas=replace(DEFAULT_POLICY, warn_at=0.5))
    refresh(place)
    assert policy_of(document(place.store, "quotas.json")) == place.quotas
    published = document(place.store, "terms.json")
    assert terms_of(published) == default_terms()
    assert published["sha256"] == default_terms().sha256
    assert "无偿使用" in published["text"]["zh"]  # article 16


def test_a_workspace_has_its_own_limits_and_terms(folder: Path) -> None:
    assert find_workspace(folder).quotas(CODE) == DEFAULT_POLICY
    (folder / "quotas.toml").write_text(
        'version = "2027-01-01"\nwarn_at = 0.9\n[tiers.anonymous]\nreach = "open"\n'
        'title = { zh = "公众", en = "Anybody" }\n'
        "limits = { tile = { per_day = 10, per_second = 0.5, burst = 3 } }\n[registration]\n"
    )
    (folder / "terms.toml").write_text(
        'version = "2027-01-01"\ntitle = { zh = "条款", en = "Terms" }\ntext = { zh = "甲", en = "A" }\n'
    )
    space = find_workspace(folder)
    assert space.quotas(CODE).tiers["anonymous"].limits["tile"] == Limit(10, 0.5, 3)
    assert (space.quotas(CODE).warn_at, space.quotas(CODE).registration) == (0.9, {})
    assert space.terms(CODE) == Terms("2027-01-01", Text("条款", "Terms"), Text("甲", "A"))


def test_the_example_of_the_guide_is_a_policy(folder: Path) -> None:
    example = re.search(r"```toml\n(# quotas\.toml.*?)```", (REPO / "docs/operate.md").read_text("utf-8"), re.DOTALL)
    assert example
    (folder / "quotas.toml").write_text(example[1], "utf-8")
    policy = find_workspace(folder).quotas(CODE)
    assert policy.tiers == DEFAULT_POLICY.tiers, "whoever copies it locks no account out"
    assert policy.registration == DEFAULT_POLICY.registration


def test_the_terms_of_the_guide_are_terms(folder: Path) -> None:
    example = re.search(r"```toml\n(# terms\.toml.*?)```", (REPO / "docs/operate.md").read_text("utf-8"), re.DOTALL)
    assert example
    (folder / "terms.toml").write_text(example[1], "utf-8")
    terms = find_workspace(folder).terms(CODE)
    assert (terms.version, terms.grace_days) == ("2027-01-01", 30)
    assert terms.text.zh.startswith("## 一、服务性质\n")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("quotas.toml", "warn_at = 0.9\n", "quotas.toml: version: "),
        ("quotas.toml", 'version = "1"\nanonymous = "all"\n', "there is no tier 'all'"),
        ("quotas.toml", 'version = "1"\nsubnet_v4 = 7\n', "subnet_v4 must lie in 8..32"),
        ("quotas.toml", 'version = "1"\n[guesses]\nper_day = 0\nper_second = 1\nburst = 1\n', "must be at least 1"),
        ("quotas.toml", 'version = "1"\n[tiers.a]\nreach = "all"\n', "quotas.toml: tiers.a."),
        ("terms.toml", 'version = "1"\ntext = { zh = "甲" }\n', "terms.toml: "),
        (
            "terms.toml",
            'version = "1"\ngrace_days = 3651\n[title]\nzh = "1"\nen = "1"\n[text]\nzh = "1"\nen = "1"\n',
            "0..3650",
        ),
        ("terms.toml", "version =", "terms.toml: not TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_line(folder: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    space = find_workspace(folder)
    with pytest.raises(LakeError) as caught:
        space.quotas(CODE) if file == "quotas.toml" else space.terms(CODE)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_terms_that_say_something_else_have_another_hash() -> None:
    terms = default_terms()
    others = [replace(terms, version="2"), replace(terms, text=Text("甲", "A")), replace(terms, title=Text("甲", "A"))]
    assert len({each.sha256 for each in [terms, *others]}) == 4
