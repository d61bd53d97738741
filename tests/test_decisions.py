"""Decisions are pages of one form, numbered without gaps and listed."""

from __future__ import annotations

import re

import pytest
from kit import REPO

FOLDER = REPO / "docs/decisions"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
INDEX = (FOLDER / "README.md").read_text()


def test_decisions_are_numbered_each_once_and_all_are_listed():
    numbers = [int(page.name[:4]) for page in PAGES]
    assert numbers == sorted(set(numbers))
    assert re.findall(r"\(([^)]+\.md)\)", INDEX) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_says_what_was_weighed_and_what_follows(page):
    text = page.read_text()
    title = text.splitlines()[0]
    assert re.fullmatch(rf"# {int(page.name[:4])}\. .+", title)
    assert f"| {title.partition('. ')[2]} |" in INDEX
    assert re.search(r"^(Accepted|Superseded by \[.*\]\(.*\)), \d{4}-\d\d-\d\d\.$", text, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Options weighed", "Decision", "Consequences"]
    assert all((FOLDER / link).exists() for link in re.findall(r"\]\(([^):]+\.md)\)", text))
