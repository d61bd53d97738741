"""What every surface says to browsers, and what none ever says; and docs/security.md, which tells of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from archive_kit import one_tile
from gateway_kit import NODE, RELEASE_1, MemoryReader, ask, pointer, release
from kit import REPO

from tianlake.cli.app import COMMANDS
from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.representations import REPORT_POLICY

PAGES: Final = sorted((REPO / "portal/tianlake/portal/static").glob("*.html"))
TOLD: Final = (REPO / "docs/security.md").read_text("utf-8")
ASKED: Final = (
    "/",
    "/catalog.json",
    "/portal/index.html",
    "/data/places/places.pmtiles",
    f"/releases/places/{RELEASE_1}/manifest.json",
    "/private/keys.json",
    "/nothing",
    "/vec_w/wmts?REQUEST=GetTile",
    "/healthz",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory):
    files = {"places.pmtiles": one_tile(tmp_path_factory.mktemp("archive"))}
    held = {
        "catalog.json": b"{}",
        "portal/index.html": b"<!doctype html>",
        "private/keys.json": b"secret",
        **release(RELEASE_1, files),
        **pointer(RELEASE_1),
    }
    return create_app({NODE: MemoryReader(held)}, NODE)


@pytest.mark.parametrize("path", ASKED)
def test_every_answer_of_the_gateway_is_taken_for_what_it_says_and_sets_nothing(app, path: str) -> None:
    answer = ask(app, path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"set-cookie", "server", "x-powered-by"} & {name.lower() for name in answer.headers}
    assert b"secret" not in answer.body


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_runs_its_own_scripts_alone(page: Path) -> None:
    text = page.read_text("utf-8")
    found = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', text)
    assert found, "a page without a policy"
    policy = dict(part.strip().partition(" ")[::2] for part in found[1].split(";"))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in policy.get("script-src", "")
    assert not re.search(r"https?:|\*", policy.get("script-src", "'none'")), "scripts of other hosts"
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>[^<]", text), "an inline script"
    assert not re.search(r"<[^>]+\son[a-z]+=", text), "a handler in an attribute"


def test_every_page_that_takes_a_key_sends_no_referrer_elsewhere() -> None:
    lost = [page.name for page in PAGES if '<meta name="referrer" content="same-origin"' not in page.read_text("utf-8")]
    assert lost in ([], ["offline.html"]), "the page that says that the site is out of reach leads nowhere"


def test_reports_have_no_script() -> None:
    assert "script" not in REPORT_POLICY.partition("sandbox")[0]
    assert "default-src 'none'" in REPORT_POLICY


def test_the_page_names_tests_and_commands_that_are_there() -> None:
    named = set(re.findall(r"`(tests/[a-z0-9_/]+(?:\.py)?|infra/[a-z/]+)`", TOLD))
    assert len(named) > 20
    assert not [name for name in named if not (REPO / name).exists()]
    assert set(re.findall(r"`tianlake ([a-z]+)", TOLD)) <= set(COMMANDS)
    targets = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", TOLD)) <= targets
