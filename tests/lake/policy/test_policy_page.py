"""docs/policy.md: its example is a policy, and its tables name what there is."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from kit import REPO

from tianlake.lake.policy import Policy, effective_policy
from tianlake.lake.policy.files import default_policy
from tianlake.lake.policy.parameters import PARAMETERS
from tianlake.lake.policy.rules import CHECKS
from tianlake.lake.records import read_record

PAGE = (REPO / "docs/policy.md").read_text("utf-8")
TIGHTER = {
    "提高某类": {"each"},
    "提高": {"least"},
    "降低": {"most"},
    "增加条目": {"superset", "places"},
    "减少条目": {"subset"},
}


def test_the_example_of_a_policy_holds_below_the_shipped_one() -> None:
    [text] = re.findall(r"```toml\n(# nodes/.*?)```", PAGE, re.DOTALL)
    policy = read_record(Policy, tomllib.loads(text), file="docs/policy.md")
    found = effective_policy([default_policy(), policy], date(2026, 12, 1))
    assert found.rules["imagery.gsd"].parameters["least_m"] == 1.0
    assert found.rules["imagery.gsd"].acts == "refuse"
    assert "hebei.reservoirs" in found.rules


def test_the_page_counts_and_names_what_there_is() -> None:
    rules = default_policy().rules
    places = [len(each.parameters["places"]) for each in rules if each.check == "territory"]
    assert f"有 {len(rules)} 条规则" in PAGE
    assert f"has {len(rules)} rules" in PAGE
    assert f"共 {sum(places)} 处" in PAGE
    table = PAGE.rpartition("| check | looks at | parameters |")[2]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`([\w-]+)`", row)
    }
    assert named == set(CHECKS)


def test_the_page_says_which_way_every_parameter_grows_stricter() -> None:
    told: dict[str, set[str]] = {}
    for names, way in re.findall(r"^\| (`.*?) \| (.*?) \|$", PAGE.partition("只能收紧")[2], re.MULTILINE):
        kind = next((orders for word, orders in TIGHTER.items() if way.startswith(word)), set())
        told |= dict.fromkeys(re.findall(r"`(\w+)`", names), kind)
    for name, parameter in PARAMETERS.items():
        assert parameter.order in told[name], name
