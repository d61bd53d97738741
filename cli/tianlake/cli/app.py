"""The `tianlake` command group: reads arguments, prints, exits."""

from __future__ import annotations

import logging
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn

import click

from tianlake.cli import help_page
from tianlake.cli.click_words import chinese
from tianlake.cli.output import tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, ManyFaultsError, StoreError

COMMANDS: Final = {
    "init": "workspace:init",
    "demo": "demo:demo",
    "node": "node:node",
    "build": "build:build",
    "check": "check:check",
    "people": "people:people",
    "review": "review:review",
    "publish": "publish:publish",
    "rollback": "publish:rollback",
    "withdraw": "publish:withdraw",
    "releases": "publish:releases",
    "changes": "changes:changes",
    "freshness": "freshness:freshness",
    "serve": "serve:serve",
    "query": "query:query",
    "search": "search:search",
    "ddl": "ddl:ddl",
    "policy": "policy:policy",
    "federate": "federate:federate_nodes",
    "migrate": "migrate:migrate",
    "keys": "keys:keys",
    "replica": "replica:replica",
    "audit": "audit:audit",
    "case": "case:case",
    "incident": "incident:incident",
    "stats": "stats:stats",
    "probe": "probe:probe_nodes",
    "backup": "backup:backup",
    "restore": "restore:restore",
    "patrol": "patrol:patrol",
    "doctor": "doctor:doctor",
    "report": "report:report",
    "evaluate": "evaluate:evaluate",
    "deploy": "deploy:deploy",
    "destroy": "destroy:destroy",
    "cost": "cost:cost",
}
"""Command → module:function. Modules are imported when called, so that a short command starts fast."""


help_page.speak()


class Lazy(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of a node's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return one command, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"tianlake.cli.commands.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a reader of a pipe that went away, as with `| head`, is no error.

        Caught here because click's own answer to it is exit code 1, which stands for findings.
        """
        try:
            code: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            return _leave_stdout(0)
        return code


@click.group(
    cls=Lazy,
    help=say(
        "天湖：把数据源构建为 GeoParquet、PMTiles 和 COG，以不可变版本发布，带 STAC 目录，并提供服务。",
        "Tianlake: build sources into GeoParquet, PMTiles and COG, publish them as immutable releases "
        "with a STAC catalog, and serve them.",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help=say("在此目录中查找工作区", "Look for the workspace from this folder."),
)
@click.version_option(package_name="tianlake")
@click.pass_context
def tianlake(context: click.Context, folder: Path) -> None:
    """Open the session that commands work in."""
    context.obj = Session(folder)


def main() -> NoReturn:
    """Run the command and exit.

    0 done, 1 a check found something, 2 wrong input or refused, 3 a store or network failure, 130 interrupted.
    """
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a locale without Chinese must not stop a command
            stream.reconfigure(errors="backslashreplace")
    try:
        code = tianlake.main(standalone_mode=False)
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "tianlake"
        said = error.format_message()
        code = _tell(say(chinese(said), said), 2, where)
    except (KeyboardInterrupt, RuntimeError) as error:
        if not _is_interruption(error):
            raise
        stopped = say(
            "已中断；已完成的保留，可再次运行同一命令。", "interrupted; what was complete stays: run it again"
        )
        code = _tell(stopped, 130)
    except ManyFaultsError as error:
        code = max(_tell(say(each.zh, str(each)), 2) for each in error.faults)
    except LakeError as error:
        code = _tell(say(error.zh, str(error)), 3 if isinstance(error, StoreError) else 2)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        code = _leave_stdout(_tell(f"{named}{error.strerror or error}", 3))
    sys.exit(code if isinstance(code, int) else 0)


def _is_interruption(error: BaseException) -> bool:
    """Tell Ctrl-C in its three forms: Python's, click's, and that of a statement that DuckDB broke off."""
    return isinstance(error, KeyboardInterrupt | click.Abort) or isinstance(error.__cause__, KeyboardInterrupt)


def _tell(problem: object, code: int, who: str = "tianlake") -> int:
    """Say in one line what went wrong; return the exit code."""
    tell(f"{who}: {' '.join(str(problem).split())}")
    return code


def _leave_stdout(code: int) -> int:
    """Let nothing more be written, or the interpreter would fail once more when it flushes on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Treat SIGTERM as Ctrl-C: scratch files are removed, child processes are ended."""
    raise KeyboardInterrupt
