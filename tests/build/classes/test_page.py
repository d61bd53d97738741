"""docs/classes.md says which fields the classes have."""

import re

import pytest
from kit import REPO

from tianlake.build.classes.schema import SCHEMAS

PAGE = (REPO / "docs/classes.md").read_text("utf-8")


@pytest.mark.parametrize(("product_class", "head"), [("entity", "## Entity"), ("place", "## Place")])
def test_the_page_lists_every_field_in_order_with_type_and_need(product_class, head):
    section = PAGE.split(head)[1].split("\n## ")[0]
    rows = [line.split("|")[1:4] for line in section.splitlines() if line.startswith("| `")]
    told = [(name, kind.strip(), need.strip()) for names, kind, need in rows for name in re.findall(r"`(\w+)`", names)]
    assert told == [(each.name, each.type, each.need) for each in SCHEMAS[product_class]]
