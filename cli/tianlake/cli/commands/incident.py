"""`tianlake incident`: security incidents and risk reports (article 18 of the Measures)."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_desk, open_trail
from tianlake.cli.notices import check_notice, incident_book, tell_public
from tianlake.cli.output import emit, table, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.cases.incidents import Incident, Sort, StepKind
from tianlake.lake.cases.notices import notice_of
from tianlake.lake.errors import LakeError
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.trail import Act

node_of_incident = click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
text_option = click.option("--text", required=True, help=say("情况说明", "What happened, and what is done about it."))


@click.group(
    help=say("安全事件和风险评估报告（《办法》第十八条）", "Security incidents and risk reports (article 18).")
)
def incident() -> None:
    """Group the commands of incidents."""


@incident.command("open", help=say("登记一个事件或一份风险评估报告", "Open an incident or a risk report."))
@node_of_incident
@signed_by
@click.option(
    "--sort",
    type=click.Choice(get_args(Sort)),
    default="incident",
    show_default=True,
    help=say("安全事件，或风险评估报告", "An incident, or a risk report."),
)
@click.option("--title", required=True, help=say("名称", "What it is called."))
@click.option("--level", default="一般", show_default=True, help=say("级别", "How grave it is."))
@click.option("--found", metavar="TIME", help=say("发现时间（UTC）；缺省为现在", "When it was noticed, UTC."))
@text_option
@as_json
@click.pass_obj
def open_one(
    session: Session,
    /,
    *,
    code: str,
    person: str,
    key_file: Path | None,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Open one."""
    name = f"i{datetime.fromtimestamp(time.time(), UTC):%Y%m%d}-{secrets.token_hex(3)}"
    details = {**said, "found": _instant(said["found"])}
    made = _take(session, code, (name, "open", details), (person, key_file))
    _tell(session, code, made, as_json=as_json)


@incident.command(help=say("续报；--reported 表示已报告主管部门", "Add to one; --reported: the authority was told."))
@click.argument("name", metavar="INCIDENT")
@node_of_incident
@signed_by
@text_option
@click.option("--reported", is_flag=True, help=say("已报告主管部门", "The authority was told."))
@click.option("--number", default="", help=say("报告文号", "Number of the report."))
@as_json
@click.pass_obj
def update(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    name: str,
    code: str,
    person: str,
    key_file: Path | None,
    text: str,
    reported: bool,
    number: str,
    as_json: bool,
) -> None:
    """Update one."""
    authority = session.workspace.node(code).authority.name
    kind: StepKind = "report" if reported else "update"
    details = {"text": text} | ({"authority": authority, "number": number} if reported else {})
    _tell(session, code, _take(session, code, (name, kind, details), (person, key_file)), as_json=as_json)


@incident.command(help=say("办结", "Close one."))
@click.argument("name", metavar="INCIDENT")
@node_of_incident
@signed_by
@text_option
@as_json
@click.pass_obj
def close(  # noqa: PLR0913 - one for each option
    session: Session, *, name: str, code: str, person: str, key_file: Path | None, text: str, as_json: bool
) -> None:
    """Close one."""
    made = _take(session, code, (name, "close", {"text": text}), (person, key_file))
    if notice_of(made):
        tell_public(session, code)
    _tell(session, code, made, as_json=as_json)


@incident.command(
    help=say(
        "公布一个安全事件：状态页列出此处的文字和时间，记录的其余内容不公开；再次公布即替换",
        "Publish an incident: the page of status tells what is written here, and nothing else of the record; "
        "publishing again replaces it.",
    )
)
@click.argument("name", metavar="INCIDENT")
@node_of_incident
@signed_by
@click.option("--zh", required=True, help=say("公众读到的中文", "What the public reads in Chinese."))
@click.option("--en", required=True, help=say("公众读到的英文", "What the public reads in English."))
@click.option("--product", metavar="ID", help=say("所涉产品；缺省为整个节点", "Which product; the node by default."))
@click.option("--began", metavar="TIME", help=say("开始时间（UTC）；缺省为发现时间", "When it began, UTC."))
@click.option("--ended", metavar="TIME", help=say("结束时间（UTC）；缺省为办结时间", "When it ended, UTC."))
@as_json
@click.pass_obj
def publish(
    session: Session,
    /,
    *,
    name: str,
    code: str,
    person: str,
    key_file: Path | None,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Publish one."""
    times = {option: _instant(said[option], option) for option in ("began", "ended") if said[option]}
    details = {option: text for option, text in said.items() if text} | times
    found = incident_book(session, code).find(name)
    check_notice(open_desk(session, code), {"began": found.found} | details)
    made = _take(session, code, (name, "publish", details), (person, key_file))
    tell_public(session, code)
    _tell(session, code, made, as_json=as_json)


@incident.command("list", help=say("列出事件、时限和逾期", "List them, and which are overdue."))
@node_option
@click.option("--check", is_flag=True, help=say("有逾期则以 1 退出", "Exit with 1 where one is overdue."))
@as_json
@click.pass_context
def list_all(context: click.Context, *, node: str | None, check: bool, as_json: bool) -> None:
    """Print one line each."""
    session: Session = context.obj
    rows = []
    for code in session.codes(node):
        book = incident_book(session, code)
        rows += [_row(session, code, book.find(name)) for name in book.ids()]
    if as_json:
        emit(rows)
    else:
        header = say("节点 编号 类别 名称 状态 时限 逾期", "node id sort title state due overdue").split()
        late = say("逾期", "overdue")
        names = ("node", "incident", "sort", "title", "state", "due")
        table([(*(row[name] for name in names), late if row["overdue"] else "") for row in rows], header)
    if check and any(row["overdue"] for row in rows):
        context.exit(1)


@incident.command(help=say("导出 JSON 或可打印的 HTML", "Export as JSON, or as a printable page in Chinese."))
@click.argument("name", metavar="INCIDENT")
@node_of_incident
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    required=True,
    help=say("写到此文件：.json 或 .html", "Write to this file: .json or .html."),
)
@as_json
@click.pass_obj
def export(session: Session, *, name: str, code: str, output: Path, as_json: bool) -> None:
    """Write one to a file."""
    from tianlake.cli.incident_page import incident_page  # noqa: PLC0415 - templates are slow to load

    found = incident_book(session, code).find(name)
    if output.suffix == ".html":
        output.write_text(incident_page(found, session.card(code)), "utf-8")
    elif output.suffix == ".json":
        steps = [json.loads(dump_record(each)) for each in found.steps]
        output.write_bytes(dump_json(_row(session, code, found) | {"steps": steps}))
    else:
        raise LakeError(f"{output}: is written as .json or .html")
    if as_json:
        emit({"file": str(output)})
    else:
        tell(say(f"已写入 {output}", f"wrote {output}"))


def _take(
    session: Session, code: str, step: tuple[str, StepKind, dict[str, str]], who: tuple[str, Path | None]
) -> Incident:
    """Put a step on record, and take it."""
    (name, kind, details), (person, key_file) = step, who
    book = incident_book(session, code)
    hand = signer(session, code, person, key_file)
    if kind != "open":
        book.find(name)
    act = Act("incident.open" if kind == "open" else "incident.change", name, person, {"step": kind})
    open_trail(session, code).record(act)
    return book.take(name, kind, details, hand)


def _row(session: Session, code: str, found: Incident) -> dict[str, Any]:
    until = found.due(session.workspace.settings.cases)
    state = "closed" if found.closed else "reported" if found.reported else "open"
    return {
        "node": code,
        "incident": found.id,
        "sort": found.sort,
        "title": found.title,
        "level": found.level,
        "found": found.found,
        "reported": found.reported,
        "closed": found.closed,
        "state": state,
        "due": until,
        "overdue": until is not None and until < _now(),
    }


def _tell(session: Session, code: str, made: Incident, *, as_json: bool) -> None:
    row = _row(session, code, made)
    if as_json:
        emit(row)
        return
    until = say(f"，时限 {row['due']}", f", until {row['due']}") if row["due"] else ""
    tell(f"{made.id}: {row['state']}{until}")


def _instant(text: str | None, option: str = "found") -> str:
    """Return a time as records have it; raises `LakeError` where it is none, or ahead of the clock."""
    if text is None:
        return _now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LakeError(f"--{option} {text!r}: a time is written 2026-11-27T08:00:00Z") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    found = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    if found > _now():
        raise LakeError(f"--{option} {text!r}: lies ahead of the clock")
    return found


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
