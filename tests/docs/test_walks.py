"""Pages that are typed from top to bottom: each command as it stands, in a workspace of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from demo_kit import wait_for
from docs_kit import Snippet, snippets
from kit import DATA, REPO
from server_kit import free_port

from tianlake.lake import keys

CODE: Final = "156130000"
FOURTH: Final = "示例点四,示例,114.52,38.05\n"

ELSEWHERE: Final = {
    "https?://": "asks a server elsewhere",
    r"policy diff old\.toml new\.toml": "compares two files of the reader's",
    r"case (show|report|decide|apply|prove|open|close) ": "needs a citizen's request: test_removal_drill walks one",
    "^tianlake federate": "needs registered children: tests/acceptance/test_demo_federation.py has them",
    "node pins": "asks a parent, and this workspace has none: tests/cli/test_layers.py and tests/stac/federation do",
    "node (add|show) 156131000": "a hosted city needs the demo's data: tests/stac/federation",
    "keys revoke KEY-ID": "the id of a key of the reader's",
    "^make install$": "installed this very test",
}
"""Lines that are not typed here, and why."""


class Desk:
    """Somebody at a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TIANLAKE_PERSON": "officer-a",
        }

    def type(self, text: str, where: str) -> str:
        """Run a shell text to its end; return what it said."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{where}: {text}\nexit code {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
        return done.stdout + done.stderr

    def serve(self, line: str) -> None:
        """Start a server as a line says, ask it, end it."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line.partition('#')[0]} --port {self.port}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        try:
            wait_for(f"http://127.0.0.1:{self.port}/readyz", process)
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/catalog.json", timeout=10) as answer:
                assert CODE in answer.read().decode()
        finally:
            process.terminate()
            process.wait(30)

    def walk(self, page: list[Snippet], instead: Mapping[str, str]) -> str:
        """Type each block of a page with the reader's own values in it; return all that was said."""
        told = []
        for snippet in page:
            text = snippet.text.replace("\\\n", " ")
            for pattern, value in instead.items():
                text = re.sub(pattern, value, text)
            if snippet.language == "python":
                told.append(self.type(f"python3 - <<'END'\n{text}\nEND", str(snippet)))
                continue
            kept = [line for line in text.splitlines() if not any(re.search(each, line) for each in ELSEWHERE)]
            for line in kept:
                if re.search(r"tianlake (-C \S+ )?serve", line):
                    self.serve(line)
            block = "\n".join(line for line in kept if not re.search(r"tianlake (-C \S+ )?serve", line))
            told.append(self.type(block, str(snippet)))
        return "\n".join(told)


def blocks(name: str, until: str | None = None) -> list[Snippet]:
    """Return the shell and Python blocks of a page, up to a heading."""
    page = REPO / "docs" / name
    text = page.read_text("utf-8")
    last = text.count("\n", 0, text.index(f"\n{until}")) if until else len(text)
    return [each for each in snippets(page) if each.language in {"bash", "sh", "python"} and each.line <= last]


@pytest.mark.long
def test_the_tutorial_leads_from_an_empty_folder_to_a_node_and_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    told = desk.walk(blocks("tutorial.md"), {})
    assert "天地图·河北" in told
    assert re.search(r"1 added|added +1|\+1", told), told
    assert re.findall(r"^places\n(\d+)$", told, re.MULTILINE) == ["3", "3"], "published, and rolled back to"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A node that published once, whose source has changed since, and an officer who signs."""
    folder = tmp_path_factory.mktemp("walks")
    outside = Desk(folder)
    outside.type(f"tianlake init node --node {CODE} && tianlake -C node build && tianlake -C node publish", "before")
    outside.type(
        f"tianlake -C node people add officer-a --node {CODE} --name 甲 --organisation 中心 --role officer", "before"
    )
    outside.folder = folder / "node"
    with (outside.folder / f"sources/{CODE}/places.csv").open("a", encoding="utf-8") as file:
        file.write(FOURTH)
    return outside


def republish(desk: Desk) -> None:
    desk.type("tianlake build --force && tianlake publish", "between")  # a release that was withdrawn never comes back


@pytest.mark.long
def test_every_command_of_the_operators_page_runs(desk: Desk) -> None:
    page = blocks("operate.md", "## In a cloud")
    told = desk.walk(page[:1], {"--reason": "--yes --reason"})  # nobody is there to be asked
    assert "withdrawn" in told.lower()
    republish(desk)
    with (desk.folder / f"sources/{CODE}/places.csv").open("a", encoding="utf-8") as file:
        file.write(FOURTH.replace("四", "六").replace("38.05", "38.07"))
    republish(desk)
    found = sorted((desk.folder / f"lake/{CODE}/releases/places").iterdir())
    releases = [each for each in found if not (each / keys.TOMBSTONE).exists()]  # of one that was withdrawn
    desk.walk(
        page[1:], {"RELEASE": releases[0].name, "--node CODE": f"--node {CODE}", "--as OFFICER": "--as officer-a"}
    )
    assert (desk.folder / "changes.geojson").is_file()


@pytest.mark.long
def test_every_command_of_the_page_of_the_trail_runs(desk: Desk) -> None:
    assert "whole, up to" in desk.walk(blocks("audit.md"), {})


@pytest.mark.long
def test_every_command_of_the_page_of_policies_runs(desk: Desk) -> None:
    assert "cn-public-map" in desk.walk(blocks("policy.md"), {})


@pytest.mark.long
def test_every_command_of_the_page_of_copies_runs(desk: Desk) -> None:
    told = desk.walk(
        blocks("replicas.md"),
        {"--product places --product divisions": "--product places", "tianlake people add officer-a": "true"},
    )
    assert "Verified Successfully" in told
    republish(desk)


@pytest.mark.long
def test_every_command_of_the_runbooks_runs(desk: Desk) -> None:
    told = desk.walk(blocks("runbooks.md"), {"--reason": "--yes --reason"})
    assert "误公开" in told or "incident" in told.lower()


@pytest.mark.long
def test_from_a_demonstration_to_earnest_as_the_page_of_reviews_says(desk: Desk) -> None:
    assert DATA.is_dir()
    (page,) = [each for each in snippets(REPO / "docs/review.md") if "people add" in each.text]
    with (desk.folder / f"sources/{CODE}/places.csv").open("a", encoding="utf-8") as file:
        file.write(FOURTH.replace("四", "五").replace("38.05", "38.06"))
    desk.type("tianlake build", "before")
    desk.walk([page], {})
    assert not (desk.folder / f"nodes/{CODE}/policy.toml").exists()
