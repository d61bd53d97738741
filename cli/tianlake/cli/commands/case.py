"""`tianlake case`: requests to change or remove information, and what becomes of them (article 18 of the Measures)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from tianlake.cli.casework import Bench
from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.case_apply import apply_one, prove_one
from tianlake.cli.commands.case_decide import decide_one
from tianlake.cli.commands.case_list import list_cases, show_one
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake import keys
from tianlake.lake.cases.book import Act
from tianlake.lake.cases.letters import read_letter
from tianlake.lake.cases.receipts import case_of, new_receipt
from tianlake.lake.cases.steps import STATES, Ground, Standing, Wish, later
from tianlake.lake.errors import LakeError, ManyFaultsError, NotFoundError
from tianlake.lake.trail import Act as Entry

node_of_case = click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))


@click.group(
    help=say(
        "诉求：受理、报告、决定、处理、核验、办结（《办法》第十八条）",
        "Requests to change or remove information: received, reported, decided, applied, proved, closed (article 18).",
    )
)
def case() -> None:
    """Group the commands of cases."""


case.add_command(decide_one)
case.add_command(apply_one)
case.add_command(prove_one)
case.add_command(list_cases)
case.add_command(show_one)


@case.command(
    "form",
    help=say(
        "开放或关闭公众诉求接口（POST /cases）", "Open the public form (POST /cases) of a node, or close it: --closed."
    ),
)
@node_of_case
@click.option("--closed", is_flag=True, help=say("关闭", "Close it."))
@as_json
@click.pass_obj
def form(session: Session, *, code: str, closed: bool, as_json: bool) -> None:
    """Let servers take in requests, or no longer."""
    bench = _bench(session, code)
    if closed:
        bench.store.delete(keys.CASES_BOX)
    else:
        bench.open_form()
    if as_json:
        emit({"node": code, "open": not closed})
    elif closed:
        tell(say(f"{code}：公众诉求接口已关闭", f"{code}: the public form is closed"))
    else:
        _tell_open(bench, code)


def _tell_open(bench: Bench, code: str) -> None:
    tell(
        say(
            f"{code}：公众诉求接口已开放（POST /cases）；私钥 signing/{bench.key_name}.key 只在此工作区，请备份",
            f"{code}: the public form is open (POST /cases); its private key is signing/{bench.key_name}.key, here "
            "alone: back it up",
        )
    )


@case.command(
    "open",
    help=say(
        "受理：CASE 为公众已提交的诉求；不给 CASE 则由人员登记一件",
        "Open a case: CASE that the public form took in, or a new one that somebody brought otherwise.",
    ),
)
@click.argument("case_id", metavar="[CASE]", required=False)
@node_of_case
@signed_by
@click.option(
    "--wish",
    type=click.Choice(get_args(Wish)),
    default="remove",
    show_default=True,
    help=say("希望删除或更正", "What is wanted: removal or correction."),
)
@click.option(
    "--ground",
    type=click.Choice(get_args(Ground)),
    default="privacy",
    show_default=True,
    help=say("理由", "On what ground."),
)
@click.option("--text", default="", help=say("诉求内容；加密保存", "What is asked for; kept sealed."))
@click.option("--contact", default="", help=say("联系方式；加密保存", "How to reach who asks; kept sealed."))
@as_json
@click.pass_obj
def open_one(
    session: Session,
    /,
    *,
    code: str,
    case_id: str | None,
    person: str,
    key_file: Path | None,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Open one case."""
    bench, as_json = _bench(session, code), said.pop("as_json")
    hand = signer(session, code, person, key_file)
    receipt = None
    if case_id is None:
        receipt = new_receipt(datetime.fromtimestamp(time.time(), UTC))
        name, told = case_of(receipt), {**said, "source": "officer", "received": _now(), "receipt": receipt}
        if not said["text"].strip():
            raise LakeError(
                "case open: say what is asked for: --text, or name a case that the form took in",
                zh="受理：请写明诉求（--text），或指明公众提交的诉求",
            )
    else:
        name, told = case_id, _filed(bench, case_id)
    box = bench.box()
    details = {each: told[each] for each in ("wish", "ground", "received", "source")}
    _record(session, bench, Entry("case.open", name, person, {"ground": details["ground"], "wish": details["wish"]}))
    made = bench.book.take(name, Act("open", details, told), hand, box)
    if case_id is not None:
        bench.store.delete(keys.case_filed(name))
        bench.remains.erase(keys.case_filed(name))
    _tell(bench, made, as_json=as_json, receipt=receipt)


@case.command(help=say("报告主管部门", "Put on record that the authority was told."))
@click.argument("case_id", metavar="CASE")
@node_of_case
@signed_by
@click.option("--authority", help=say("主管部门；缺省为节点的主管部门", "The authority; the node's by default."))
@click.option("--number", default="", help=say("报告文号", "Number of the report."))
@as_json
@click.pass_obj
def report(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    code: str,
    case_id: str,
    person: str,
    key_file: Path | None,
    authority: str | None,
    number: str,
    as_json: bool,
) -> None:
    """Report one case."""
    bench = _bench(session, code)
    hand = signer(session, code, person, key_file)
    told = authority or session.workspace.node(code).authority.name
    _refuse_early(bench, case_id, {"received"})
    _record(session, bench, Entry("case.report", case_id, person, {"authority": told, "number": number}))
    made = bench.book.take(case_id, Act("report", {"authority": told, "number": number}), hand)
    _tell(bench, made, as_json=as_json)


@case.command(
    help=say(
        "办结；--erase 销毁到期的记录",
        "Close a case; --erase destroys the sealed records whose time is over, of all cases where none is named.",
    )
)
@click.argument("case_id", metavar="[CASE]", required=False)
@node_of_case
@signed_by
@click.option("--erase", is_flag=True, help=say("销毁到期的记录", "Erase records whose time is over."))
@as_json
@click.pass_obj
def close(  # noqa: PLR0913 - one for each option
    session: Session, *, code: str, case_id: str | None, person: str, key_file: Path | None, erase: bool, as_json: bool
) -> None:
    """Close one case, or erase what is due."""
    bench = _bench(session, code)
    hand = signer(session, code, person, key_file)
    if erase:
        chosen, unread = ([bench.book.find(case_id)], {}) if case_id else bench.book.all()
        due = [each for each in chosen if each.state == "closed" and (each.erase_after or "") <= _now()]
        if case_id and not due:
            raise LakeError(
                f"case {case_id}: its record is kept until {chosen[0].erase_after}, or it is not closed",
                zh=f"诉求 {case_id}：记录保存至 {chosen[0].erase_after}，或尚未办结",
            )
        for each in due:
            _record(session, bench, Entry("case.close", each.id, person, {"erased": True}))
            gone = bench.book.erase(each.id, bench.remains)
            _tell(bench, bench.book.take(each.id, Act("erase", {"objects": gone}), hand), as_json=as_json)
        if unread:
            raise ManyFaultsError(list(unread.values()))
        return
    if case_id is None:
        raise LakeError("case close: name the case, or say --erase", zh="办结：请指明诉求，或用 --erase")
    _refuse_early(bench, case_id, {"refused", "proved"})
    until = later(_now(), bench.settings.retention_days)
    _record(session, bench, Entry("case.close", case_id, person, {"erase_after": until}))
    _tell(bench, bench.book.take(case_id, Act("close", {"erase_after": until}), hand), as_json=as_json)


def _filed(bench: Bench, case_id: str) -> dict[str, Any]:
    """Return what the public form took in; raises `LakeError` where there is no such thing."""
    key = keys.case_filed(case_id)
    try:
        letter = bench.store.get(key)[1]
    except NotFoundError:
        raise LakeError(
            f"case {case_id}: the form took in no such request; see: tianlake case list",
            zh=f"诉求 {case_id}：公众没有提交过这件诉求；请查看：tianlake case list",
        ) from None
    return read_letter(letter, bench.secret, case_id, file=key)


def _bench(session: Session, code: str) -> Bench:
    session.codes(code)
    return Bench(session, code)


def _record(session: Session, bench: Bench, entry: Entry) -> None:
    open_desk(session, bench.code).trail.record(entry)


def _refuse_early(bench: Bench, case_id: str, wanted: set[str]) -> None:
    """Refuse a step before it goes on record where it may not follow; raises `LakeError`."""
    found = bench.book.find(case_id)
    if found.state not in wanted:
        told = " / ".join(STATES[each].en for each in STATES if each in wanted)
        raise LakeError(
            f"case {case_id}: the case is {STATES[found.state].en}; this comes when it is: {told}",
            zh=f"诉求 {case_id}：现为“{STATES[found.state].zh}”，此时不能做这一步；请查看：tianlake case list",
        )


def _tell(bench: Bench, made: Standing, *, as_json: bool, receipt: str | None = None) -> None:
    from tianlake.cli.commands.case_list import plain, told_state  # noqa: PLC0415 - which imports nothing of this

    if as_json:
        emit(plain(made, bench.settings) | ({"receipt": receipt} if receipt else {}))
        return
    tell(told_state(made, bench.settings))
    if receipt:
        tell(say(f"回执编号 {receipt}，交给提出人查询", f"receipt {receipt}: give it to who asked"))


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
