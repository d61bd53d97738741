"""A review as people see it on the terminal, and as programs do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tianlake.cli.words import say, told
from tianlake.lake.people import People
from tianlake.lake.reviews import Approval, Checked, Judged, Standing, coming, next_command
from tianlake.lake.reviews.standing import Stage
from tianlake.lake.reviews.steps import Exemption, StepKind
from tianlake.lake.reviews.validity import CHINA, day_in_china
from tianlake.lake.words import Text, collection_id

STAGES: Final[dict[Stage, Text]] = {
    "draft": Text("草稿", "draft"),
    "submitted": Text("审核中", "under review"),
    "reviewed": Text("已审核，待地图审核", "reviewed, waiting for the map approval"),
    "expired": Text("审图号已过期", "map approval over"),
    "superseded": Text("已被取代", "superseded"),
    "publishable": Text("可以发布", "may be published"),
}
STEPS: Final[dict[StepKind, Text]] = {
    "submit": Text("提交", "submitted"),
    "review": Text("级审核通过", "level {level} approved"),
    "map": Text("填入审图号", "map approval recorded"),
    "reject": Text("退回", "rejected"),
    "supersede": Text("取代", "given up"),
}
EXEMPTIONS: Final[dict[Exemption, Text]] = {
    "unmodified": Text("免审：未改动的公益地图", "exempt: an authority's map, unmodified"),
    "simple": Text("免审：简单地图", "exempt: a simple map"),
    "no-boundaries": Text("免审：不涉及国界、行政区域界线或范围", "exempt: no boundaries or extents"),
    "scenic-street-metro": Text("免审：景区图、街区图、地铁线路图", "exempt: scenic area, street block or metro line"),
}


def lines(
    standing: Standing, people: People, checked: Checked | None, now: float, *, public: Approval | None
) -> Iterator[str]:
    """Yield a review line by line: where it stands, who did what and when, what is missing, what comes next.

    `public`: the approval that the release is public with now; None where it is not the current one. A step that takes
    an approval back does not take the release down, and a later one is shown to nobody before it is published.
    """
    subject, stage = standing.subject, told(STAGES[standing.stage])
    mark = say("，演示政策不要求审核", "; the demo policy asks for no review") if subject.demo else ""
    yield f"{collection_id(subject.node, subject.product)}  {subject.release}  {stage}{mark}"
    for judged in standing.steps:
        yield f"  {_step(judged, people)}"
        if judged.broken is not None:
            yield f"      {say('无效', 'does not count')}: {told(judged.broken)}"
    if checked is not None:
        yield from (f"  {line}" for line in findings(checked))
    for warning in coming(standing.validity, day_in_china(now)):
        yield f"  {say('注意', 'mind')}: {told(warning)}"
    if standing.missing is not None:
        yield f"  {say('还缺', 'missing')}: {told(standing.missing)}"
    where = f"--node {subject.node} --product {subject.product}"
    if public is not None:
        down = f"tianlake rollback {where}, tianlake withdraw {where} --reason …"
        away = "" if standing.stage == "publishable" else say(f"；撤下：{down}", f"; to take it down: {down}")
        yield f"  {say('该版本正在对外服务', 'this release is public now')}{away}"
    following, signed = next_command(standing), {each.link.digest for each in standing.counting}
    if following or public is None or not signed <= {each.sha256 for each in public.steps}:
        yield f"  {say('下一步', 'next')}: {following or f'tianlake publish {where}'}"


def plain(standing: Standing, now: float) -> dict[str, Any]:
    """Return a review as JSON has it."""
    subject, dates = standing.subject, standing.validity
    return {
        "node": subject.node,
        "product": subject.product,
        "release": subject.release,
        "manifest": subject.manifest,
        "policy": subject.policy,
        "demo": subject.demo,
        "levels": subject.demand.levels,
        "map_approval": subject.demand.map_approval,
        "stage": standing.stage,
        "missing": standing.missing.en if standing.missing else None,
        "next": next_command(standing),
        "until": dates.until.isoformat() if dates.until else None,
        "filing": dates.filing.isoformat() if dates.filing else None,
        "warnings": [each.en for each in coming(dates, day_in_china(now))],
        "steps": [_plain_step(each) for each in standing.steps],
    }


def _plain_step(judged: Judged) -> dict[str, Any]:
    step = judged.step
    return {
        "seq": step.seq,
        "step": step.kind,
        "level": step.level,
        "at": step.at,
        "person": step.person,
        "organisation": step.organisation,
        "reason": step.reason,
        "numbers": list(step.map.numbers) if step.map else [],
        "exemption": step.map.exemption if step.map else None,
        "counts": judged.broken is None,
        "why_not": judged.broken.en if judged.broken else None,
        "sha256": judged.link.digest,
    }


def _step(judged: Judged, people: People) -> str:
    """Return a step on one line: number, time in China, what, who, for whom."""
    step = judged.step
    names = {each.id: each.name for each in people.persons}
    who = f"{names.get(step.person, '?')} {step.person}（{step.organisation}）"
    what = told(STEPS[step.kind]).format(level=step.level)
    if step.kind == "review":
        what = say(f"第 {step.level} {what}", what)
    if step.map is not None:
        exempt = [told(EXEMPTIONS[step.map.exemption])] if step.map.exemption else []
        days = [str(step.map.approved)] if step.map.approved else []
        what = " ".join([what, *step.map.numbers, *days, *exempt])
    said = f": {step.reason}" if step.reason else ""
    return f"{step.seq:>2}  {_in_china(step.at)}  {what}  {who}{said}"


def _in_china(at: str) -> str:
    from datetime import datetime  # noqa: PLC0415 - beside its only use

    return f"{datetime.fromisoformat(at).astimezone(CHINA):%Y-%m-%d %H:%M}"


def unlike(own: Checked, submitted: Checked | None) -> Iterator[str]:
    """Yield what a reviewer has to know: what the checks found here that the report of the submission does not have."""
    known = [] if submitted is None else json.loads(submitted.body)["findings"]
    new = [each for each in json.loads(own.body)["findings"] if each not in known]
    if new:
        rules = ", ".join(sorted({each["rule"] for each in new}))
        yield say(
            f"其中 {len(new)} 项不在提交时的检查报告中（{rules}）：请向提交人核实",
            f"{len(new)} of them are not in the report that was submitted ({rules}): ask its author why",
        )


SHOWN: Final = 20
"""Findings that are shown; the report has all of them."""


def findings(checked: Checked) -> Iterator[str]:
    """Yield what the checks found that somebody has to look at."""
    found = json.loads(checked.body)["findings"]
    yield say(f"检查发现 {len(found)} 项", f"the checks found {len(found)}") + (":" if found else "")
    for each in found[:SHOWN]:
        where = " ".join(part for part in (each["rule"], each["file"], each["place"]) if part)
        what = say(each["text"]["zh"], each["text"]["en"])
        yield f"  {each['severity']}  {where}: {what}"
    if len(found) > SHOWN:
        yield say(f"  …… 还有 {len(found) - SHOWN} 项", f"  … and {len(found) - SHOWN} more")
