"""`tianlake ddl`: statements that register the current tables with Athena, Trino or Spark."""

from __future__ import annotations

import re
import sys
from typing import Final, cast

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.ddl import DIALECTS, Engine, engine_ddl
from tianlake.lake.errors import LakeError
from tianlake.lake.query import current_histories, read_from

BUCKET: Final = re.compile(r"s3[an]?://[^'\s]+")


@click.command(
    help=say(
        "在 Athena、Trino 或 Spark 中登记各产品当前数据的语句；见 docs/engines.md",
        "Print statements that register the current tables with Athena, Trino or Spark; see docs/engines.md.",
    )
)
@click.option("--engine", type=click.Choice(list(DIALECTS)), required=True, help=say("引擎", "Whose SQL to print."))
@node_option
@click.option(
    "--data",
    metavar="URL",
    help=say(
        "引擎读取节点数据的地址，可含 {code}；缺省为湖的 s3:// 地址",
        "Where the engine reads a node's objects, {code} for its code; by default the s3:// address of the lake.",
    ),
)
@click.option(
    "--tables",
    metavar="URL",
    help=say(
        "存放各表目录的 s3:// 地址（Athena、Trino 必需）",
        "The s3:// folder of the tables' folders; Athena and Trino need it.",
    ),
)
@as_json
@click.pass_obj
def ddl(
    session: Session, *, engine: str, node: str | None, data: str | None, tables: str | None, as_json: bool
) -> None:
    """Print the statements of the nodes asked for."""
    if engine != "spark" and tables is None:
        raise LakeError(f"--tables: {engine} reads folders of Parquet alone; name a folder for them: s3://BUCKET/PATH/")
    folder = _bucket("--tables", tables) if tables else ""
    found = {}
    for code in session.codes(node):
        settings, root = session.workspace.settings, session.workspace.root
        where = _bucket("--data", data.replace("{code}", code) if data else read_from(settings.lake.url, code, root))
        histories = current_histories(session.store(code))
        found[code] = engine_ddl(cast("Engine", engine), code, histories, where, folder)
    if as_json:
        emit([{"node": code, "sql": sql} for code, sql in found.items()])
    else:
        sys.stdout.write("\n".join(found.values()))


def _bucket(option: str, url: str) -> str:
    """Return an address with a final `/`; an engine elsewhere reads no folder of this machine."""
    if not BUCKET.fullmatch(url):
        raise LakeError(f"{option}: {url!r} is no s3:// address that an engine could read")
    return url.rstrip("/") + "/"
