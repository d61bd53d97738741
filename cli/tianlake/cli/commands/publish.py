"""`tianlake publish`, `rollback`, `withdraw`, `releases`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from tianlake.build.candidates import CandidateFolder, latest_candidate
from tianlake.cli.commands._options import as_json, node_option, product_option
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, size, table, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.words import say, told_changes
from tianlake.lake import publishing
from tianlake.lake.derived import Desk
from tianlake.lake.describe import History
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.history import known_products, read_history, read_pointer, read_release
from tianlake.lake.recipes import Recipe
from tianlake.lake.reviews import read_approval
from tianlake.lake.tables import is_compared
from tianlake.lake.words import Text, collection_id

SENDING = Text("发布", "publish")


@click.command(help=say("发布候选版本：写入不可变文件，再一次移动指针", "Publish candidates as immutable releases."))
@node_option
@product_option
@as_json
@click.pass_obj
def publish(session: Session, *, node: str | None, product: str | None, as_json: bool) -> None:
    """Publish the candidates of the products asked for."""
    done = publish_all(session, node, product)
    if as_json:
        emit(done)


def publish_all(session: Session, node: str | None, product: str | None) -> list[dict[str, object]]:
    """Publish candidates one after the other and tell how it went; all are there before the first is sent."""
    recipes = session.products(node, product)
    if product is None:
        recipes = [(code, recipe) for code, recipe in recipes if not _stays_inside(session, code, recipe)]
    candidates = [_candidate(session, code, recipe) for code, recipe in recipes]
    done: list[dict[str, object]] = []
    for folder in candidates:
        code, name = folder.candidate.node, folder.candidate.card.id
        title = collection_id(code, name)
        desk = open_desk(session, code)
        release = publishing.seal(folder.candidate, folder.path, desk.node, desk.describer)
        _warn_of_other_base(desk, release)
        total = sum(entry.size for entry in release.manifest.files)
        before = read_approval(desk.store, name, release.manifest.release)
        with steps(title)(SENDING, total) as advance:
            moved = publishing.publish(desk, release, done=advance)
        renewed = not moved and before != read_approval(desk.store, name, release.manifest.release)
        changes = folder.candidate.changes
        own = {"node": code, "product": name, "release": release.manifest.release, "moved": moved, "bytes": total}
        own |= {"renewed": renewed}
        done.append(own | {"changes": None if changes is None else asdict(changes)})
        counts = f"; {told_changes(changes)}" if changes and moved else ""
        tell(f"{title}: {_result(release.manifest.release, total, moved=moved, renewed=renewed)}{counts}")
    return done


def _stays_inside(session: Session, code: str, recipe: Recipe) -> bool:
    """Tell whether a product is internal, and say so: what was published of it before is not left unnoticed.

    Raises:
        LakeError: It became internal, and a release from before is still out.
    """
    if recipe.card.access != "internal":
        return False
    title = collection_id(code, recipe.card.id)
    if read_pointer(session.store(code), recipe.card.id) is not None:
        command = f"tianlake withdraw --node {code} --product {recipe.card.id} --reason …"
        raise LakeError(
            f"{title}: access is 'internal' now, but a release is still published; take it down: {command}",
            zh=f"{title}：access 已改为 internal，但仍有已发布的版本；请撤下：{command}",
        )
    tell(say(f"{title}: access 为 internal，不发布", f"{title}: access is 'internal', not published"))
    return True


def _warn_of_other_base(desk: Desk, release: publishing.Release) -> None:
    """Tell that the counts of changes are not those since the current release."""
    product = release.manifest.candidate.card.id
    pointer = read_pointer(desk.store, product)
    if pointer is None or pointer.release == release.manifest.release:
        return
    try:
        current = read_release(desk.store, product, pointer.release)
    except NotFoundError:  # a damaged lake; what is published now mends it
        return
    if is_compared(release.manifest.candidate, current.manifest):
        return
    command = f"tianlake build --force --node {desk.node.code} --product {product}"
    title = collection_id(desk.node.code, product)
    tell(
        say(
            f"{title}: 当前版本 {pointer.release} 不是构建时比较的版本；如需准确的变化，请重新构建：{command}",
            f"{title}: the current release {pointer.release} is not the one that this build was compared with; "
            f"for exact changes build again: {command}",
        )
    )


def _candidate(session: Session, code: str, recipe: Recipe) -> CandidateFolder:
    """Return what is to be published of a product.

    Raises:
        LakeError: Nothing was built, or what the recipe says of the product is not what was built: it may say now
            that others must not see it. Or a layer of the node shows tiles that were not built.
    """
    title = collection_id(code, recipe.card.id)
    command = f"tianlake build --node {code} --product {recipe.card.id}"
    folder = latest_candidate(session.workspace.state, code, recipe.card.id)
    if folder is None:
        raise LakeError(f"{title}: nothing was built yet; run: {command}", zh=f"{title}：尚未构建；请运行：{command}")
    if folder.candidate.card != recipe.card:
        raise LakeError(
            f"{title}: the recipe was changed since the build; run: {command}",
            zh=f"{title}：构建之后配方已改；请运行：{command}",
        )
    session.check_layers(folder.candidate, recipe)
    return folder


def _result(release: str, total: int, *, moved: bool, renewed: bool) -> str:
    if renewed:
        return say(f"{release} 已是当前版本，审核记录已更新", f"{release} is current already; its approval was renewed")
    if moved:
        return say(f"已发布 {release}，{size(total)}", f"published {release}, {size(total)}")
    return say(f"{release} 已是当前版本", f"{release} is current already")


@click.command(help=say("把指针移回较早的版本", "Move a product's pointer back to an earlier release."))
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--product", metavar="ID", required=True, help=say("产品", "The product."))
@click.option("--to", metavar="RELEASE", help=say("目标版本；缺省为前一个", "Which one; the one before by default."))
@as_json
@click.pass_obj
def rollback(session: Session, *, node: str, product: str, to: str | None, as_json: bool) -> None:
    """Roll one product back."""
    release = publishing.rollback(open_desk(session, node), product, to)
    title = collection_id(node, product)
    tell(say(f"{title}: 当前版本为 {release}", f"{title}: {release} is current"))
    if as_json:
        emit({"node": node, "product": product, "release": release})


@click.command(help=say("撤下产品：指针移除，所有版本删除", "Take a product down: no pointer, releases deleted."))
@click.option("--node", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--product", metavar="ID", required=True, help=say("产品", "The product."))
@click.option("--reason", required=True, help=say("原因，将被记录", "Why; goes on record."))
@click.option("--yes", is_flag=True, help=say("不再询问", "Do not ask."))
@as_json
@click.pass_obj
def withdraw(session: Session, *, node: str, product: str, reason: str, yes: bool, as_json: bool) -> None:
    """Withdraw one product."""
    title = collection_id(node, product)
    question = say(
        f"将删除 {title} 的全部已发布版本，无法恢复。继续？",
        f"This deletes every published release of {title} for good. Go on?",
    )
    if not yes and not _confirmed(question):
        raise LakeError(
            say("未确认，未删除任何内容；--yes 表示不再询问", "not confirmed, nothing was deleted; --yes does not ask")
        )
    gone = publishing.withdraw(open_desk(session, node), product, reason)
    tell(say(f"{title}: 已撤下 {len(gone)} 个版本", f"{title}: {len(gone)} releases withdrawn"))
    if as_json:
        emit({"node": node, "product": product, "withdrawn": gone})


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:  # Ctrl-C, or nobody there to answer
        return False


@click.command(help=say("列出已发布的版本", "List what was published."))
@node_option
@product_option
@as_json
@click.pass_obj
def releases(session: Session, *, node: str | None, product: str | None, as_json: bool) -> None:
    """List releases, the current one marked."""
    histories = [
        (code, read_history(session.store(code), name)[0])
        for code in session.codes(node)
        for name in known_products(session.store(code))
        if product in {None, name}
    ]
    if product is not None and not histories:
        raise LakeError(
            f"{product}: no release of such a product is in the lake", zh=f"{product}：库中没有这个产品的版本"
        )
    rows = [row for code, history in histories for row in _rows(code, history)]
    if as_json:
        emit(rows)
        return
    header = say("节点 产品 版本 状态 大小 要素数", "node product release state size features").split()
    table([_cells(row) for row in rows], header)


def _rows(code: str, history: History) -> list[dict[str, object]]:
    """Return a product's releases as programs read them, oldest first."""
    own = {"node": code, "product": history.product}
    kept = [
        {
            **own,
            "release": each.manifest.release,
            "current": each.manifest.release == history.current,
            "bytes": sum(entry.size for entry in each.manifest.files),
            "features": each.manifest.candidate.quality.written,
        }
        for each in history.releases
    ]
    gone = [
        {**own, "release": stone.release, "current": False, "withdrawn": stone.withdrawn, "reason": stone.reason}
        for stone in history.withdrawn
    ]
    return sorted([*kept, *gone], key=lambda row: str(row["release"]))


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    """Return one release as a line of the table."""
    state = say("当前", "current") if row["current"] else ""
    if "withdrawn" in row:
        state = say("已撤下 {withdrawn}：{reason}", "withdrawn {withdrawn}: {reason}").format_map(row)
    measure = size(row["bytes"]) if "bytes" in row else None
    return row["node"], row["product"], row["release"], state, measure, row.get("features") or None
