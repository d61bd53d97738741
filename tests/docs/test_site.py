"""The site of docs/: every page is led to, no link is lost, and a reader behind a closed network has all of it."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import yaml
from browser_kit import BrowserPage
from kit import REPO
from portal_kit import static_host

ADDRESS: Final = re.compile(r"""(?:src|href)=["']?(https?://[^"'\s>]+)""")


TEXT: Final = re.sub(r"!!python/\S+", "", (REPO / "mkdocs.yml").read_text("utf-8"))
"""Of the settings, without the slug function, which is Python's to make."""

SETTINGS: Final[dict[str, Any]] = yaml.safe_load(TEXT)


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_site", REPO / "tools/docs_site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_navigation_names_pages_that_are_there_each_once(hooks: ModuleType) -> None:
    named = hooks._named(SETTINGS["nav"])
    assert len(named) == len(set(named))
    assert not [name for name in named if not (REPO / "docs" / name).is_file()]


def test_pages_from_outside_the_folder_are_there(hooks: ModuleType) -> None:
    assert not [name for name in hooks.ELSEWHERE if not (REPO / name).is_file()]


def test_links_lead_to_pages_of_the_site(hooks: ModuleType) -> None:
    led = hooks._led
    assert led("x", "layout.md#a", "docs/operate.md", "operate.md") == "[x](layout.md#a)"
    assert led("x", "../layout.md", "docs/decisions/0001-a.md", "decisions/0001-a.md") == "[x](../layout.md)"
    assert led("x", "../infra/README.md", "docs/operate.md", "operate.md") == "[x](project/infra.md)"
    assert led("x", "docs/data.md", "CONTRIBUTING.md", "project/contributing.md") == "[x](../data.md)"
    assert led("the folder", "modules/node/main.tf", "infra/README.md", "project/infra.md") == "the folder"
    assert led("x", "https://example.org/", "docs/a.md", "a.md") == "[x](https://example.org/)"


def test_markdown_as_github_reads_it(hooks: ModuleType) -> None:
    assert hooks.like_github("Two:\n- one\n- two\n") == "Two:\n\n- one\n- two\n"
    assert hooks.like_github("一句话\n分两行\n") == "一句话分两行\n"
    assert hooks.like_github("# 标题\n正文\n") == "# 标题\n正文\n"
    assert hooks.like_github("```\na:\n- b\n中\n文\n```\n") == "```\na:\n- b\n中\n文\n```\n"
    assert hooks.like_github("| 一 |\n| 二 |\n") == "| 一 |\n| 二 |\n"


def test_public_packages_have_a_page(hooks: ModuleType) -> None:
    assert {"lake.store", "lake.policy", "stac", "stac.federation"} <= set(hooks.packages())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it: strictly, so a lost link or anchor fails it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.long
def test_no_page_of_the_site_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 80
    loaded = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""")
    found = {str(page.relative_to(site)): loaded.findall(page.read_text("utf-8")) for page in pages}
    assert not {name: each for name, each in found.items() if each}
    sheets = [each.read_text("utf-8") for each in site.rglob("*.css")]
    assert not re.search(r"url\(['\"]?https?:|@import", "".join(sheets))


@pytest.mark.long
def test_the_reference_is_there_in_both_languages(site: Path) -> None:
    chinese = (site / "reference/commands-zh.html").read_text("utf-8")
    english = (site / "reference/commands-en.html").read_text("utf-8")
    assert "把数据源构建为" in chinese
    assert "Build what changed" in english
    for text in (chinese, english):
        assert "tianlake review map-approve" in text
    assert "map_approvals" in (site / "reference/files.html").read_text("utf-8")


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "page"), [("诉求", "cases.html"), ("审图号", "review.html"), ("lease", "front-door")]
)
def test_search_finds_words_of_both_languages_without_the_network(
    site: Path, browser_page: BrowserPage, words: str, page: str
) -> None:
    with static_host(site) as host:
        browser_page.page.goto(f"{host.url}/index.html?q={words}")
        browser_page.page.click("label[for=__search] >> visible=true")
        browser_page.until("document.querySelectorAll('.md-search-result__item a').length > 2")
        links = browser_page.page.evaluate(
            "[...document.querySelectorAll('.md-search-result__item a')].map((each) => each.href)"
        )
        assert any(page in link for link in links), links
        assert not browser_page.outside
