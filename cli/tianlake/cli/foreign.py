"""Foreign trees that operators registered: their files, and how they are read."""

from __future__ import annotations

import json
import os
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tianlake.cli.output import tell
from tianlake.cli.registry import quoted
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.fetch import Fetched, StatusError, fetch
from tianlake.lake.fetch import Limits as FetchLimits
from tianlake.lake.records import read_record
from tianlake.stac.federation.records import Health
from tianlake.stac.federation.sources import SILENCE_S
from tianlake.stac.foreign import Foreign, Limits, Outcome, harvest_foreign
from tianlake.stac.foreign.records import Sources, read_sources
from tianlake.stac.foreign.take import Taking

FOLDER: Final = "foreign"
_ABSENT: Final = (404, 410)


def foreign_trees(workspace: Path, code: str) -> tuple[Foreign, ...]:
    """Return the foreign trees that are registered at a node, by name.

    Raises:
        LakeError: A file of them is wrong.
    """
    files = sorted((workspace / "nodes" / code / FOLDER).glob("*.toml"))
    return tuple(_tree(file, file.relative_to(workspace).as_posix()) for file in files if file.name[0] != ".")


def _tree(file: Path, shown: str) -> Foreign:
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fault(shown, "", f"not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise fault(shown, "", f"cannot be read: {error.strerror}") from None
    found = read_record(Foreign, raw, file=shown)
    if found.name != file.stem:
        raise fault(shown, "name", f"must be the file's name {file.stem!r}; got {found.name!r}")
    return found


def write_foreign(workspace: Path, code: str, tree: Foreign) -> Path:
    """Write down a foreign tree of a node, in the place of what was written before; return the file."""
    folder = workspace / "nodes" / code / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# tianlake node add --foreign",
        f"name = {quoted(tree.name)}",
        f"place = {quoted(tree.place)}  # 只读取此文件所在目录之内 · nothing outside the folder of this file is read",
    ]
    if tree.ids:
        lines.append(f"ids = {quoted(tree.ids)}  # 目录 id 的前缀 · how ids of collections begin")
    if tree.area is not None:
        lines.append(f"area = {list(tree.area)}  # 西南东北，度 · west, south, east, north in degrees")
    fresh = folder / f".{tree.name}.{os.getpid()}.new"
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    file = folder / f"{tree.name}.toml"
    fresh.replace(file)
    return file


def has_foreign(session: Session, code: str) -> bool:
    """Say whether a node has foreign trees registered, or holds what it once took of some."""
    if foreign_trees(session.workspace.root, code):
        return True
    return any(each.state != "removed" for each in read_sources(session.store(code))[0].held)


def federate_foreign(session: Session, code: str, seconds: float, *, dry_run: bool) -> list[Outcome]:
    """Harvest the foreign trees of a node, and tell how it went.

    Raises:
        LakeError: A file of them is wrong, or the node's own pointer is damaged.
        StoreError: The node's own store fails.
    """
    workspace = session.workspace
    trees = foreign_trees(workspace.root, code)
    ca_file, until = workspace.ca_file, time.monotonic() + seconds * max(1, len(trees))

    def read(url: str, etag: str, largest: int) -> Fetched | None:
        left = max(0.1, until - time.monotonic())
        headers = {"accept-encoding": "identity", "accept": "application/json, */*;q=0.5"}
        try:
            limits = FetchLimits(largest, min(SILENCE_S, left), left)
            return fetch(url, headers | ({"if-none-match": etag} if etag else {}), limits, ca_file)
        except StatusError as error:
            if error.status in _ABSENT:
                raise NotFoundError(url) from None
            raise

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    at = Taking(session.store(code), code, read, Limits(seconds=seconds), now, dry_run)
    outcomes = harvest_foreign(trees, at)
    for each in outcomes:
        _tell(each)
    return outcomes


def _tell(outcome: Outcome) -> None:
    name, changes = outcome.name, outcome.changes
    if changes is None:
        tell(
            say(
                f"外部目录 {name}：未能汇聚，保留上次的内容：{outcome.reason}",
                f"foreign {name}: not taken, what was taken before stays: {outcome.reason}",
            )
        )
        return
    added, updated, deleted = len(changes.added), len(changes.updated), len(changes.deleted)
    out = len(outcome.left_out)
    tell(
        say(
            f"外部目录 {name}：新增 {added}，更新 {updated}，删除 {deleted}，未变 {changes.unchanged}，未列入 {out}",
            f"foreign {name}: {added} added, {updated} updated, {deleted} deleted, {changes.unchanged} unchanged, "
            f"{out} left out",
        )
    )
    for reason in outcome.left_out[:3]:
        tell(f"  {reason}")


def foreign_healths(session: Session) -> list[Health]:
    """Return how foreign trees of the workspace's nodes are doing; the name of one stands in the place of a code."""
    found: list[Health] = []
    for code in session.codes():
        held = read_sources(session.store(code))[0]
        fresh = {each.name for each in foreign_trees(session.workspace.root, code)} - _names(held)
        found += [Health(each, code, "stale", 0, reason=say("尚未汇聚", "not taken yet")) for each in sorted(fresh)]
        found += [
            Health(each.name, code, each.state, each.collections, each.taken, each.stale_since, each.reason)
            for each in held.held
        ]
    return found


def _names(sources: Sources) -> set[str]:
    return {each.name for each in sources.held}


def register_foreign(session: Session, place: str, wanted: Wanted) -> dict[str, Any]:
    """Register a foreign tree at a node of the workspace, once its root was read; take nothing yet.

    Raises:
        LakeError: The address or the box is none, it is not known which node is meant, or the root is no catalog.
        StoreError: The root is not to be had.
    """
    codes = session.codes(wanted.node)
    if len(codes) > 1:
        raise LakeError(f"{place}: --node: say which node lists it: {', '.join(codes)}")
    raw = {"name": wanted.name, "place": place, "ids": wanted.ids, "area": _box(wanted.area)}
    tree = read_record(Foreign, raw, file=place)
    limits = FetchLimits(Limits().document_bytes, SILENCE_S, SILENCE_S)
    found = fetch(place, {"accept-encoding": "identity"}, limits, session.workspace.ca_file)
    title = _title_of(found.body if found else b"", place)
    write_foreign(session.workspace.root, codes[0], tree)
    tell(
        say(
            f"外部目录“{title}”已登记为 {codes[0]} 的来源 {tree.name}；运行 tianlake federate 汇聚",
            f"{title!r} is registered at {codes[0]} as the foreign catalog {tree.name}; take it: tianlake federate",
        )
    )
    return {"name": tree.name, "node": codes[0], "place": place, "title": title}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator says of a foreign tree."""

    name: str
    node: str | None
    ids: str
    area: str | None
    """`west,south,east,north`."""


def _box(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        raise LakeError(f"--area {text!r}: west,south,east,north in degrees") from None


def _title_of(body: bytes, place: str) -> str:
    try:
        document = json.loads(body)
        if document["type"] in {"Catalog", "Collection"}:
            return str(document.get("title") or document["id"])[:100]
    except (ValueError, KeyError, TypeError):
        pass
    raise LakeError(f"{place}: is no STAC catalog; give the address of its catalog.json")
