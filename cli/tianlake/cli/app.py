"""The `tianlake` command group: reads arguments, prints, exits."""

from __future__ import annotations

import logging
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import click

from tianlake.cli.output import tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, StoreError

COMMANDS: Final = {
    "init": "workspace:init",
    "demo": "demo:demo",
    "node": "node:node",
    "build": "build:build",
    "publish": "publish:publish",
    "rollback": "publish:rollback",
    "withdraw": "publish:withdraw",
    "releases": "publish:releases",
    "serve": "serve:serve",
    "query": "query:query",
}
"""Command → module:function. Modules are imported when called, so that a short command starts fast."""


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
    """Run the command and exit: 0 done, 1 a check found something, 2 wrong input or refused, 3 a store failed."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = tianlake.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        tell(say("已中断；工作区和湖保持原样。", "Interrupted; workspace and lake are as they were."))
        sys.exit(130)
    except StoreError as error:
        tell(f"tianlake: {error}")
        sys.exit(3)
    except LakeError as error:
        tell(f"tianlake: {error}")
        sys.exit(2)
    except BrokenPipeError:  # the reader of a pipe went away, as with `| head`
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Treat SIGTERM as Ctrl-C: scratch files are removed, child processes are ended."""
    raise KeyboardInterrupt
