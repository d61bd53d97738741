"""Every kind of violation is found by the rule that should find it, and by no other; clean data by none."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_cases import PLANTS, Plant
from planted_kit import ALL_SURE


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_violation_is_found_by_its_rule_and_no_other(plant: Plant, tmp_path: Path) -> None:
    report = plant.make(tmp_path / "case").check(ALL_SURE)
    assert {each.rule for each in report.findings} == {plant.rule}
