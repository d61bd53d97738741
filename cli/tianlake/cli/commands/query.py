"""`tianlake query`: SQL over the published lake."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tianlake.cli.output import table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.answers import FORMATS, answer_text, read_rows, save_answer
from tianlake.lake.errors import LakeError
from tianlake.lake.query import NodeLake, open_lake, read_from, run


@click.command(
    help=say(
        "用 DuckDB 查询已发布的数据：每个产品一个视图，如 n156130000_places",
        "Ask the published lake with DuckDB: one view per product, such as n156130000_places.",
    )
)
@click.argument("statement", metavar='"SELECT …"')
@click.option("--node", metavar="CODE", help=say("只打开此节点的视图", "Only this node's views."))
@click.option(
    "--format", "form", type=click.Choice(("table", *FORMATS)), default=None, help=say("输出格式", "Output format.")
)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    help=say("写入文件；格式按扩展名", "Write to a file; its ending tells the format."),
)
@click.option("--json", "as_json", is_flag=True, help=say("即 --format json", "The same as --format json."))
@click.pass_obj
def query(
    session: Session, *, statement: str, node: str | None, form: str | None, output: Path | None, as_json: bool
) -> None:
    """Run one SELECT over the views of the workspace's nodes."""
    chosen = form or ("json" if as_json else _by_ending(output))
    if chosen == "table" and output is not None:
        raise LakeError(f"{output}: a table is for the terminal; choose --format {', '.join(FORMATS)}")
    if chosen == "parquet" and output is None:
        raise LakeError("query: parquet needs a file: -o FILE")
    settings = session.workspace.settings
    root = session.workspace.root
    lakes = [
        NodeLake(session.card(code), session.store(code), read_from(settings.lake.url, code, root))
        for code in session.codes(node)
    ]
    relation = run(open_lake(lakes, settings.aws), statement)
    if output is not None:
        save_answer(relation, chosen, output)
        tell(say(f"已写入 {output}", f"wrote {output}"))
    elif chosen == "table":
        header, rows = read_rows(relation)
        table(rows, header)
    else:
        sys.stdout.writelines(answer_text(relation, chosen))


def _by_ending(output: Path | None) -> str:
    if output is None:
        return "table"
    form = output.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise LakeError(f"{output}: cannot tell the format from {output.suffix!r}; name one with --format")
    return form
