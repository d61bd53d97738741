"""README.md leads to everything: each page of docs/, each command, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tianlake.cli.app import COMMANDS

REPO = Path(__file__).resolve().parents[1]
README = (REPO / "README.md").read_text("utf-8")
PAGES = [README, *(each.read_text("utf-8") for each in sorted((REPO / "docs").rglob("*.md")))]
FOLDERS = [REPO, *(each.parent for each in sorted((REPO / "docs").rglob("*.md")))]
TOLD_ONCE = {"demo"}
"""What `make demo` runs, above the tables."""


def test_readme_links_to_every_page_of_the_docs() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)", README))
    assert {f"docs/{each.name}" for each in (REPO / "docs").glob("*.md")} <= linked


@pytest.mark.parametrize("language", ["中文", "English"])
def test_readme_names_every_command_in_each_language(language: str) -> None:
    part = README.partition(f"\n## {language}\n")[2].partition("\n---\n")[0]
    rows = "\n".join(line for line in part.splitlines() if line.startswith("| "))
    named = set(re.findall(r"`(?:tianlake )?([a-z]+)", rows))
    assert set(COMMANDS) - TOLD_ONCE <= named


def test_links_between_pages_lead_to_files() -> None:
    lost = [
        f"{folder.relative_to(REPO)}: {link}"
        for folder, page in zip(FOLDERS, PAGES, strict=True)
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page)
        if not link.startswith(("http:", "https:", "mailto:")) and not (folder / link).exists()
    ]
    assert not lost
