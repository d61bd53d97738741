"""docs/accounts.md: its commands run as they stand, and its figures are those of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bureau_kit import Bureau
from desk_server import serving
from kit import REPO

from tianlake.functions.accounts import forms, throttle
from tianlake.functions.accounts.service import KEYS
from tianlake.functions.admission import links
from tianlake.lake.terms import default_terms

PAGE = (REPO / "docs/accounts.md").read_text("utf-8")
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}
NODE = 'code = "156000000"\n[operator]\nname = "a"\n[authority]\nname = "b"\n'


def commands(*sections: str) -> str:
    """The shell blocks of some sections, as one script that stops at what fails."""
    blocks = [block for name in sections for block in re.findall(r"```bash\n(.*?)```", SECTIONS[name], re.DOTALL)]
    assert len(blocks) == len(sections)
    return "set -euo pipefail\n" + "\n".join(blocks)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    python = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{python}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_what_the_page_tells_users_to_type_works_as_it_stands(tmp_path):
    bureau = Bureau(tmp_path, terms=default_terms())
    users = [name for name in SECTIONS if name.startswith(("Register", "Look after", "Leaving"))]
    with serving(lambda call: bureau.desk.answer(call, time.time())) as url:
        done = run(commands(*users).replace("http://127.0.0.1:8765", url), tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    told = [json.loads(line) for line in done.stdout.splitlines()]
    terms, listed, link, usage, ended, left = told
    assert terms["terms"]["due"] is False
    assert listed["keys"][0]["hosts"] == ["example.org", "*.example.org"]
    assert link["href"].startswith("/156130000/data/places/places.parquet?expires=")
    assert (usage["tier"], ended["state"]) == ("professional", "revoked")
    assert (left["state"], left["name"], left["email"]) == ("closed", "", "")


def test_what_the_page_tells_operators_to_type_works_as_it_stands(tmp_path):
    (tmp_path / "nodes/156000000").mkdir(parents=True)
    (tmp_path / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (tmp_path / "nodes/156000000/node.toml").write_text(NODE)
    operators = [name for name in SECTIONS if name.startswith(("The operator", "Keys down"))]
    script = f'tianlake() {{ "{sys.executable}" -m tianlake.cli "$@"; }}\n' + commands(*operators)
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lake/156000000/private/keys.snapshot").is_file()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (r"at most (\d+) keys at a time", KEYS),
        (r"at most (\d+) a day", throttle.KEYS_MADE.per_day),
        (r"；up to (\d+)|; up to (\d+)", forms.BOUND_TO),
        (r"for (\d+) hours unless `overlap_hours`", forms.overlap({})),
    ],
)
def test_figures_of_the_page_are_those_of_the_code(said, meant):
    found = re.search(said, PAGE)
    assert found
    assert {int(each) for each in found.groups() if each} == {meant}


def test_the_page_says_how_long_a_link_may_last():
    assert "at most seven days" in PAGE
    assert links.LONGEST_S == 7 * 86_400
