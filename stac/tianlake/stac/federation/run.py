"""One harvest: every child at once, each for itself; then one conditional write that readers switch by."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tianlake.lake import keys
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.naming import node_name
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, Matches, Store
from tianlake.lake.trail import Act, Journal
from tianlake.stac.federation.checks import Area
from tianlake.stac.federation.compare import Failed, Moment, Outcome, Taken, merged
from tianlake.stac.federation.records import Child, Harvest, Registered, dump_harvest, read_harvest
from tianlake.stac.federation.retention import last_withdrawal, sweep
from tianlake.stac.federation.sources import Opener
from tianlake.stac.federation.take import SupersededError, Taking, Terms, held_rows, take
from tianlake.stac.federation.watch import Watch

_log = logging.getLogger(__name__)

ATTEMPTS: Final = 12
"""How often what was taken is written down anew when another harvest of the same node writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of the machine a harvest takes, and how long it waits."""

    at_once: int = 8
    child_s: float = 120
    """How long one child may take to be fetched, seconds: after that it counts as one that does not answer."""
    reading_s: float = 120
    """How long its files may then take to be read here, seconds."""

    @property
    def document_s(self) -> float:
        """How long one of its documents may take: less, so that it is known which one it was."""
        return self.child_s * 0.8


@dataclass(frozen=True, slots=True)
class Household:
    """A parent's side of a harvest."""

    code: str
    store: Store
    children: tuple[Registered, ...]
    opener: Opener
    area: Area
    trail: Journal | None = None
    """Takes down what was taken, before it counts; None where nobody keeps one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a harvest found."""

    harvest: Harvest
    """What is held now, or would be held after a dry run."""
    outcomes: tuple[Outcome, ...]
    """By code of the child."""
    moved: bool
    """Whether the pointer was written."""


def federate(
    house: Household,
    now: float,
    *,
    limit: Limit = Limit(),
    dry_run: bool = False,
    told: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Take from every registered child what it offers, and switch to it in one conditional write.

    Args:
        house: The parent.
        now: Seconds since the epoch.
        limit: How much at once, how long.
        dry_run: Write nothing.
        told: Is called, in this thread, with each child's outcome as it comes.

    Raises:
        LakeError: A registered child is none of this node by the list of divisions, or the parent's pointer is damaged.
        ConflictError: Other harvests of this node kept writing.
        StoreError: The parent's own store fails. What fails at a child is told in its outcome.
    """
    check_children(house.code, house.children)
    instant = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    held, _info = read_harvest(house.store)
    outcomes = _outcomes(house, held, instant, limit, dry_run=dry_run, told=told)
    at = Moment(instant, {each.code for each in house.children}, lambda child: _ids(house.store, child))
    if dry_run:
        return Report(merged(held, outcomes, at), tuple(outcomes), moved=False)
    if house.trail is not None:
        for each in (outcome for outcome in outcomes if isinstance(outcome, Taken)):
            house.trail.record(_act(each))
    harvest, before = _write(house.store, outcomes, at)
    _clear(house.store, harvest, now)
    return Report(harvest, tuple(outcomes), moved=before is not None)


def _act(taken: Taken) -> Act:
    """Return what goes on record of a child that was taken."""
    child, changes = taken.child, taken.changes
    counts = {"added": len(changes.added), "updated": len(changes.updated), "deleted": len(changes.deleted)}
    return Act("federation.take", child.code, details={"snapshot": child.snapshot, "made": child.made, **counts})


def check_children(code: str, children: Sequence[Registered]) -> None:
    """Refuse a child of another node: a city never skips its province (article 3), and nobody is below itself.

    Raises:
        LakeError: One line.
    """
    for each in children:
        parent = node_name(each.code, load_divisions()).parent
        if parent != code:
            rule = f"its parent by the list of divisions is {parent}; register it there"
            raise LakeError(f"nodes/{code}/children/{each.code}.toml: code: {each.code} is no child of {code}: {rule}")


def _outcomes(
    house: Household,
    held: Harvest,
    instant: str,
    limit: Limit,
    *,
    dry_run: bool,
    told: Callable[[Outcome], None],
) -> list[Outcome]:
    """Return the outcome of every child, by code; one that is not done in time has failed."""
    answers: queue.Queue[Outcome] = queue.Queue()
    places = threading.Semaphore(limit.at_once)
    watch = Watch()

    def work(child: Registered) -> None:
        with places:
            watch.start(child.code, limit.child_s)
            answers.put(_outcome(house, child, held.find(child.code), under))

    under = Terms(house.area, instant, watch, limit.reading_s, dry_run)
    for child in house.children:
        # Not a pool: it would wait at the end for a child that never answers.
        threading.Thread(target=work, args=(child,), daemon=True, name=f"harvest-{child.code}").start()
    waiting = {child.code: child for child in house.children}
    found: dict[str, Outcome] = {}
    while waiting:
        try:
            outcome = answers.get(timeout=watch.patience(waiting, limit.child_s))
        except queue.Empty:
            for code in watch.late(waiting):
                places.release()
                reason = f"did not come to an end within {limit.child_s:.0f} s"
                answers.put(Failed(code, waiting[code].url, reason))
            continue
        code = outcome.child.code if isinstance(outcome, Taken) else outcome.code
        if waiting.pop(code, None) is not None:
            found[code] = outcome
            told(outcome)
    return [found[code] for code in sorted(found)]


def _outcome(house: Household, child: Registered, held: Child | None, under: Terms) -> Outcome:
    try:
        source = house.opener(child.place)
        for _ in range(ATTEMPTS):
            with suppress(SupersededError):
                return take(Taking(house.store, child, source, held, under))
            held = read_harvest(house.store)[0].find(child.code)
        reason = "other harvests keep writing"
    except LakeError as error:
        reason = _told_without(str(error), child.place)
    except Exception as error:  # noqa: BLE001 - whatever a child sends must not stop its siblings; it is logged whole
        _log.exception("%s: taking from child %s failed", house.code, child.code)
        reason = f"what it offers cannot be read ({type(error).__name__})"
    _log.warning("%s: child %s: %s; what was taken before stays", house.code, child.code, reason)
    return Failed(child.code, child.url, reason)


def _told_without(reason: str, place: str) -> str:
    """Return a reason in one line of public text: where a child is read is its parent's own business."""
    return " ".join(reason.replace(f"{place}/", "").replace(place, "").split())[:300]


def _write(store: Store, outcomes: Sequence[Outcome], at: Moment) -> tuple[Harvest, Harvest | None]:
    """Write down what is held now; return it, and what was held before where something was written."""
    for _ in range(ATTEMPTS):
        try:
            before, info = read_harvest(store)
            after = merged(before, outcomes, at)
            if after == before:
                return after, None
            condition = ABSENT if info is None else Matches(info.etag)
            store.put(keys.HARVEST, dump_harvest(after), media_type=JSON, condition=condition)
        except (ConflictError, NotFoundError):
            time.sleep(0.05)
        else:
            return after, before
    raise ConflictError(f"{keys.HARVEST}: other harvests keep writing; run federate again")


def _ids(store: Store, child: Child) -> list[str]:
    try:
        return [row.id for row in held_rows(store, child)]
    except NotFoundError:
        return []


def _clear(store: Store, harvest: Harvest, now: float) -> None:
    """Mark the snapshots that nothing leads to any more, and remove those that were replaced an hour ago."""
    withdrawn = last_withdrawal(each.purged for each in harvest.children)
    sweep(store, keys.TAKEN, {keys.taken_prefix(each.code, each.snapshot) for each in harvest.held}, now, withdrawn)
