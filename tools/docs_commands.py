"""Print the reference of the `tianlake` command in Markdown, in the language of the locale, from its definitions."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from tianlake.cli.app import tianlake
from tianlake.cli.words import say


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield a command and all below it, each with the words that call it."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) is not None and not found.hidden:
                yield from commands(found, found.context_class(found, info_name=name, parent=context))


def page() -> str:
    """Return the whole reference."""
    title = say("命令参考", "Commands")
    about = say(
        "由命令自身的定义生成；另一种语言见 [Commands](commands-en.md)。",
        "Made from the command's own definitions; the other language: [命令参考](commands-zh.md).",
    )
    parts = [f"# {title}", about]
    start = tianlake.context_class(tianlake, info_name="tianlake", **tianlake.context_settings)
    for command, context in commands(tianlake, start):
        depth = min(context.command_path.count(" ") + 2, 4)
        parts += [f"{'#' * depth} {context.command_path}", f"```text\n{command.get_help(context).rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
