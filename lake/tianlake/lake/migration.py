"""Moves a lake forward to the layout of this version, step by step: `tianlake migrate`.

One migration leads to each version, in order. Planning reads and changes nothing. A migration only adds to a lake, so
that readers of the version before keep working; each of its steps may be repeated, and the mark in `node.json` comes
after them: a migration that was killed is taken up by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from tianlake.lake import keys
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.history import known_products, read_history
from tianlake.lake.layout import refuse_newer
from tianlake.lake.plain import LAYOUT
from tianlake.lake.publishing import let_out
from tianlake.lake.store import Store
from tianlake.lake.trail import Act, Trail
from tianlake.lake.trail.fits import Told
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a migration does to a lake."""

    key: str
    """The object that it is about."""
    what: Text
    act: Act | None = None
    """What is put on record."""
    product: str | None = None
    """Whose current release is asked for its review, and its approval put."""


@dataclass(frozen=True, slots=True)
class Migration:
    """The way to one version of the layout from the version before it."""

    to: int
    changes: Callable[[Store, str], Iterator[Change]]
    """What has to be done to a lake, by its store and its node's code: found by reading."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lake lacks."""

    found: int | None
    """Version of its layout; None where nothing is published yet."""
    changes: tuple[Change, ...]
    """In the order in which they are made; none where the lake is of `LAYOUT`."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a migration could not do: people have to."""

    key: str
    why: LakeError


def plan_migration(store: Store, code: str) -> Plan:
    """Return what has to be done to the lake of a node; writes nothing.

    Raises:
        LakeError: The lake is of a layout that is not known here, or a document of it cannot be understood.
        StoreError: The store does not answer.
    """
    found = refuse_newer(store, code)
    if found is None or found == LAYOUT:
        return Plan(found, ())
    changes = [change for each in MIGRATIONS if each.to > found for change in each.changes(store, code)]
    mark = Text(f"标明布局版本 {LAYOUT}", f"says that the layout is {LAYOUT}")
    return Plan(found, (*changes, Change(keys.NODE, mark)))


def migrate(desk: Desk) -> tuple[Plan, tuple[Left, ...]]:
    """Move the lake of a node forward; return what was done, and what is left to people.

    As long as something is, the lake keeps its mark. Where nothing is to be done, documents that lag are brought up to
    date: the mark may be newer than they are.

    Raises:
        LakeError: As `plan_migration` does; or the node's key is not here, with which every act is signed.
        ConflictError: Others keep writing; the same call may be repeated.
        StoreError: The store failed; the same call may be repeated.
    """
    plan = plan_migration(desk.store, desk.node.code)
    if plan.found is None:
        return plan, ()
    left: list[Left] = []
    if plan.changes:
        desk.trail.record(Act("lake.migrate", desk.node.code, details={"layout": LAYOUT, "before": plan.found}))
        left = [found for change in plan.changes if (found := _made(desk, change)) is not None]
    refresh(replace(desk, layout=None if left else LAYOUT))
    return plan, tuple(left)


def _made(desk: Desk, change: Change) -> Left | None:
    """Make a change, but for the mark, which `refresh` makes; return what stands against it."""
    if change.act is not None:
        desk.trail.record(change.act)
    if change.product is not None:
        history, _pointer = read_history(desk.store, change.product)
        current = history.find(history.current or "")
        try:
            if current is not None:
                let_out(desk, current)
        except StoreError:
            raise
        except LakeError as why:
            return Left(change.key, why)
    return None


def _to_1(store: Store, code: str) -> Iterator[Change]:
    """Yield what a lake of version 0.1 lacks: acts on record for what stands in it, approvals of what is current."""
    told = Told()
    for entry in Trail(store, code, None).entries():
        told.take(entry)
    for product in known_products(store):
        history, pointer = read_history(store, product)
        for release in history.releases:
            name = f"{product}/{release.manifest.release}"
            if name not in told.published:
                stands = release.manifest.release == history.current and not told.moves.get(product)
                facts = {"manifest_sha256": release.manifest_sha256, "current": stands}
                yield _adopted(name, facts, keys.MANIFEST)
        if product not in told.withdrawn:
            for stone in history.withdrawn:
                yield _adopted(f"{product}/{stone.release}", {"withdrawn": stone.withdrawn}, keys.TOMBSTONE)
        if pointer is not None and history.approval is None:
            key = keys.release_file(product, pointer.release, keys.APPROVAL)
            yield Change(key, Text("写入当前版本的放行凭证", "puts what lets the current release out"), product=product)


def _adopted(subject: str, details: dict[str, object], file: str) -> Change:
    what = Text("将原有版本写入审计记录", "puts a release of before on record")
    product, _, release = subject.partition("/")
    return Change(keys.release_file(product, release, file), what, Act("lake.adopt", subject, details=details))


MIGRATIONS: Final = (Migration(1, _to_1),)
"""By the version they lead to, without gaps."""
