"""`tianlake doctor`: is all well at a node, and what to do where it is not."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, StoreError

SHOWN = ("tianlake", "duckdb", "granian", "boto3", "cryptography")
"""Packages whose versions are told."""


@click.command(
    help=say(
        "体检：设置、磁盘、存储、布局、版本、目录、密钥、证书、时钟、诉求、事件、备份与巡检；每项问题都说明怎么办。"
        "有错误时以 1 退出",
        "Look over a node: settings, disk, store, layout, releases, catalog, keys, certificates, clock, cases, "
        "incidents, backups and patrols; each finding says what to do. Exits with 1 where something is wrong.",
    )
)
@node_option
@as_json
@click.pass_context
def doctor(context: click.Context, *, node: str | None, as_json: bool) -> None:
    """Look over the nodes asked for."""
    session: Session = context.obj
    rows = [row for code in session.codes(node) for row in _looked(session, code)]
    versions = {"python": platform.python_version()} | {name: version(name) for name in SHOWN}
    for row in rows:
        word = say("错误", "wrong") if row["level"] == "wrong" else say("注意", "warning")
        what = say(row["what"]["zh"], row["what"]["en"])
        tell(f"{row['node']}: {row['check']}: {word}: {what} → {row['then']}")
    wrong = [row for row in rows if row["level"] == "wrong"]
    warned = len(rows) - len(wrong)
    tell(say(f"{len(wrong)} 项错误，{warned} 项注意", f"{len(wrong)} wrong, {warned} warnings"))
    tell("; ".join(f"{name} {found}" for name, found in versions.items()))
    if as_json:
        emit({"findings": rows, "versions": versions})
    if wrong:
        context.exit(1)


def _looked(session: Session, code: str) -> Iterator[dict[str, Any]]:
    """Yield what every check finds; one that cannot be made is told as that, and the others go on."""
    from tianlake.cli.ails import Ail  # noqa: PLC0415 - a short command starts fast
    from tianlake.cli.doctoring import CHECKS  # noqa: PLC0415
    from tianlake.lake.plain import Text  # noqa: PLC0415

    for name, check in CHECKS.items():
        try:
            found = list(check(session, code))
        except StoreError as error:
            then = "look at the store, its address ([lake], [aws] in tianlake.toml) and the credentials of this machine"
            found = [Ail("wrong", Text(error.zh, str(error)), then)]
        except LakeError as error:
            found = [Ail("wrong", Text(error.zh, str(error)), "correct that first")]
        except OSError as error:
            why = f"{error.filename or name}: {error.strerror or error}"
            found = [Ail("wrong", Text(why, why), "look at the disk and its rights")]
        for each in found:
            yield {"node": code, "check": name, **asdict(each)}
