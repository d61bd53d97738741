"""`tianlake changes`: which features differ between two releases."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Final

import click
import duckdb

from tianlake.cli.output import table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say, told_changes
from tianlake.lake.answers import answer_text, save_answer
from tianlake.lake.changes import CHANGED, has_geometry
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.since import Difference, changes_since
from tianlake.lake.words import collection_id

FORMATS: Final = ("csv", "geojson", "parquet")

ROWS: Final = f"FROM {CHANGED} ORDER BY id"

LISTED: Final = (
    "SELECT id, change, attributes, "  # noqa: S608
    "[ST_XMin(geometry), ST_YMin(geometry), ST_XMax(geometry), ST_YMax(geometry)] AS bbox "
    f"FROM {CHANGED} ORDER BY id"
)
"""Of features; rows of a plain table are listed as they are."""


@click.command(
    help=say(
        "列出当前版本与另一版本之间变化的要素（《办法》第十二条）",
        "List the features that changed since another release (article 12).",
    )
)
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--product", metavar="ID", required=True, help=say("产品", "The product."))
@click.option(
    "--since",
    metavar="RELEASE",
    help=say("与此版本比较；缺省为前一个版本", "Compare with this release; the one before by default."),
)
@click.option("--format", "form", type=click.Choice(("table", *FORMATS)), help=say("输出格式", "Output format."))
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    help=say("写入文件；格式按扩展名", "Write to a file; its ending tells the format."),
)
@click.option("--json", "as_json", is_flag=True, help=say("输出一个 JSON 文档", "Print one JSON document on stdout."))
@click.pass_obj
def changes(  # noqa: PLR0913 - one argument per option
    session: Session,
    *,
    node: str,
    product: str,
    since: str | None,
    form: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare two releases and print, or write, what differs."""
    chosen = _chosen(form, output, as_json=as_json)
    session.codes(node)
    title = collection_id(node, product)
    with tempfile.TemporaryDirectory(prefix="tianlake-") as place, connect(scratch=Path(place)) as connection:
        found = changes_since(connection, session.store(node), product, since, Path(place))
        placed = has_geometry(connection)
        if chosen == "geojson" and not placed:
            raise LakeError(f"{title}: rows of a plain table have no geometry for geojson; choose csv or parquet")
        listed = connection.sql(LISTED if placed else ROWS)
        tell(f"{title}: {found.release} {told_changes(found.changes)}")
        if output is not None:
            save_answer(connection.sql(ROWS), chosen, output)
            tell(say(f"已写入 {output}", f"wrote {output}"))
        elif chosen == "table":
            header = say("要素 变化 属性 经度,纬度", "id change attributes lon,lat").split()
            table(_cells(listed), header[: len(listed.columns)])
        elif chosen == "json":
            sys.stdout.writelines(_document(listed, node, product, found))
        else:
            sys.stdout.writelines(answer_text(connection.sql(ROWS), chosen))


def _chosen(form: str | None, output: Path | None, *, as_json: bool) -> str:
    """Return the form asked for; raises `LakeError` where options contradict each other."""
    if as_json and (form is not None or output is not None):
        raise LakeError("changes: --json is one document on stdout; leave out --format and -o")
    if output is None:
        if form == "parquet":
            raise LakeError("changes: parquet needs a file: -o FILE")
        return "json" if as_json else form or "table"
    chosen = form or output.suffix.lower().removeprefix(".")
    if chosen not in FORMATS:
        raise LakeError(f"{output}: a file is written as one of {', '.join(FORMATS)}; name one with --format")
    return chosen


def _cells(listed: duckdb.DuckDBPyRelation) -> Iterator[tuple[object, ...]]:
    """Yield one line per feature or row: what became of it in words, and the middle of its box where it has one."""
    words = {
        "added": say("新增", "added"),
        "geometry": say("几何", "geometry"),
        "attributes": say("属性", "attributes"),
        "removed": say("删除", "removed"),
    }
    while batch := listed.fetchmany(4096):
        for name, change, attributes, *boxes in batch:
            yield name, words[change], ", ".join(attributes), *map(_middle, boxes)


def _middle(box: Sequence[float]) -> str:
    west, south, east, north = box
    return f"{(west + east) / 2:.5f},{(south + north) / 2:.5f}"


def _document(listed: duckdb.DuckDBPyRelation, node: str, product: str, found: Difference) -> Iterator[str]:
    """Yield one JSON document piece by piece: there may be a million features."""
    counts = asdict(found.changes)
    counts.pop("base")
    head = {"node": node, "product": product, "release": found.release, "since": found.since, "counts": counts}
    features = answer_text(listed, "json")
    return chain([json.dumps(head, ensure_ascii=False)[:-1], ', "features": '], features, ["}\n"])
