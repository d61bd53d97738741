"""A node's side of its copies, for tests that are not about catalogs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lake_kit import NODE, PlainDescriber, desk, sealed
from trail_kit import seed_of

from tianlake.lake.publishing import publish
from tianlake.lake.replicas import Filing, Keeper, KnownCopy, Register, Standing, file_copy, known_copies, look_through
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore, Store

NOON = 1_795_780_800.0
"""2026-11-27T12:00:00Z, when these tests happen."""
SEED = seed_of(NODE.code)

FILING = Filing(
    id="planning-bureau",
    holder="示例市规划局",
    purpose="应急指挥专网",
    products=("places",),
    number="备案〔2026〕12号",
    expires="2027-11-27",
    contact="信息中心值班室",
    place="file:copy",
)


def keeper(store: Store, clock: Callable[[], float] = lambda: NOON) -> Keeper:
    """Return the Hebei node's side, with the plain describer and the clock of the tests."""
    return Keeper(desk(store), Register(store, NODE.code, clock), SEED, lambda _node, _filing: PlainDescriber())


def filed(store: Store, **changes: Any) -> Standing:
    """File a copy."""
    return file_copy(keeper(store), replace(FILING, **changes))


def published(
    tmp_path: Path, store: Store, marker: str = "a", built: str = "2026-11-01T00:00:00Z", product: str = "places"
) -> str:
    """Publish a release; return its id."""
    release = sealed(tmp_path, marker, built, product)
    publish(desk(store), release)
    return release.manifest.release


def only(store: Store, holder: Store | None) -> KnownCopy:
    """Return the one copy that is known."""
    [found] = known_copies(store, NODE.code, lambda _filing: holder)
    return found


def tree(store: Store) -> dict[str, bytes]:
    """Return every object of a store."""
    return {info.key: store.get(info.key)[1] for info in store.list()}


def lake_and_copy(folder: Path) -> tuple[DirectoryStore, DirectoryStore]:
    """Return the stores of a node and of a holder."""
    return DirectoryStore(folder / "lake"), DirectoryStore(folder / "copy")


def found(copy: Store, sums: str | None = None) -> list[tuple[str, str]]:
    """Return what is wrong with a copy: rule, and which file."""
    look = look_through(copy, public_key(SEED), NOON, sums=sums)
    return [(drift.rule, drift.what) for drift in look.drifts]
