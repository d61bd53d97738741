"""Reads a whole trail and finds what was changed, deleted, moved, put in or cut off; streams, whatever its length."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tianlake.lake import keys
from tianlake.lake.chain import GENESIS, Link, read_link
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.store import Store
from tianlake.lake.trail.anchors import Anchor, Anchors
from tianlake.lake.trail.entries import MAGIC, Entry, read_entry
from tianlake.lake.trail.findings import Finding, Rule
from tianlake.lake.trail.trail import read_hint
from tianlake.lake.words import instant

BATCH: Final = 200
"""Entries that are fetched ahead."""
AT_ONCE: Final = 8
"""Requests under way: a bucket answers each after milliseconds."""
MOST: Final = 1000
"""Findings that are kept: whoever cuts a trail to pieces need not be told of each one."""
WAITING_S: Final = 86_400
"""How long an act may wait to be sealed, seconds."""

_ENTRY: Final = re.compile(rf"{keys.AUDIT}\d{{7}}/(\d{{10}})\.txt")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a trail is held against."""

    code: str
    """Of the node."""
    key: str | None = None
    """The node's public key today, known from elsewhere; None: any that the trail itself hands on."""
    anchors: tuple[Anchors, ...] = ()
    """What others, or the node's own catalog, keep of its end."""
    vouched: frozenset[str] = frozenset()
    """Keys that a parent has taken the node's offers with."""


@dataclass
class Verdict:
    """What was found."""

    entries: int = 0
    end: Anchor | None = None
    key: str | None = None
    """With which the trail goes on."""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    """Findings beyond the first `MOST`."""

    def add(self, file: str, place: str, rule: Rule, told: str = "") -> None:
        """Note a finding."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(file, place, rule, told))
        else:
            self.more += 1


def verify_trail(
    store: Store, wanted: Wanted, now: float, *, told: Callable[[Entry], None] = lambda _: None
) -> Verdict:
    """Read a trail from its beginning to its end, and return what is wrong with it.

    Args:
        store: The node's.
        wanted: What is known of it from elsewhere.
        now: Seconds since the epoch.
        told: Is called with each entry whose signature is good.

    Raises:
        StoreError: The store failed.
    """
    verdict = Verdict()
    hint = read_hint(store)  # before the entries: others may append meanwhile
    reading = _Reading(wanted, verdict, told)
    for key, body in _entries(store, verdict):
        reading.take(key, body)
    reading.finish(hint)
    _pending(store, verdict, now)
    return verdict


@dataclass
class _Reading:
    """Where in a trail we are."""

    wanted: Wanted
    verdict: Verdict
    told: Callable[[Entry], None]
    seq: int = 0
    """Of the entry before."""
    digest: str | None = GENESIS
    """Of its bytes; None where it is missing."""
    at: str = ""
    lost: list[tuple[str, str, set[str]]] = field(default_factory=list)
    """Entries that replaced a lost key: file, and the keys since."""

    def take(self, key: str, body: bytes) -> None:
        """Look at the next entry that there is."""
        seq = int(key[-14:-4])
        while self.seq + 1 < seq:
            self.seq += 1
            self.digest = None
            if self.seq + 5 < seq:  # a gap of any length is told by its ends
                self.verdict.add(keys.audit_entry(self.seq), "", "missing", f"and all up to {seq - 1}")
                self.seq = seq - 1
            else:
                self.verdict.add(keys.audit_entry(self.seq), "", "missing")
        self.seq = seq
        self._look(key, body, seq)
        self.digest = hashlib.sha256(body).hexdigest()
        self._anchored(key, seq)
        self.verdict.entries += 1

    def _look(self, key: str, body: bytes, seq: int) -> None:
        verdict = self.verdict
        try:
            link = read_link(body, MAGIC, seq, file=key)
            entry = read_entry(link)
        except LakeError as error:
            verdict.add(key, "", "form", str(error).removeprefix(f"{key}: "))
            return
        if self.digest is not None and entry.previous != self.digest:
            verdict.add(key, "previous", "previous")
        if entry.node != self.wanted.code:
            verdict.add(key, "node", "node", entry.node)
        if entry.at < self.at:
            verdict.add(key, "at", "time", f"{entry.at} after {self.at}")
        self.at = max(self.at, entry.at)
        if self._is_signed(key, link, entry):
            verdict.end = Anchor(seq, link.digest, entry.at)
            self.told(entry)

    def _is_signed(self, key: str, link: Link, entry: Entry) -> bool:
        """Say whether an entry is signed with the key that counts there, and go on with the one that it names."""
        verdict = self.verdict
        begins = entry.kind == "trail.begin"
        if begins != (entry.seq == 1):
            verdict.add(key, "kind", "begin", entry.kind)
        named = entry.details.get("key") if entry.kind in {"trail.begin", "trail.new-key", "trail.lost-key"} else None
        by = named if (begins and entry.seq == 1) or entry.kind == "trail.lost-key" else verdict.key
        try:
            good = isinstance(by, str) and link.signed.is_by(by)
        except LakeError:
            good = False
        if not good:
            verdict.add(key, "", "signature")
            return False
        if isinstance(named, str) and (not begins or entry.seq == 1):
            verdict.key = named
            for _file, _old, since in self.lost:
                since.add(named)
            if entry.kind == "trail.lost-key":
                self.lost.append((key, named, {named}))
        return True

    def _anchored(self, key: str, seq: int) -> None:
        """Compare the entry with what others keep of it."""
        for known in self.wanted.anchors:
            for anchor in known.anchors:
                if anchor.seq == seq and anchor.sha256 != self.digest:
                    self.verdict.add(key, "", "anchor", f"{anchor.sha256} was anchored, of {anchor.at}")

    def finish(self, hint: int) -> None:
        """Look at what a trail lacks at its end."""
        verdict, wanted = self.verdict, self.wanted
        known = [anchor.seq for each in wanted.anchors for anchor in each.anchors]
        last = max([hint, *known], default=0)
        if last > self.seq:
            verdict.add(keys.audit_entry(self.seq + 1), "", "end", f"there were entries up to {last} at least")
        if wanted.key is not None and verdict.key is not None and verdict.key != wanted.key:
            verdict.add(keys.audit_entry(self.seq), "", "key", f"{verdict.key}, not {wanted.key}")
        for file, named, since in self.lost:
            if not since & wanted.vouched:
                verdict.add(file, "details.key", "lost", named)


def _entries(store: Store, verdict: Verdict) -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of every entry, by number; what else lies there is a finding."""

    def fetched(key: str) -> tuple[str, bytes]:
        try:
            return key, store.get(key)[1]
        except StoreError:
            raise
        except NotFoundError:
            return key, b""

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = _keys(store, verdict)
        while batch := list(islice(found, BATCH)):
            yield from pool.map(fetched, batch)


def _keys(store: Store, verdict: Verdict) -> Iterator[str]:
    for info in store.list(keys.AUDIT):
        found = _ENTRY.fullmatch(info.key)
        if found and keys.audit_entry(int(found[1])) == info.key and int(found[1]) > 0:
            yield info.key
        elif info.key != keys.AUDIT_HINT and not info.key.startswith(keys.AUDIT_PENDING):
            verdict.add(info.key, "", "extra")


def _pending(store: Store, verdict: Verdict, now: float) -> None:
    oldest = keys.audit_pending(instant(now - WAITING_S), "")
    for info in store.list(keys.AUDIT_PENDING):
        if info.key < oldest:
            verdict.add(info.key, "", "pending")
