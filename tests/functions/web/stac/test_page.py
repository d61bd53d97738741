"""The examples of docs/stac.md."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import httpx
import pytest
from gateway_kit import generous
from kit import REPO
from server_kit import running
from stac_api_kit import CODE

from tianlake.functions.web.stac.asked import COLLECTION_SEARCH, ITEM_SEARCH
from tianlake.functions.web.stac.conformance import CLASSES
from tianlake.lake.records import dump_record

PAGE = (REPO / "docs/stac.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL))
DEMO = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def server(lake_root, tmp_path_factory):
    base = tmp_path_factory.mktemp("served")
    shutil.copytree(lake_root, base / "lake")
    (base / "lake" / CODE / "quotas.json").write_bytes(dump_record(generous()))
    with running(base, [CODE]) as made:
        yield made


def test_its_requests_find_something(server):
    lines = BLOCKS["sh"].strip().splitlines()
    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line)
        [url] = [each for each in words if each.startswith(DEMO)]
        body = words[words.index("-d") + 1] if "-d" in words else None
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        said = httpx.request(method, url.replace(DEMO, server.url), content=body)
        assert (said.status_code, said.json()["numberReturned"] > 0) == (200, True), line


def test_its_script_runs(server):
    script = BLOCKS["python"].replace(DEMO, server.url)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"n{CODE}-imagery" in done.stdout


def test_it_names_every_parameter():
    told = set(re.findall(r"`([a-z-]+)`", PAGE.partition("## Parameters")[2]))
    assert {*ITEM_SEARCH, *COLLECTION_SEARCH} <= told
    assert len(CLASSES) == len(set(CLASSES))
