"""`tianlake node add` and `tree`: who is below whom, and how they are doing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_desk
from tianlake.cli.foreign import Wanted, foreign_healths, register_foreign
from tianlake.cli.hosted import host_node
from tianlake.cli.node_key import replace_key
from tianlake.cli.output import emit, table, tell
from tianlake.cli.registry import SIGNING, children, signing_key, write_child, write_parent
from tianlake.cli.session import Session
from tianlake.cli.tree_pins import hosting_of, names_behind
from tianlake.cli.words import say
from tianlake.lake import keys as places
from tianlake.lake.derived import refresh
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.history import published_products
from tianlake.lake.naming import node_name
from tianlake.lake.records import read_record
from tianlake.lake.signed import public_key
from tianlake.lake.store import node_url
from tianlake.lake.trail import Trail
from tianlake.stac.federation.offers import read_offer
from tianlake.stac.federation.records import Health, Registered, read_harvest
from tianlake.stac.federation.sources import SILENCE_S, open_source


@click.command(
    help=say(
        "加入节点树。参数为本工作区的节点代码：生成签名密钥并对外提供目录，上级在本工作区时一并登记；"
        "尚无此节点时，新建为依托上级的节点；"
        "参数为下级或上级节点的地址：核对签名后登记，须用 --key 给出其公钥",
        "Join the tree. With the CODE of a node here: make its signing key, hand its catalog up, and register it where "
        "its parent is here too; one that is not here yet is set up as hosted by its parent. With the URL of a child "
        "or the parent elsewhere: verify its signature and register it; --key is its public key.",
    )
)
@click.argument("target", metavar="CODE|URL")
@click.option("--key", "keys", multiple=True, metavar="ed25519:…", help=say("对方的公钥，可多个", "Its public key."))
@click.option(
    "--new-key",
    is_flag=True,
    help=say("更换签名密钥，由旧密钥在审计记录中签名", "Replace the signing key; the old one signs for the new one."),
)
@click.option(
    "--lost",
    metavar="REASON",
    help=say("与 --new-key 连用：旧密钥已遗失，及其原因", "With --new-key: the one before is lost, and how."),
)
@click.option(
    "--foreign",
    metavar="NAME",
    help=say(
        "登记其他机构的 STAC 目录为来源（参数为其 catalog.json 的地址）",
        "Register a STAC catalog that is no node of the tree as a source, by the URL of its catalog.json.",
    ),
)
@click.option("--ids", default="", help=say("外部目录：只要 id 以此开头的", "Foreign: ids of collections begin so."))
@click.option(
    "--area", metavar="W,S,E,N", help=say("外部目录：只要与此范围相交的", "Foreign: collections touch this box.")
)
@node_option
@as_json
@click.pass_obj
def add(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    target: str,
    keys: tuple[str, ...],
    new_key: bool,
    lost: str | None,
    foreign: str | None,
    ids: str,
    area: str | None,
    node: str | None,
    as_json: bool,
) -> None:
    """Let a node of this workspace take part, or register a child, the parent or a foreign tree elsewhere."""
    if foreign is None and (ids or area or node):
        raise LakeError(f"{target}: --ids, --area and --node are for a foreign catalog; name it: --foreign NAME")
    if foreign is not None:
        if keys or new_key or ":" not in target:
            raise LakeError(f"{target}: a foreign catalog has an address and no key")
        done = register_foreign(session, target, Wanted(foreign, node, ids, area))
    elif ":" in target:
        if new_key:
            raise LakeError(f"{target}: --new-key is for a node of this workspace; its own operator makes its key")
        done = _register(session, target.rstrip("/"), keys)
    else:
        if keys:
            raise LakeError(f"{target}: --key is for a child elsewhere; a node of this workspace gets its own")
        if lost and not new_key:
            raise LakeError(f"{target}: --lost says why a key is replaced; add --new-key")
        done = _join(session, target, new_key=new_key, lost=lost)
    if as_json:
        emit(done)


def _join(session: Session, code: str, *, new_key: bool, lost: str | None) -> dict[str, Any]:
    if code not in session.workspace.node_codes():
        host_node(session, code)
    done = enter(session, code, new_key=new_key, lost=lost)
    refresh(open_desk(session, code))
    if done["made"]:
        file = f"{SIGNING}/{code}.key"
        tell(say(f"{code}：新的签名密钥在 {file}，请备份", f"{code}: its new key is {file}; back it up"))
    tell(say(f"{code}：公钥 {done['key']}", f"{code}: public key {done['key']}"))
    if done["parent"] is not None:
        _tell_registered(done)
    return done


def enter(session: Session, code: str, *, new_key: bool = False, lost: str | None = None) -> dict[str, Any]:
    """Let a node of the workspace take part in the tree: with a key, registered where its parent is here too.

    What it hands up is made when it next publishes. Tells nothing.

    Raises:
        LakeError: There is no such node, nobody knows where the public reads it, or its key is missing.
    """
    card = session.card(code)
    root = session.workspace.root
    if card.settings.url is None:
        raise fault(f"nodes/{code}/node.toml", "url", "a node in the tree needs the address where the public reads it")
    seed = signing_key(root, code)
    made = seed is None or new_key
    if seed is None or new_key:
        seed = replace_key(root, Trail(session.store(code), code, seed), lost)
    done = {"code": code, "key": public_key(seed), "made": made, "parent": None, "below": [], "url": card.settings.url}
    parent = card.identity.parent
    if parent is not None and parent in session.workspace.node_codes():
        place = node_url(session.workspace.settings.lake.url, code)
        raw = {"code": code, "place": place, "url": card.settings.url, "keys": (done["key"],)}
        write_child(root, parent, read_record(Registered, raw, file=f"nodes/{code}/node.toml"))
        done["parent"] = parent
    _know_host(session, code)
    for other in session.workspace.node_codes():
        if session.name(other).parent == code:
            _know_host(session, other)
    return done


def _know_host(session: Session, code: str) -> None:
    """Register the parent of a hosted node at it: what is handed down from further up comes to it by its parent."""
    workspace = session.workspace
    if workspace.node(code).hosting != "parent":
        return
    host = workspace.host(code)
    seed = signing_key(workspace.root, host.code)
    if seed is None or host.url is None:  # it will be known when its own host joins
        return
    place = node_url(workspace.settings.lake.url, host.code)
    raw = {"code": host.code, "place": place, "url": host.url, "keys": (public_key(seed),)}
    write_parent(workspace.root, code, read_record(Registered, raw, file=f"nodes/{host.code}/node.toml"))


def _register(session: Session, place: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not keys:
        rule = "ask the child's operator, who reads it from: tianlake node show CODE"
        raise LakeError(f"{place}: --key: the child's public key is needed; {rule}")
    workspace = session.workspace
    answer = open_source(place, workspace.root, workspace.settings.aws, SILENCE_S, workspace.ca_file).offer()
    if answer is None:
        raise LakeError(f"{place}: {places.OFFER}: answered without an offer")
    offer = read_offer(answer.body, keys, name=f"{place}/{places.OFFER}")
    raw = {"code": offer.node, "place": place, "url": offer.url, "keys": keys}
    registered = read_record(Registered, raw, file=place)
    parent = node_name(offer.node, load_divisions()).parent
    below = [code for code in workspace.node_codes() if session.name(code).parent == offer.node]
    if not below and (parent is None or parent not in workspace.node_codes()):
        known = ", ".join(workspace.node_codes()) or "none"
        rule = f"it is registered at its parent {parent} and its children, which are none of the nodes here: {known}"
        raise LakeError(f"{place}: node {offer.node}: {rule}")
    for code in below:
        write_parent(workspace.root, code, registered)
    if parent not in workspace.node_codes():
        parent = None
    if parent is not None:
        write_child(workspace.root, parent, registered)
    done = {"code": offer.node, "key": keys[0], "made": False, "parent": parent, "below": below, "url": offer.url}
    _tell_registered(done)
    return done


def _tell_registered(done: dict[str, Any]) -> None:
    code, parent, url = done["code"], done["parent"], done["url"]
    for child in done["below"]:
        tell(
            say(
                f"{code} 已登记为 {child} 的上级；查看其提供的文件：tianlake node pins",
                f"{code} is registered as the parent of {child}; see what it hands down: tianlake node pins",
            )
        )
    if parent is None:
        return
    tell(
        say(
            f"{code} 已登记为 {parent} 的下级，公众地址 {url}",
            f"{code} is registered as a child of {parent}, read by the public at {url}",
        )
    )


@click.command(help=say("显示整个节点树及各节点的状态", "Show the whole tree of nodes, and how each is doing."))
@as_json
@click.pass_obj
def tree(session: Session, *, as_json: bool) -> None:
    """Print every node of the workspace and all that its harvests tell of."""
    found = [*_healths(session), *foreign_healths(session)]
    behind, hosting = names_behind(session), hosting_of(session)
    if as_json:
        emit(
            [
                asdict(each)
                | {"name": _name(session, each), "behind": behind.get(each.code, []), "hosting": hosting.get(each.code)}
                for each in found
            ]
        )
        return
    rows = []
    for each, depth in _ordered(found):
        since = each.stale_since if each.state != "fresh" else None
        code, newer = f"{'  ' * depth}{each.code}", ", ".join(behind.get(each.code, ()))
        rows.append(
            (
                code,
                _name(session, each),
                _state(each),
                _hosting(hosting.get(each.code)),
                each.collections,
                each.taken,
                newer,
                since,
                each.reason,
            )
        )
    header = say(
        "代码 名称 状态 托管 目录数 汇聚时间 上级文件待更新 异常自 原因",
        "code name state hosting records taken behind since reason",
    )
    table(rows, header.split())


def _name(session: Session, health: Health) -> str:
    return session.name(health.code).short_name if health.code.isdecimal() else say("外部目录", "foreign")


def _hosting(hosting: str | None) -> str | None:
    return say("依托上级", "hosted") if hosting == "parent" else None


def _state(health: Health) -> str:
    words = {"fresh": say("正常", "fresh"), "stale": say("陈旧", "stale"), "removed": say("移除", "removed")}
    return words[health.state]


def _healths(session: Session) -> list[Health]:
    """Return what is known of each node: what its parent tells, else what is here; one never taken is stale."""
    codes = session.codes()
    found = {code: _own(session, code) for code in codes}
    for code in reversed(codes):  # what the nodes at the top tell comes last, and is what the public is told
        harvest, _info = read_harvest(session.store(code))
        for child in children(session.workspace.root, code):
            if harvest.find(child.code) is None:
                found[child.code] = Health(child.code, code, "stale", 0, reason=say("尚未汇聚", "not taken yet"))
        for each in harvest.children:
            found |= {health.code: health for health in each.health(code)}
    return [found[code] for code in sorted(found)]


def _own(session: Session, code: str) -> Health:
    parent = session.name(code).parent or ""
    return Health(code, parent, "fresh", len(published_products(session.store(code))))


def _ordered(found: list[Health], parent: str | None = None, depth: int = 0) -> list[tuple[Health, int]]:
    """Return the nodes from the top down, each with how deep it lies."""
    codes = {each.code for each in found}
    level = [each for each in found if (each.parent not in codes if parent is None else each.parent == parent)]
    return [line for each in level for line in ((each, depth), *_ordered(found, each.code, depth + 1))]
