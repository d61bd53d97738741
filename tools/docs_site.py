"""What `mkdocs build` needs beside docs/: the reference made from code, the decisions, and pages that lie elsewhere.

The search is told the words of Chinese by rjieba, which installs from a wheel; Material knows `jieba` alone, which does
not.

Pages are written for GitHub, too, whose Markdown differs in two points that are mended here: a list may follow a
line of text, and a line that breaks between two Chinese characters must not become a space.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from os import environ
from pathlib import Path
from typing import Any, Final

import rjieba
from material.plugins.search import plugin as search
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[1]
ELSEWHERE: Final = {
    "CHANGELOG.md": "project/changes.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "infra/README.md": "project/infra.md",
    "functions/api/README.md": "project/functions-api.md",
    "functions/stac/README.md": "project/functions-stac.md",
    "functions/web/README.md": "project/functions-web.md",
}
"""Pages of the repository that lie outside docs/, and where they stand on the site."""

FILES_OF_A_WORKSPACE: Final = ("lake.recipes", "lake.nodes", "lake.settings", "lake.quotas", "lake.releases")
"""Modules whose values are the files that people write and read."""

_REFERENCE: Final = "参考 Reference"
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_TAG: Final = re.compile(r"^(#+ `<([a-z-]+)>`)$", re.MULTILINE)
"""A heading that is the name of an element: the anchor that GitHub gives it has to be told."""

_FENCE: Final = re.compile(r"^ *(```|~~~)")
_ITEM: Final = re.compile(r"^ *([-*+]|\d+\.) ")
_CHINESE: Final = "\u2e80-\u9fff\uff00-\uffef“”"
_BROKEN: Final = re.compile(rf"(?<=[{_CHINESE}])\n {{0,3}}(?=[{_CHINESE}])")


class Words:
    """The one function of `jieba` that Material's search calls."""

    @staticmethod
    def cut(text: bytes) -> list[str]:
        """Return the words of a text in UTF-8, in their order, nothing left out."""
        found: list[str] = rjieba.cut(text.decode())
        return found


search.jieba = Words


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside docs/ or is made from code, and lead to each page from somewhere."""
    pages = {target: (ROOT / source).read_text("utf-8") for source, target in ELSEWHERE.items()}
    reference = _reference()
    for name, text in (pages | reference).items():
        files.append(File.generated(config, name, content=text))
    decisions = sorted(each.src_uri for each in files.documentation_pages() if each.src_uri.startswith("decisions/"))
    decisions.sort(key=lambda name: name != "decisions/README.md")
    nav: list[Any] = config.nav or []
    next(part[_REFERENCE] for part in nav if _REFERENCE in part).extend(reference)
    nav += [{"决定 Decisions": decisions}, {"项目 Project": list(pages)}]
    named = set(_named(nav))
    if others := [each.src_uri for each in files.documentation_pages() if each.src_uri not in named]:
        nav.append({"更多 More": others})
    return files


def _named(nav: Any) -> list[str]:  # noqa: ANN401 - lists, mappings and names, as YAML has them
    """Return the pages that a navigation names."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [name for part in parts for name in _named(part)]


def _reference() -> dict[str, str]:
    """Return the pages of the reference: commands in both languages, the files of a workspace, the packages."""
    return {
        "reference/commands-zh.md": _commands("zh_CN.UTF-8"),
        "reference/commands-en.md": _commands("C.UTF-8"),
        "reference/files.md": _modules("Files of a workspace 工作区的文件", FILES_OF_A_WORKSPACE),
        **{f"reference/{each}.md": _modules(f"tianlake.{each}", [each]) for each in packages()},
    }


def _commands(locale: str) -> str:
    """Return the page of all commands in one language: the command chooses it when it starts."""
    command = [sys.executable, str(ROOT / "tools/docs_commands.py")]
    return subprocess.run(command, env={**environ, "LC_ALL": locale}, check=True, capture_output=True).stdout.decode()


def packages() -> list[str]:
    """Return the packages that say what is public in them, by name below `tianlake`."""
    found = sorted(ROOT.glob("*/tianlake/*/**/__init__.py"))
    public = [each for each in found if "__all__" in each.read_text("utf-8") and each.parts[-3] != "cli"]
    names = [".".join(each.relative_to(ROOT).parent.parts[2:]) for each in public]
    return [name for name in names if name.partition(".")[0] != "cli" and name not in FILES_OF_A_WORKSPACE]


def _modules(title: str, names: list[str] | tuple[str, ...]) -> str:
    return f"# {title}\n\n" + "\n\n".join(f"::: tianlake.{name}" for name in names) + "\n"


def on_page_markdown(markdown: str, page: Page, **_others: object) -> str:
    """Return a page as this site's Markdown has it, its links leading to pages of the site."""
    name = page.file.src_uri
    source = next((here for here, there in ELSEWHERE.items() if there == name), f"docs/{name}")
    markdown = _TAG.sub(r"\1 { #\2 }", markdown)
    return like_github(_LINK.sub(lambda found: _led(found[1], found[2], source, name), markdown))


def _led(text: str, link: str, source: str, name: str) -> str:
    """Return a link of a file of the repository as it leads on the site; the text alone, where that file is no page."""
    path, mark, anchor = link.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return f"[{text}]({link})"
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if wanted == "docs/decisions":
        wanted = "docs/decisions/README.md"
    there = ELSEWHERE.get(wanted) or wanted.removeprefix("docs/")
    if wanted not in ELSEWHERE and not wanted.startswith("docs/"):
        return text
    return f"[{text}]({posixpath.relpath(there, posixpath.dirname(name) or '.')}{mark}{anchor})"


def like_github(markdown: str) -> str:
    """Return Markdown with a blank line before each list, and no line broken between Chinese characters."""
    lines: list[str] = []
    fenced, before = False, ""
    for line in markdown.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and _ITEM.match(line) and before.strip() and not _ITEM.match(before) and before[0] != " ":
            lines.append("")
        elif not fenced and _joins(before, line) and lines:
            lines[-1] += line.strip()
            before = line
            continue
        lines.append(line)
        before = line
    return "\n".join(lines) + "\n"


def _joins(before: str, line: str) -> bool:
    """Tell whether two lines are one text that was broken between Chinese characters."""
    if before.lstrip().startswith(("#", "|", ">")) or line.lstrip().startswith(("#", "|", ">", "-", "`")):
        return False
    return bool(_BROKEN.search(f"{before[-1:]}\n{line.lstrip()[:1]}"))
