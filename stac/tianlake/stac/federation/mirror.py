"""Copies of a child's records in its parent's bucket: written where they differ from what is there, and only there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import NotFoundError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_record
from tianlake.lake.store import Store
from tianlake.stac.federation import ledger
from tianlake.stac.federation.copies import FORM, Branch, branch_files
from tianlake.stac.federation.ledger import Entry, Ledger
from tianlake.stac.federation.records import Child
from tianlake.stac.providers import host

AT_ONCE: Final = 8
"""How many copies are written at once: a store may take long for each."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes copies, where, and when it began."""

    store: Store
    name: str
    """Of this run alone."""
    now: float
    """Seconds since the epoch."""

    def enter(self, found: Entry) -> Entry:
        """Enter this writer into a ledger; raises `ConflictError`."""
        return ledger.enter(self.store, found, self.name, self.now)

    def write(self, found: Entry, entered: Entry, branch: Branch) -> Ledger:
        """Bring the copies of a child up to date, and take this writer off the ledger.

        Where another writer was at work, or died, each copy is compared with what is in the store; else those alone are
        written that the ledger tells to be others. Collections come first, then catalogs from the bottom up, and what
        no catalog leads to any more goes last.

        Args:
            found: The ledger before this writer entered.
            entered: After that.
            branch: What is held of the child, read after that too.

        Returns:
            What is known of the copies then.

        Raises:
            ConflictError: Another writer entered meanwhile.
        """
        documents = branch_files(branch)
        wanted = {key.removeprefix(keys.FEDERATION): _sha256(each.body) for key, each in documents.items()}
        known = None if found.ledger.writers or found.ledger.source is None else found.ledger.documents
        for stage in _stages(documents):
            changed = [key for key in stage if known is None or known.get(_short(key)) != wanted[_short(key)]]
            self._put({key: documents[key] for key in changed}, compare=known is None)
        there = self._listed(branch.child.code) if known is None else {f"{keys.FEDERATION}{each}" for each in known}
        self._delete(there - documents.keys())
        source = source_of(branch.child, branch.node)
        done = Ledger(source=source, publisher=_publisher(branch), documents=wanted)
        ledger.leave(self.store, entered, self.name, done, self.now)
        return done

    def remove(self, entered: Entry) -> None:
        """Remove all copies of a child that is held no longer, and their ledger; raises `ConflictError`."""
        self._delete(self._listed(entered.child))
        ledger.close(self.store, entered)

    def _listed(self, child: str) -> set[str]:
        return {info.key for info in self.store.list(keys.harvested([child], ""))}

    def _put(self, documents: Mapping[str, Document], *, compare: bool) -> None:
        def put(key: str) -> None:
            document = documents[key]
            if not (compare and self._has(key, document.body)):
                self.store.put(key, document.body, media_type=document.media_type)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(put, documents))

    def _has(self, key: str, body: bytes) -> bool:
        try:
            return self.store.get(key)[1] == body
        except NotFoundError:
            return False

    def _delete(self, found: Iterable[str]) -> None:
        # From the top down: no catalog that is still there leads to one that is not.
        for key in sorted(found, key=lambda each: (not each.endswith(f"/{keys.CATALOG}"), each.count("/"), each)):
            self.store.delete(key)


def source_of(child: Child, node: NodeCard) -> str:
    """Return the digest of all that the copies of a child's records follow from."""
    told = {
        "form": FORM,
        "divisions": load_divisions().fetched,
        "host": host(node),
        "child": [child.code, child.url, child.snapshot, child.taken],
        "health": [json.loads(dump_record(each)) for each in child.health(node.code)],
    }
    return _sha256(json.dumps(told, sort_keys=True).encode())


def _publisher(branch: Branch) -> str | None:
    """Return who hosts a child's own records, as one of them says."""
    for row in branch.rows:
        if row.node == branch.child.code:
            return next((str(each["name"]) for each in row.body()["providers"] if "host" in each["roles"]), None)
    return None


def _stages(documents: Iterable[str]) -> list[list[str]]:
    """Return keys in the order in which they are written: all of one list before any of the next."""
    stages: dict[tuple[int, int], list[str]] = {}
    for key in documents:
        name = key.rpartition("/")[2]
        place = (2, -key.count("/")) if name == keys.CATALOG else (int(name == "collection.json"), 0)
        stages.setdefault(place, []).append(key)
    return [stages[place] for place in sorted(stages)]


def _short(key: str) -> str:
    return key.removeprefix(keys.FEDERATION)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
