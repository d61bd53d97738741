"""One harvest of foreign trees: each for itself, then one conditional write that readers switch by."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, Matches, Store
from tianlake.stac.federation.compare import GIVEN_UP_DAYS, Changes, stones
from tianlake.stac.foreign.records import Foreign, Held, Sources, dump_sources, read_sources
from tianlake.stac.foreign.take import TakenTree, Taking, held_records, take

_log = logging.getLogger(__name__)

ATTEMPTS: Final = 12
"""How often what was taken is written down anew when another harvest of the same node writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a foreign tree."""

    name: str
    changes: Changes | None
    """None where it could not be taken."""
    left_out: tuple[str, ...] = ()
    reason: str | None = None


def harvest_foreign(trees: Sequence[Foreign], at: Taking) -> list[Outcome]:
    """Take every registered tree, let go of those that are no longer, and switch to it in one conditional write.

    Raises:
        LakeError: The pointer is damaged.
        ConflictError: Other harvests of this node kept writing.
        StoreError: The node's own store fails. What fails at a tree is told in its outcome.
    """
    before, _info = read_sources(at.store)
    taken: list[TakenTree] = []
    outcomes: list[Outcome] = []
    for tree in trees:
        found = _taken(tree, before, at)
        if isinstance(found, TakenTree):
            taken.append(found)
            outcomes.append(Outcome(tree.name, found.changes, found.left_out))
        else:
            _log.warning("%s: foreign tree %s: %s; what was taken before stays", at.node, tree.name, found)
            outcomes.append(Outcome(tree.name, None, reason=found))
    if not at.dry_run:
        _write(trees, taken, outcomes, at)
    return outcomes


def _taken(tree: Foreign, before: Sources, at: Taking) -> TakenTree | str:
    """Return a tree as it was taken, or why it was not."""
    try:
        return take(tree, before.find(tree.name), at)
    except LakeError as error:
        return " ".join(str(error).replace(f"{tree.below}/", "").split())[:300]
    except Exception as error:  # noqa: BLE001 - whatever a foreign tree holds must not stop others; it is logged whole
        _log.exception("%s: taking the foreign tree %s failed", at.node, tree.name)
        return f"what it holds cannot be read ({type(error).__name__})"


def _write(trees: Sequence[Foreign], taken: Sequence[TakenTree], outcomes: Sequence[Outcome], at: Taking) -> None:
    for _ in range(ATTEMPTS):
        before, info = read_sources(at.store)
        after = before
        for tree in taken:
            after = after.having(tree.held)
        places = {each.name: each.place for each in trees}
        for outcome in outcomes:
            if outcome.reason is not None:
                after = after.having(_failed(after.find(outcome.name), outcome, places[outcome.name], at))
        for held in after.held:
            if held.name not in places and held.state != "removed":
                after = after.having(_removed(held, "is no longer registered here", at))
        if after == before:
            return
        try:
            condition = ABSENT if info is None else Matches(info.etag)
            at.store.put(keys.FOREIGN, dump_sources(after), media_type=JSON, condition=condition)
        except (ConflictError, NotFoundError):
            time.sleep(0.05)
        else:
            _clear(at.store, after)
            return
    raise ConflictError(f"{keys.FOREIGN}: other harvests keep writing; run federate again")


def _failed(held: Held | None, outcome: Outcome, place: str, at: Taking) -> Held:
    """Return a tree that could not be taken: what is held of it stays, and is given up after 30 days."""
    held = held or Held(outcome.name, place, "stale")
    if held.state == "removed":
        return held
    since = held.stale_since or at.now
    if datetime.fromisoformat(at.now) - datetime.fromisoformat(since) >= timedelta(days=GIVEN_UP_DAYS):
        return _removed(replace(held, stale_since=since), outcome.reason or "", at)
    return replace(held, state="stale", stale_since=since, reason=outcome.reason)


def _removed(held: Held, reason: str, at: Taking) -> Held:
    """Return a tree without its records, each of them a tombstone."""
    ids = [each.id for each in held_records(at.store, held)]
    return replace(
        held,
        state="removed",
        snapshot=None,
        reason=reason,
        stale_since=held.stale_since or at.now,
        collections=0,
        items=0,
        gone=stones(ids, (), held.gone, at.now),
    )


LEFT_OVER_S: Final = 86_400
"""From which age on a snapshot that nothing leads to is one that is no longer read, seconds."""


def _clear(store: Store, after: Sources) -> None:
    """Remove snapshots that nothing leads to; young ones stay, for another harvest may be laying one down."""
    used = {keys.foreign_taken(each.name, each.snapshot) for each in after.held if each.snapshot is not None}
    oldest = datetime.now(UTC).timestamp() - LEFT_OVER_S
    for info in list(store.list(keys.FOREIGN_TAKEN)):
        if f"{info.key.rpartition('/')[0]}/" not in used and info.modified < oldest:
            store.delete(info.key)
