"""`tianlake case list`, `show`: how cases stand, and which of them are overdue."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

import click

from tianlake.cli.casework import Bench
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake import keys
from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.cases.steps import CASE_ID, STATES, Standing, StepKind, due, later, next_command
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Text

UNREADABLE: Final = "unreadable"
_OWN_STATES: Final = {
    "filed": Text("公众已提交", "filed by the public"),
    UNREADABLE: Text("无法读取", "cannot be read"),
}
"""States of what is no case yet, or none that can be read."""
_UNKNOWN: Final = dict.fromkeys(("wish", "ground", "received", "since", "next", "due")) | {
    "state": UNREADABLE,
    "overdue": False,
}


@click.command(
    "list",
    help=say(
        "列出诉求、时限和逾期；--check：有逾期或无法读取的则以 1 退出",
        "List cases, until when the next step is due, and which are overdue. --check exits with 1 where one is, or "
        "cannot be read.",
    ),
)
@node_option
@click.option("--all", "every", is_flag=True, help=say("包括已办结的", "Closed ones too."))
@click.option("--check", is_flag=True, help=say("有逾期则以 1 退出", "Exit with 1 where something is overdue."))
@as_json
@click.pass_context
def list_cases(context: click.Context, *, node: str | None, every: bool, check: bool, as_json: bool) -> None:
    """Print one line per case."""
    session: Session = context.obj
    rows = [row for code in session.codes(node) for row in case_rows(Bench(session, code), every=every)]
    if as_json:
        emit(rows)
    else:
        header = say("节点 诉求 状态 收到 下一步 时限 逾期", "node case state received next due overdue").split()
        table([_cells(row) for row in rows], header)
    for row in rows:
        if row["state"] == UNREADABLE:
            tell(say(f"{row['case']}：无法读取：{row['error']}", f"{row['case']}: cannot be read: {row['error']}"))
    if check and any(row["overdue"] or row["state"] == UNREADABLE for row in rows):
        context.exit(1)


@click.command("show", help=say("显示一件诉求的加密内容和各步骤", "Show the steps of a case and what is sealed in it."))
@click.argument("case_id", metavar="CASE")
@click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--json", is_flag=True, expose_value=False, help=say("总是 JSON", "It is JSON in any case."))
@click.pass_obj
def show_one(session: Session, *, case_id: str, code: str) -> None:
    """Print one case as JSON; only who has the node's private key of cases can."""
    session.codes(code)
    bench = Bench(session, code)
    found = bench.book.find(case_id)
    kinds: tuple[StepKind, ...] = ("open", "decide")
    sealed = {kind: bench.book.told(found, kind, bench.secret) for kind in kinds if kind in found.parts}
    steps = [
        {"kind": each.kind, "at": each.at, "by": each.by, "details": dict(each.details)}
        for each in bench.book.steps(case_id)
    ]
    emit(plain(found, bench.settings) | {"steps": steps, "sealed": sealed})


def plain(case: Standing, settings: CaseSettings) -> dict[str, Any]:
    """Return how a case stands as programs read it."""
    until = due(case, settings)
    return {
        "case": case.id,
        "state": case.state,
        "wish": case.wish,
        "ground": case.ground,
        "received": case.received,
        "since": case.since,
        "next": next_command(case) or None,
        "due": until,
        "overdue": until is not None and until < _now(),
    }


def told_state(case: Standing, settings: CaseSettings) -> str:
    """Return how a case stands in a line."""
    until, verb = due(case, settings), next_command(case)
    later_on = say(f"；下一步 {verb}，时限 {until}", f"; next: {verb}, until {until}") if verb and until else ""
    return f"{case.id}: {told(STATES[case.state])}{later_on}"


def case_rows(bench: Bench, *, every: bool) -> list[dict[str, Any]]:
    """Return how the cases of a node stand, as programs read it; `every`: closed ones, too."""
    found, unread = bench.book.all()
    rows = [plain(each, bench.settings) for each in found if every or each.state != "erased"]
    rows = [row for row in rows if every or row["state"] != "closed" or row["overdue"]]
    damaged = [_UNKNOWN | {"case": case, "error": str(error)} for case, error in unread.items()]
    return [{"node": bench.code, **row} for row in (*_filed(bench), *rows, *damaged)]


def _filed(bench: Bench) -> list[dict[str, Any]]:
    """Return the requests that the form took in and nobody has opened."""
    found = []
    for info in bench.store.list(keys.CASES_FILED):
        name = info.key.removeprefix(keys.CASES_FILED).removesuffix(".bin")
        if not CASE_ID.fullmatch(name):
            raise LakeError(f"{info.key}: is no request of the form; remove it")
        received = datetime.fromtimestamp(info.modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        until = later(received, bench.settings.report_days)
        own = {"case": name, "state": "filed", "wish": None, "ground": None, "received": received, "since": received}
        found.append(own | {"next": "open", "due": until, "overdue": until < _now()})
    return found


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    own = _OWN_STATES.get(row["state"])
    state = told(own or STATES[row["state"]])
    late = say("逾期", "overdue") if row["overdue"] else ""
    return row["node"], row["case"], state, row["received"], row["next"], row["due"], late


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
