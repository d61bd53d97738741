"""`tianlake query`: SQL over the published lake."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tianlake.cli.output import emit, table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.answers import FORMATS, read_rows, write_answer
from tianlake.lake.errors import LakeError
from tianlake.lake.query import NodeLake, open_lake, run
from tianlake.lake.store import node_url


@click.command(
    help=say(
        "用 DuckDB 查询已发布的数据：每个产品一个视图，如 n156130000_places",
        "Ask the published lake with DuckDB: one view per product, such as n156130000_places.",
    )
)
@click.argument("statement", metavar='"SELECT …"')
@click.option("--node", metavar="CODE", help=say("只打开此节点的视图", "Only this node's views."))
@click.option("--format", "form", type=click.Choice(FORMATS), default=None, help=say("输出格式", "Output format."))
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("写入文件；格式按扩展名", "Write to a file; its ending tells the format."),
)
@click.option("--json", "as_json", is_flag=True, help=say("即 --format json", "The same as --format json."))
@click.pass_obj
def query(
    session: Session, *, statement: str, node: str | None, form: str | None, output: Path | None, as_json: bool
) -> None:
    """Run one SELECT over the views of the workspace's nodes."""
    chosen = form or ("json" if as_json else _by_ending(output))
    settings = session.workspace.settings
    lakes = [NodeLake(session.card(code), session.store(code), _url(session, code)) for code in session.codes(node)]
    relation = run(open_lake(lakes, settings.aws), statement)
    if output is None and chosen in {"table", "json"}:
        header, rows = read_rows(relation)
        if chosen == "table":
            table(rows, header)
        else:
            emit([dict(zip(header, row, strict=True)) for row in rows])
        return
    if output is None and chosen == "parquet":
        raise LakeError("query: parquet needs a file: -o FILE")
    if output is None:
        click.echo(write_answer(relation, chosen, None), nl=False)
        return
    write_answer(relation, chosen, output)
    tell(say(f"已写入 {output}", f"wrote {output}"))


def _by_ending(output: Path | None) -> str:
    if output is None:
        return "table"
    form = output.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise LakeError(f"{output}: cannot tell the format from {output.suffix!r}; name one with --format")
    return form


def _url(session: Session, code: str) -> str:
    """Return where DuckDB reads a node's objects, with a final `/`."""
    url = node_url(session.workspace.settings.lake.url, code)
    if url.startswith("s3://"):
        return f"{url}/"
    return os.path.join(session.workspace.root, url.removeprefix("file:"), "")  # noqa: PTH118 - keeps the final /
