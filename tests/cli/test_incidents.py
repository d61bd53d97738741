"""`tianlake incident`: signed steps, deadlines, and what is handed in."""

from __future__ import annotations

import json
import re
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


def test_what_an_officer_publishes_is_public_and_nothing_else_of_the_record(drill: Drill) -> None:
    told = ("--title", "内部名称", "--text", "内部经过", "--found", "2026-01-05T00:00:00Z")
    name = step(drill, "open", *told)["incident"]
    words = ("--zh", "搜索无应答", "--en", "Search gave no answers")
    with pytest.raises(LakeError, match="has published no such product"):
        step(drill, "publish", name, *words, "--product", "places")
    with pytest.raises(LakeError, match="lies before 2026-01-05"):
        step(drill, "publish", name, *words, "--ended", "2026-01-04T00:00:00Z")
    with pytest.raises(LakeError, match=r"incidents\.json"):
        step(drill, "publish", name, "--zh", "见 /ho" + "me/li/事件.txt", "--en", "see there")
    root = drill.lake / CITY
    assert not (root / "incidents.json").exists()
    step(drill, "publish", name, *words)
    other = step(drill, "open", "--title", "甲", "--text", "乙", "--found", "2026-01-06T00:00:00Z")["incident"]
    lasting = {"id": name, "what": {"zh": "搜索无应答", "en": "Search gave no answers"}, "product": None}
    lasting |= {"began": "2026-01-05T00:00:00Z", "ended": None}
    document = json.loads((root / "incidents.json").read_bytes())
    assert document.pop("incidents") == [lasting | {"published": document_time(drill, name)}]
    assert document == {"node": CITY, "layout": 1}
    [link] = [each for each in json.loads((root / "catalog.json").read_bytes())["links"] if "incident" in each["rel"]]
    assert (link["rel"], link["href"]) == ("tianlake:incidents", "./incidents.json")
    step(drill, "update", name, "--text", "已恢复", "--reported")
    closed = step(drill, "close", name, "--text", "原因已消除")["closed"]
    assert json.loads((root / "incidents.json").read_bytes())["incidents"][0]["ended"] == closed
    step(drill, "publish", name, *words, "--began", "2026-01-04T23:00:00Z", "--ended", "2026-01-05T02:00:00Z")
    step(drill, "publish", other, "--zh", "丙", "--en", "C")
    public = (root / "incidents.json").read_text("utf-8")
    rows = [(each["id"], each["began"], each["ended"]) for each in json.loads(public)["incidents"]]
    assert rows == [
        (other, "2026-01-06T00:00:00Z", None),
        (name, "2026-01-04T23:00:00Z", "2026-01-05T02:00:00Z"),
    ]
    assert not [each for each in ("内部", OFFICER, "一般", "主管部门") if each in public]


def document_time(drill: Drill, name: str) -> str:
    """Return when the last step of an incident was signed, as its own record has it."""
    last = max((drill.lake / CITY / keys.INCIDENTS / name).iterdir()).read_bytes()
    return str(re.findall(rb'"at":"([^"]+)"', last)[0].decode())


def test_a_risk_report_is_closed_without_a_report(drill: Drill) -> None:
    name = step(drill, "open", "--sort", "risk", "--title", "年度评估", "--text", "无重大风险")["incident"]
    with pytest.raises(LakeError, match="is a risk assessment"):
        step(drill, "publish", name, "--zh", "甲", "--en", "A")
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
