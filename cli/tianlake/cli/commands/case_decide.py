"""`tianlake case decide`: grant or refuse, with the legal ground; a grant names exactly what goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from tianlake.cli.casework import Bench
from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.case_list import plain, told_state
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, tell
from tianlake.cli.persons import signed_by, signer
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.cases.book import Act
from tianlake.lake.cases.steps import check_order
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Target
from tianlake.lake.records import read_record
from tianlake.lake.trail import Act as Entry

_SIDES: Final = 4


@click.command(
    "decide",
    help=say(
        "决定：--grant 同意并指明删除什么，或 --refuse 不予处理；依据和理由必填",
        "Decide: --grant and name what goes (by id, area, value, column, or the whole product), or --refuse.",
    ),
)
@click.argument("case_id", metavar="CASE")
@click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
@signed_by
@click.option("--grant/--refuse", "grant", required=True, default=None, help=say("同意/不予处理", "Grant or refuse."))
@click.option("--basis", required=True, help=say("法律依据；写入签名步骤", "Legal ground; stands in the signed step."))
@click.option("--reason", required=True, help=say("理由；加密保存", "Why; kept sealed."))
@click.option("--product", metavar="ID", help=say("产品", "The product it is about."))
@click.option("--id", "ids", metavar="ID", multiple=True, help=say("要素标识，可重复", "A feature by its id; repeat."))
@click.option("--where", "values", metavar="COLUMN=VALUE", multiple=True, help=say("属性等于此值", "By a value."))
@click.option("--area", "areas", metavar="W,S,E,N|WKT", multiple=True, help=say("范围（CGCS2000 度）", "By an area."))
@click.option("--column", "columns", metavar="COLUMN", multiple=True, help=say("清空此属性", "Empty an attribute."))
@click.option("--anew", is_flag=True, help=say("取代写错的决定", "Replace a grant that named the wrong thing."))
@click.option("--whole", is_flag=True, help=say("整个产品", "The whole product."))
@as_json
@click.pass_obj
def decide_one(
    session: Session,
    /,
    *,
    case_id: str,
    code: str,
    person: str,
    key_file: Path | None,
    grant: bool,
    **said: Any,  # noqa: ANN401 - what its options say
) -> None:
    """Decide one case."""
    session.codes(code)
    bench = Bench(session, code)
    hand = signer(session, code, person, key_file)
    target = _target(said) if grant else None
    if target is not None:
        session.workspace.recipe(code, target.product)
    decision = "grant" if grant else "refuse"
    targets = [_public(target)] if target else []
    details = {"decision": decision, "basis": said["basis"], "targets": targets}
    if said["anew"]:
        details["anew"] = True
    check_order(bench.book.find(case_id), "decide", details)
    if target is not None:
        bench.refuse_unknown(case_id, target)
    entry = Entry("case.decide", case_id, person, {"decision": decision, "targets": targets})
    open_desk(session, code).trail.record(entry)
    told = {"reason": said["reason"], "targets": [_plain(target)] if target else []}
    made = bench.book.take(case_id, Act("decide", details, told), hand, bench.box())
    if said["as_json"]:
        emit(plain(made, bench.settings))
    else:
        tell(told_state(made, bench.settings))


def _target(said: dict[str, Any]) -> Target:
    """Return what is to go; raises `LakeError` where nothing, or too much at once, is named."""
    if said["product"] is None:
        raise LakeError("case decide: --grant needs the product: --product ID", zh="决定：同意时须指明产品：--product")
    parts = ("ids", "values", "areas", "columns")
    named = [name for name in parts if said[name]] + (["whole"] if said["whole"] else [])
    if not named:
        raise LakeError(
            "case decide: --grant names what goes: --id, --where, --area, --column or --whole",
            zh="决定：同意时须指明删除什么：--id、--where、--area、--column 或 --whole",
        )
    if len(named) > 1 and {"whole", "columns"} & set(named):
        raise LakeError(
            "case decide: an attribute or the whole product goes by a case of its own",
            zh="决定：清空属性或撤下整个产品须单独立案",
        )
    raw = {
        "product": said["product"],
        "ids": said["ids"],
        "values": tuple(_value(each) for each in said["values"]),
        "areas": tuple(_area(each) for each in said["areas"]),
        "columns": said["columns"],
        "whole": said["whole"],
    }
    return read_record(Target, raw, file="case decide")


def _value(text: str) -> tuple[str, str]:
    column, mark, value = text.partition("=")
    if not (column and mark and value):
        raise LakeError(f"--where {text!r}: is written COLUMN=VALUE", zh=f"--where {text!r}：写法为 列=值")
    return column, value


def _area(text: str) -> str:
    """Return an area as WKT; raises `LakeError` where it is neither that nor a box."""
    sides = text.split(",")
    if len(sides) == _SIDES and not text.lstrip()[:1].isalpha():
        try:
            west, south, east, north = map(float, sides)
        except ValueError:
            raise LakeError(
                f"--area {text!r}: a box is written WEST,SOUTH,EAST,NORTH in degrees",
                zh=f"--area {text!r}：范围写法为 西,南,东,北（度）",
            ) from None
        if west >= east or south >= north:
            raise LakeError(
                f"--area {text!r}: west must be less than east, and south less than north",
                zh=f"--area {text!r}：西须小于东，南须小于北",
            )
        return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
    if not text.upper().startswith(("POLYGON", "MULTIPOLYGON")):
        raise LakeError(
            f"--area {text[:60]!r}: is WKT of a POLYGON, or WEST,SOUTH,EAST,NORTH",
            zh=f"--area {text[:60]!r}：须为 POLYGON 的 WKT，或 西,南,东,北",
        )
    return text


def _public(target: Target) -> dict[str, Any]:
    """Return what may be told of a target: its product, and in how many ways what goes is named."""
    counts = {name: len(getattr(target, name)) for name in ("ids", "values", "areas", "columns")}
    return {"product": target.product, "whole": target.whole} | {name: n for name, n in counts.items() if n}


def _plain(target: Target) -> dict[str, Any]:
    return {
        "product": target.product,
        "ids": list(target.ids),
        "values": [list(each) for each in target.values],
        "areas": list(target.areas),
        "columns": list(target.columns),
        "whole": target.whole,
    }
