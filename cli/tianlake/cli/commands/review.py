"""`tianlake review`: from a candidate to what may be published (articles 9 and 15 of the Measures)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import click

from tianlake.cli.commands._options import as_json, node_option, product_option
from tianlake.cli.output import emit, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.review_words import findings, lines, plain, unlike
from tianlake.cli.reviewing import Asked, asked, looked_at, open_office, reading_office
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.history import read_pointer
from tianlake.lake.people import Signer
from tianlake.lake.reviews import (
    Approval,
    Checked,
    Exemption,
    MapApproval,
    Office,
    Standing,
    Wish,
    day_in_china,
    read_approval,
    read_numbers,
    read_report,
)

release_option = click.option(
    "--release",
    metavar="RELEASE",
    help=say("版本；缺省为待发布的候选版本", "A release by its id; by default the waiting candidate."),
)


@click.group(
    help=say(
        "审核：提交、逐级审核、填审图号、退回、查看；每一步由本人签名",
        "Reviews: submit, approve level by level, record the map approval, reject, show. Each step is signed.",
    )
)
def review() -> None:
    """Group the commands of reviews."""


def _one(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what names one release, and who signs."""
    node = click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
    product = click.option("--product", metavar="ID", required=True, help=say("产品", "The product."))
    return node(product(release_option(signed_by(as_json(click.pass_obj(command))))))


@review.command(help=say("运行政策检查并提交审核", "Run the checks of the policy and submit the release for review."))
@click.option("--remark", default="", help=say("说明", "A remark."))
@_one
def submit(session: Session, /, *, code: str, product: str, release: str | None, remark: str, **who: Any) -> None:  # noqa: ANN401
    """Submit one release."""
    found = asked(session, code, product, release)
    hand = _signer(session, code, who)
    report = looked_at(session, found)
    _tell_findings(report)
    office = open_office(session, code)
    _done(office, office.submit(found.subject, report, hand, remark), who)


@review.command(
    help=say(
        "对同一内容重新运行政策检查，审核通过一级",
        "Run the checks again on the same bytes, and approve one level of the review.",
    )
)
@click.option(
    "--level", type=click.IntRange(1, 9), help=say("第几级；缺省为下一级", "Which level; the next by default.")
)
@click.option("--remark", default="", help=say("说明", "A remark."))
@_one
def approve(
    session: Session,
    /,
    *,
    code: str,
    product: str,
    release: str | None,
    level: int | None,
    remark: str,
    **who: Any,  # noqa: ANN401
) -> None:
    """Sign one level, after checks of one's own."""
    found, hand = asked(session, code, product, release), _signer(session, code, who)
    office = open_office(session, code)
    submitted = _report(office, office.standing(found.subject))

    def check() -> Checked:
        report = looked_at(session, found)
        _tell_findings(report)
        for line in unlike(report, submitted):
            tell(line)
        return report

    _done(office, office.review(found.subject, Wish("review", level, remark), hand, check), who)


@review.command(help=say("退回，说明原因", "Send a release back, with the reason."))
@click.option("--reason", required=True, help=say("原因", "Why; goes on record."))
@_one
def reject(session: Session, /, *, code: str, product: str, release: str | None, reason: str, **who: Any) -> None:  # noqa: ANN401
    """Reject one release."""
    _sign(session, asked(session, code, product, release), Wish("reject", reason=reason), who)


@review.command(
    "map-approve",
    help=say(
        "记录地图审核结果：审图号和批准日期，或免审的理由",
        "Record the map approval (审图号), or an exemption with its reason.",
    ),
)
@click.option(
    "--number", "text", metavar="审图号", help=say("审图号，多个以 / 分隔", "The number; several are joined by /.")
)
@click.option("--approved", metavar="DATE", help=say("批准日期", "Day of the approval: 2026-11-27."))
@click.option("--filed", metavar="DATE", help=say("最近一次备案日期", "Day on which additions were filed last."))
@click.option(
    "--exempt", type=click.Choice(get_args(Exemption)), help=say("免审的情形", "Why no own number is needed.")
)
@click.option("--reason", default="", help=say("免审的理由", "The reason of an exemption."))
@_one
def map_approve(session: Session, /, *, code: str, product: str, release: str | None, reason: str, **said: Any) -> None:  # noqa: ANN401
    """Record what the map authority decided."""
    text, year = said.pop("text"), day_in_china(time.time()).year
    numbers = tuple(each.text for each in read_numbers(text, year)) if text else ()
    days = {name: _day(f"--{name}", said.pop(name)) for name in ("approved", "filed")}
    approval = MapApproval(numbers, exemption=said.pop("exempt"), **days)
    _sign(session, asked(session, code, product, release), Wish("map", reason=reason, map=approval), said)


@review.command(
    help=say("显示审核到了哪一步、谁签了什么、还缺什么", "Show where reviews stand: who signed what, what is missing.")
)
@node_option
@product_option
@release_option
@as_json
@click.pass_obj
def show(session: Session, *, node: str | None, product: str | None, release: str | None, as_json: bool) -> None:
    """Print the reviews of the products asked for."""
    if release is not None and (node is None or product is None):
        raise LakeError(
            "--release: names one release of one product; give --node and --product too",
            zh="--release：指一个产品的一个版本；请同时给出 --node 和 --product",
        )
    rows = []
    for code, recipe in session.products(node, product):
        if recipe.card.access == "internal" and product is None:
            continue
        office = reading_office(session, code)
        standing = office.standing(asked(session, code, recipe.card.id, release).subject)
        rows.append(plain(standing, time.time()))
        if not as_json:
            report, public = _report(office, standing), _public_approval(office, standing)
            for line in lines(standing, office.people, report, time.time(), public=public):
                click.echo(line)
    if as_json:
        emit(rows)


def _report(office: Office, standing: Standing) -> Checked | None:
    """Return the report that a submission is bound to."""
    if standing.round is None:
        return None
    subject = standing.subject
    return read_report(office.store, subject.product, subject.release, standing.round.submitted.bound.report)


def _sign(session: Session, found: Asked, wish: Wish, who: dict[str, Any]) -> None:
    code = found.subject.node
    office = open_office(session, code)
    _done(office, office.sign(found.subject, wish, _signer(session, code, who)), who)


def _public_approval(office: Office, standing: Standing) -> Approval | None:
    """Return the approval that the release is public with; None where it is not the current one of its product."""
    subject = standing.subject
    pointer = read_pointer(office.store, subject.product)
    if pointer is None or pointer.release != subject.release:
        return None
    return read_approval(office.store, subject.product, subject.release)


def _signer(session: Session, code: str, who: dict[str, Any]) -> Signer:
    key_file: Path | None = who["key_file"]
    return signer(session, code, who["person"], key_file)


def _done(office: Office, standing: Standing, who: dict[str, Any]) -> None:
    if who["as_json"]:
        emit(plain(standing, time.time()))
        return
    for line in lines(standing, office.people, None, time.time(), public=_public_approval(office, standing)):
        tell(line)


def _tell_findings(report: Checked) -> None:
    for line in findings(report):
        tell(line)


def _day(name: str, text: str | None) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day in China
    except ValueError:
        raise LakeError(
            f"{name}: must be a day such as 2026-11-27; got {text!r}",
            zh=f"{name}：写日期，如 2026-11-27；现为 {text!r}",
        ) from None
