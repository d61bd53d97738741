"""docs/front-door.md tells of the code as it is."""

from __future__ import annotations

import json
import re

from admission_rows import STATUSES
from kit import REPO

from tianlake.functions.admission import headers, keyring, links
from tianlake.functions.admission.refusals import CATALOG, Reason
from tianlake.functions.edge.config import config_of

PAGE = (REPO / "docs/front-door.md").read_text()


def row(reason: Reason) -> str:
    """Return a refusal's line in the page's table."""
    today = reason.today
    return (
        f"| `{reason.code}` | {reason.status} | {today.status} / {today.code} "
        f"| {reason.message.zh} {reason.message.en} | {reason.resolve.zh} {reason.resolve.en} |"
    )


def test_the_table_of_refusals_is_the_catalog():
    assert re.findall(r"^\| `[a-z-]+` \| \d{3} \| .*\|$", PAGE, re.MULTILINE) == [row(each) for each in CATALOG]


def test_every_header_field_of_quotas_is_told():
    assert all(f"`{name}`" in PAGE for name in headers.EXPOSED.split(", "))


def test_the_times_told_are_those_that_hold():
    assert f"{keyring.FRESH_S:.0f} seconds" in PAGE
    assert f"{keyring.STALE_S / 60:.0f} minutes" in PAGE
    assert f"{links.LONGEST_S // 86_400} days" in PAGE


def test_the_configuration_shown_is_one():
    (shown,) = re.findall(r"```json\n(\{.*?\})\n```", PAGE, re.DOTALL)
    assert config_of(shown).root in json.loads(shown)["nodes"]


def test_what_strict_answers_is_told_for_every_refusal():
    assert {each.code: (each.status, each.today.status, each.today.code) for each in CATALOG} == STATUSES
