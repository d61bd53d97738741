"""What a node takes of what its parent hands down: looked at, told of, and taken when its operator says so."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from tianlake.cli.output import tell
from tianlake.cli.registry import parent_of
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.handed import HandedDown, Notice, Pins
from tianlake.lake.pinned import pinned_body, read_pins, write_pins
from tianlake.stac.federation.pins import Seen, differences, look, read_document, taken
from tianlake.stac.federation.records import Registered
from tianlake.stac.federation.sources import SILENCE_S, Source, open_source


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a node's pins after a look at its parent's list."""

    code: str
    pins: Pins
    differences: dict[str, str]
    """Name of a document that is newer → what it changes."""
    unreachable: str | None = None
    """Why the parent was not to be had."""
    refused: str | None = None
    """Why its list was refused."""
    moved: bool = False
    """Whether something else is known than before."""

    @property
    def is_current(self) -> bool:
        """Whether the node uses what its parent hands down, as far as that is known."""
        return not self.pins.notices and self.refused is None


def look_up(session: Session, code: str) -> Looked | None:
    """Look at what a node's parent hands down and write down what is newer; take nothing.

    Returns:
        None where no parent is registered at the node.

    Raises:
        LakeError: A file of the workspace is wrong.
    """
    root = session.workspace.root
    parent = parent_of(root, code)
    if parent is None:
        return None
    before = _pins(session, code, parent)
    try:
        source = _source(session, parent)
        seen = look(source, parent, before)
    except StoreError as error:
        return Looked(code, before, {}, unreachable=_told_without(error, parent))
    except LakeError as error:
        return Looked(code, before, {}, refused=_told_without(error, parent))
    if seen.pins != before:
        write_pins(root, code, seen.pins, {})
    moved = seen.pins.notices != before.notices
    return Looked(code, seen.pins, _differences(session, code, seen, source), moved=moved)


def take(session: Session, code: str, names: Collection[str]) -> Looked:
    """Take what a node's parent hands down in the place of what is pinned.

    Raises:
        LakeError: No parent is registered, or what it hands down is refused.
        StoreError: The parent does not answer.
    """
    root = session.workspace.root
    parent = parent_of(root, code)
    if parent is None:
        rule = "register it: tianlake node add URL --key ITS-PUBLIC-KEY"
        raise LakeError(f"node {code}: no parent is registered ({code}/parent.toml); {rule}")
    source = _source(session, parent)
    seen = look(source, parent, _pins(session, code, parent))

    def read(document: HandedDown) -> bytes:
        return read_document(source, document, code)

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    pins, bodies = taken(seen, read, now, parent.url, names)
    write_pins(root, code, pins, bodies)
    return Looked(code, pins, {})


def tell_notices(looked: Looked) -> None:
    """Tell an operator, in a line each, what is handed down and not used."""
    code = looked.code
    if looked.unreachable is not None:
        tell(
            say(
                f"{code}：上级未应答，沿用已锁定的文件：{looked.unreachable}",
                f"{code}: its parent does not answer, what is pinned stays in use: {looked.unreachable}",
            )
        )
    if looked.refused is not None:
        tell(
            say(
                f"{code}：上级清单被拒绝，沿用已锁定的文件：{looked.refused}",
                f"{code}: its parent's list is refused, what is pinned stays in use: {looked.refused}",
            )
        )
    for notice in looked.pins.notices:
        tell(f"{code}: {notice_line(notice)}")


def notice_line(notice: Notice) -> str:
    """Return a notice on one line."""
    name, version, since = notice.name, notice.version, notice.since
    match notice.change:
        case "new":
            return say(f"{name} 可采用（版本 {version}）", f"{name} is handed down and not taken (version {version})")
        case "newer":
            return say(
                f"{name} 自 {since} 起有新版本 {version}", f"{name}: version {version} is handed down since {since}"
            )
        case "changed":
            return say(
                f"{name} 内容已变而版本号仍为 {version}，拒绝采用",
                f"{name} is other bytes under the same version {version}: refused",
            )
        case "gone":
            return say(f"{name} 上级不再提供", f"{name} is no longer handed down")


def known_pins(session: Session, code: str) -> Pins | None:
    """Return what a node has pinned and was told of when it last looked; asks nobody."""
    return read_pins(session.workspace.root, code)


def _pins(session: Session, code: str, parent: Registered) -> Pins:
    found = read_pins(session.workspace.root, code)
    return found if found is not None and found.parent == parent.code else Pins(parent.code)


def _source(session: Session, parent: Registered) -> Source:
    workspace = session.workspace
    return open_source(parent.place, workspace.root, workspace.settings.aws, SILENCE_S, workspace.ca_file)


def _differences(session: Session, code: str, seen: Seen, source: Source) -> dict[str, str]:
    """Return what each newer document changes; one that cannot be read now is left out."""
    found = {}
    for notice in seen.pins.notices:
        pin, document = seen.pins.find(notice.name), seen.handing.find(notice.name)
        if notice.change != "newer" or pin is None or document is None:
            continue
        with suppress(LakeError):
            old = pinned_body(session.workspace.root, code, pin)
            found[notice.name] = differences(document.kind, old, read_document(source, document, code))
    return found


def _told_without(error: LakeError, parent: Registered) -> str:
    return " ".join(str(error).replace(f"{parent.place}/", "").split())
