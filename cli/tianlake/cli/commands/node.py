"""`tianlake node`: the nodes of a workspace, and anybody's name by article 6."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Final

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, table
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.nodes import NodeCard, NodeName
from tianlake.lake.records import dump_record


class WithTree(click.Group):
    """Imports the commands of the tree when one of them is asked for: they need STAC, the others do not."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return [*super().list_commands(ctx), *_OF_TREE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, or None."""
        if cmd_name not in _OF_TREE:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"tianlake.cli.commands.{_OF_TREE[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


_OF_TREE: Final = {"add": "node_tree", "tree": "node_tree", "pins": "node_pins"}
"""Command → its module."""


@click.group(
    cls=WithTree, help=say("节点：名称按《办法》第六条计算", "Nodes; their names follow article 6 of the Measures.")
)
def node() -> None:
    """Group the node commands."""


@node.command("list", help=say("列出工作区的节点", "List the nodes of this workspace."))
@as_json
@click.pass_obj
def list_nodes(session: Session, *, as_json: bool) -> None:
    """Print every node of the workspace."""
    names = [session.name(code) for code in session.codes()]
    if as_json:
        emit([_plain(name) for name in names])
        return
    rows = [(each.code, each.short_name, each.name, each.level, each.parent) for each in names]
    header = say("代码 简称 名称 级别 上级", "code short name level parent").split()
    table(rows, header)


@node.command(help=say("显示一个节点公开的自身信息", "Show what a node publishes of itself."))
@click.argument("code")
@as_json
@click.pass_obj
def show(session: Session, code: str, *, as_json: bool) -> None:
    """Print a node's card."""
    card = session.card(code)
    if as_json:
        emit(json.loads(dump_record(card)))
        return
    settings = card.settings
    rows = [
        (say("代码", "code"), card.code),
        (say("名称", "name"), card.identity.name),
        (say("简称", "short name"), card.identity.short_name),
        (say("级别", "level"), card.identity.level),
        (say("上级", "parent"), card.identity.parent),
        (say("运行维护单位", "operator"), settings.operator.name),
        (say("主管部门", "authority"), settings.authority.name),
        (say("网址", "url"), settings.url),
        (say("托管", "hosting"), _hosting(card)),
        (say("下级", "children"), ", ".join(child.short_name for child in card.children)),
        (say("产品", "products"), ", ".join(session.workspace.product_ids(code))),
    ]
    rows.append((say("签名公钥", "signing key"), _public_key(session, code)))
    table(rows, (say("项目", "field"), say("内容", "value")))


@node.command(help=say("按第六条给出任一节点的名称和简称", "Name any node by article 6: full name and short name."))
@click.argument("code")
@as_json
@click.pass_obj
def name(session: Session, code: str, *, as_json: bool) -> None:
    """Print the two names of a division's node."""
    found = session.name(code)
    if as_json:
        emit(_plain(found))
        return
    click.echo(found.name)
    click.echo(found.short_name)


def _hosting(card: NodeCard) -> str | None:
    if card.settings.hosting == "own":
        return say("自有", "own")
    return say(f"依托 {card.identity.parent}", f"by {card.identity.parent}")


def _public_key(session: Session, code: str) -> str | None:
    """Return the public key that the node's parent registers, where there is one."""
    from tianlake.cli.registry import signing_key  # noqa: PLC0415 - as above
    from tianlake.lake.signed import public_key  # noqa: PLC0415

    seed = signing_key(session.workspace.root, code)
    return public_key(seed) if seed else None


def _plain(name: NodeName) -> object:
    return json.loads(dump_record(name))
