"""docs/quality.md names every member of the file."""

from __future__ import annotations

import dataclasses
import re
from typing import get_args

import pytest
from kit import REPO

from tianlake.build.quality.document import VERSION, Document, Verdict
from tianlake.build.quality.report import (
    BandReport,
    ColumnReport,
    Fate,
    Finding,
    Sample,
    SourceReport,
    Unit,
    ZoomReport,
)
from tianlake.build.quality.words import FATES, UNITS, VERDICTS

PAGE = (REPO / "docs/quality.md").read_text("utf-8")
NAMES = set(re.findall(r"`([a-z_0-9]+)`", PAGE))


@pytest.mark.parametrize("kind", [Document, Finding, Sample, SourceReport, ColumnReport, ZoomReport, BandReport])
def test_every_member_is_named(kind):
    assert {each.name for each in dataclasses.fields(kind)} <= NAMES


def test_fates_units_and_verdicts_are_named_and_have_words():
    for words, said in ((Fate, FATES), (Unit, UNITS), (Verdict, VERDICTS)):
        assert set(get_args(words)) == set(said) <= NAMES


def test_the_version_is_named():
    assert f"| `version` | {VERSION} |" in PAGE
