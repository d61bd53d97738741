"""What a node's STAC API speaks of: its merged index, or its own records; looked at anew every few seconds."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from tianlake.functions.web.questions import Question
from tianlake.functions.web.stac.copies import Copies
from tianlake.functions.web.stac.index import Columns, look
from tianlake.functions.web.stac.sources import Items, copied, in_place
from tianlake.functions.web.stac.states import COLLECTIONS, DIGITS, ITEMS, Named, State, own_file, read_state
from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, fault

_log = logging.getLogger(__name__)

FRESH_S: Final = 2.0
"""How long what is current is believed, seconds."""

_REMEMBERED: Final = 4
"""States of a node that pages may still be asked of, the current one included."""


class ReplacedError(LakeError):
    """An index was replaced, and is gone."""


@dataclass(slots=True)
class _Seen:
    states: list[State] = field(default_factory=list)
    """The newest first."""
    looked: float | None = None
    serving: State | None = None
    """What is answered from: the newest, or the one before while the newest is made ready."""
    withdrawn: str | None = None
    """When something was withdrawn last, as the node's feed tells; None before it was read."""
    lock: Lock = field(default_factory=Lock)


class Catalogs:
    """What nodes speak of. Safe to use from several threads: one looks, the others take what it saw."""

    def __init__(
        self, folder: Path, copies: Callable[[str], Copies] | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Know nothing yet.

        Args:
            folder: For copies of indexes that are replaced in place, one folder for each node.
            copies: Returns the local copies of a node; None where indexes are read where they lie.
            clock: Seconds.
        """
        self._folder = folder
        self._copies = copies
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._columns: dict[str, Columns] = {}
        self._lock = Lock()

    def state(self, question: Question) -> State:
        """Return what the node that is asked speaks of now.

        Raises:
            NotFoundError: The node is not served, or has published nothing.
            StoreError: Its store does not answer, and never did.
        """
        with self._lock:
            seen = self._seen.setdefault(question.code, _Seen())
        fresh = seen.looked is not None and self._clock() - seen.looked < FRESH_S
        if (fresh or not seen.lock.acquire(blocking=seen.serving is None)) and seen.serving is not None:
            return self._ready(question, seen)
        try:
            if seen.serving is None or self._clock() - (seen.looked or 0.0) >= FRESH_S:
                self._look(question, seen)
        finally:
            seen.lock.release()
        return self._ready(question, seen)

    def kept(self) -> set[str]:
        """Return the nodes of which something is kept: that were asked for, or that have copies from before."""
        with self._lock:
            asked = set(self._seen)
        return asked | ({each.name for each in self._folder.iterdir()} if self._folder.is_dir() else set())

    def tidy(self, question: Question) -> None:
        """Forget every index of a node from which something was withdrawn since, with all copies of it on the disk.

        A merged index goes from its node when something in it is withdrawn. What a node has of its own is replaced in
        place: then its feed tells of a withdrawal.

        Raises:
            NotFoundError: The node is not served, or has published nothing.
            StoreError: Its store does not answer.
        """
        self.state(question)
        last = _last_withdrawal(question)
        with self._lock:
            seen = self._seen[question.code]
        with seen.lock:
            now = seen.states[0]
            digests = {each.items.digest for each in seen.states if each.items is not None}
            digests |= {each.name[:DIGITS] for each in (self._folder / question.code).glob("[!.]*.*")}
            replaced = digests - ({now.items.digest} if now.items is not None else set())
            gone = {each for each in replaced if now.merged and not _is_there(question, keys.index_file(each, ITEMS))}
            if not now.merged and seen.withdrawn not in {None, last}:
                gone = replaced
            seen.withdrawn = last
            self._forget(question.code, seen, gone)

    def _forget(self, code: str, seen: _Seen, digests: set[str]) -> None:
        seen.states = [each for each in seen.states if each.items is None or each.items.digest not in digests]
        if seen.serving is not None and seen.serving not in seen.states:
            seen.serving = seen.states[0] if seen.states else None
        for digest in digests:
            if self._copies is not None:
                self._copies(code).drop(digest)
            for path in (self._folder / code).glob(f"{digest}*"):
                path.unlink(missing_ok=True)
            with self._lock:
                self._columns.pop(digest, None)
        if digests:
            _log.info("node %s: copies of %d indexes are gone: something in them was withdrawn", code, len(digests))

    def earlier(self, question: Question, digest: str) -> State:
        """Return the state whose records had this digest.

        Raises:
            ReplacedError: It is forgotten, or something of it was withdrawn since.
        """
        now = self.state(question)
        found = next((each for each in self._known(question, now) if each.digest == digest), None)
        if found is None or not _still_holds(question, found, now):
            raise ReplacedError(f"node {question.code}: records {digest} were replaced")
        return found

    def _known(self, question: Question, now: State) -> list[State]:
        with self._lock:
            return [now, *self._seen[question.code].states]

    def items(self, question: Question, digest: str | None = None) -> Items | None:
        """Return the current Items of a node, or those of an index that is named; None where there are none now.

        Raises:
            ReplacedError: That index is gone.
        """
        state = self.state(question)
        if digest is None or (state.items is not None and state.items.digest == digest):
            return self._items(question, state.items) if state.items is not None else None
        return self._items(question, self._named(question, digest))

    def _items(self, question: Question, named: Named) -> Items:
        copies = self._copies(question.code) if self._copies is not None else None
        if copies is not None and (copy := copies.find(named.digest)) is not None:
            return copied(copy, named.key, named.file)
        columns = self._columns.get(named.digest)
        if columns is None:
            columns = look(named.file, question.inquiry.ask)
            with self._lock:
                self._columns[named.digest] = columns
                while len(self._columns) > _REMEMBERED * (len(self._seen) + 1):
                    self._columns.pop(next(iter(self._columns)))
        return in_place(named.digest, columns, named.key, named.file)

    def _named(self, question: Question, digest: str) -> Named:
        """Return an index that was replaced, where it is still to be had.

        A copy of it may be there for longer; what the node keeps no more was withdrawn, and is not told from a copy.
        """
        gone = ReplacedError(f"node {question.code}: index {digest} was replaced")
        own = own_file(self._folder / question.code, digest)
        if own.exists():
            now = self.state(question)
            of = [each for each in self._known(question, now) if each.items is not None and each.items.digest == digest]
            if not of or not _still_holds(question, of[0], now):
                raise gone
            return Named(digest, keys.ITEMS, str(own))
        key = keys.index_file(digest, ITEMS)
        if not _is_there(question, key):
            raise gone
        return Named(digest, key, question.releases.node(question.code).root + key)

    def _ready(self, question: Question, seen: _Seen) -> State:
        """Return what is answered from: the newest state, but not before its copy is made where another's is there."""
        newest, serving = seen.states[0], seen.serving
        if newest is not serving and not (serving and self._waits(question, newest, serving)):
            seen.serving = serving = newest
        return serving or newest

    def _waits(self, question: Question, newest: State, serving: State) -> bool:
        if self._copies is None or newest.items is None or serving.items is None:
            return False
        copies = self._copies(question.code)
        return copies.comes(newest.items.digest) and copies.find(serving.items.digest) is not None

    def _look(self, question: Question, seen: _Seen) -> None:
        before = seen.states[0] if seen.states else None
        try:
            found = read_state(question, before, self._folder / question.code)
        except LakeError as error:
            if before is None:
                raise
            _log.warning("node %s: its catalog cannot be looked at: %s; what was, still holds", question.code, error)
            found = before
        seen.looked = self._clock()
        if before is not None and (found.digest, found.items) == (before.digest, before.items):
            seen.states[0] = found
            seen.serving = found if seen.serving is before else seen.serving
            return
        self._prepare(question, before, found)
        seen.states = [found, *seen.states[: _REMEMBERED - 1]]
        seen.serving = seen.serving or found

    def _prepare(self, question: Question, before: State | None, found: State) -> None:
        if self._copies is None:
            return
        copies = self._copies(question.code)
        if before is not None and before.items is not None and before.items != found.items:
            copies.replaced(before.items.digest)
        if found.items is not None:
            copies.prepare(found.items.digest, found.items.file)


def _still_holds(question: Question, earlier: State, now: State) -> bool:
    """Say whether nothing of an earlier state was withdrawn since: a removal does not wait for readers."""
    if earlier is now:
        return True
    if earlier.merged:
        return _is_there(question, keys.index_file(earlier.digest, COLLECTIONS))
    return earlier.records.keys() <= now.records.keys()


def _last_withdrawal(question: Question) -> str:
    """Return when something of a node was withdrawn last, by its feed; empty where nothing was."""
    try:
        told = json.loads(question.releases.node(question.code).store.get(keys.FEED_JSON)[1])["items"]
        times = [each["date_published"] for each in told if each["_tianlake"]["event"] == "withdrawn"]
    except NotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        raise fault(keys.FEED_JSON, "items", "is no feed of releases; publish anything again") from None
    return max(map(str, times), default="")


def _is_there(question: Question, key: str) -> bool:
    try:
        question.releases.node(question.code).store.head(key)
    except NotFoundError:
        return False
    return True
