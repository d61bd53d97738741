"""`tianlake incident`: signed steps, deadlines, and what is handed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drill_kit import CITY, OFFICER, Drill, write_nodes

from tianlake.lake import keys
from tianlake.lake.errors import LakeError


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    write_nodes(tmp_path)
    made = Drill(tmp_path)
    made.run("people", "add", OFFICER, "--node", CITY, "--name", "甲", "--organisation", "单位", "--role", "officer")
    return made


def step(drill: Drill, verb: str, *arguments: str) -> Any:
    return drill.json("incident", verb, *arguments, "--node", CITY, "--as", OFFICER)


def test_an_incident_is_reported_closed_and_handed_in(drill: Drill, tmp_path: Path) -> None:
    told = ("--title", "网页<被篡改>", "--text", "首页被替换", "--found", "2026-01-05T08:00:00+08:00")
    opened = step(drill, "open", *told)
    assert (opened["found"], opened["due"], opened["overdue"]) == ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", True)
    name = opened["incident"]
    assert drill.run("incident", "list", "--check", fails=True).stdout.count("\n") == 2
    with pytest.raises(LakeError, match="it was not reported yet"):
        step(drill, "close", name, "--text", "完")
    reported = step(drill, "update", name, "--text", "已恢复", "--reported", "--number", "7号")
    assert reported["due"] == "2026-02-04T00:00:00Z"
    assert step(drill, "close", name, "--text", "原因已消除")["state"] == "closed"
    with pytest.raises(LakeError, match="it is closed"):
        step(drill, "update", name, "--text", "再")
    drill.run("incident", "list", "--check")
    drill.run("incident", "export", name, "--node", CITY, "-o", str(tmp_path / "a.json"))
    drill.run("incident", "export", name, "--node", CITY, "-o", str(tmp_path / "a.html"))
    document = json.loads((tmp_path / "a.json").read_text())
    assert [each["kind"] for each in document["steps"]] == ["open", "report", "close"]
    page = (tmp_path / "a.html").read_text()
    assert "网页&lt;被篡改&gt;" in page
    assert "主管部门 7号" in page
    assert "廊坊市地理信息公共服务平台网络安全事件" in page


def test_a_risk_report_is_closed_without_a_report(drill: Drill) -> None:
    name = step(drill, "open", "--sort", "risk", "--title", "年度评估", "--text", "无重大风险")["incident"]
    assert step(drill, "close", name, "--text", "已整改")["state"] == "closed"


def test_a_step_that_was_changed_is_refused(drill: Drill) -> None:
    name = step(drill, "open", "--title", "甲", "--text", "乙")["incident"]
    file = drill.lake / CITY / keys.incident_step(name, 1)
    file.write_bytes(file.read_bytes().replace("乙".encode(), "丙".encode()))
    with pytest.raises(LakeError, match="is not the step that officer-a signed"):
        drill.run("incident", "list")


def test_a_time_ahead_of_the_clock_is_refused(drill: Drill) -> None:
    with pytest.raises(LakeError, match="lies ahead of the clock"):
        step(drill, "open", "--title", "甲", "--text", "乙", "--found", "2126-01-01T00:00:00Z")
