"""Acts of servers that have no key of the node: put down at once, and sealed into the trail by whoever has the key."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.chain import LONGEST
from tianlake.lake.errors import NotFoundError
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, ObjectInfo, Store
from tianlake.lake.trail.acts import Act
from tianlake.lake.trail.trail import Trail
from tianlake.lake.words import instant

logger = logging.getLogger(__name__)

SEALED: Final = 100
"""Acts in one entry at most: a flood of registrations makes a hundredth of that many entries."""

KINDS: Final = frozenset({"key.issue", "key.revoke", "account.change"})
"""What servers do by themselves: who can write there can claim nothing else."""

_TEXTS: Final = ("id", "at", "kind", "subject", "by")

_ROOM: Final = LONGEST // 2
"""Bytes of acts in one entry; the rest is for what surrounds them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A journal whose acts wait below `private/audit/pending/`, unsigned."""

    store: Store
    """The node's."""
    code: str
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def record(self, act: Act) -> None:
        """Put an act down; see `Journal.record`."""
        at = instant(self.clock())
        mark = secrets.token_hex(8)
        told = {"id": mark, "at": at, "kind": act.kind, "subject": act.subject, "by": act.by}
        body = dump_json(told | {"details": dict(act.details)})
        self.store.put(keys.audit_pending(at, mark), body, media_type=JSON, condition=ABSENT)


def seal(trail: Trail) -> int:
    """Seal the acts that wait into the trail, oldest first; return how many.

    An act is deleted only after it is in the trail: one that broke off there is sealed twice, under one `id`.

    Raises:
        LakeError: No key of the node is here.
        StoreError: The store failed.
    """
    count = 0
    for names, acts in _batches(trail.store):
        trail.record(Act("trail.seal", trail.code, details={"acts": acts}))
        for name in names:
            trail.store.delete(name)
        count += len(names)
    return count


def _batches(store: Store) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    names: list[str] = []
    acts: list[dict[str, Any]] = []
    size = 0
    for info in list(store.list(keys.AUDIT_PENDING)):
        found = _read(store, info)
        if found is None:
            continue
        act, room = found
        if acts and (len(acts) == SEALED or size + room > _ROOM):
            yield names, acts
            names, acts, size = [], [], 0
        names.append(info.key)
        acts.append(act)
        size += room
    if acts:
        yield names, acts


def _read(store: Store, info: ObjectInfo) -> tuple[dict[str, Any], int] | None:
    """Return an act that waits and the bytes it takes, or None for what is none that a server may do.

    That stays, for `audit verify` to tell. It must not keep the others waiting, nor any command from its work.
    """
    try:
        raw = json.loads(store.get(info.key)[1]) if info.size <= LONGEST else {}
        act = {name: raw[name] for name in (*_TEXTS, "details")}
        room = len(dump_json(act))
    except NotFoundError:  # sealed by somebody else meanwhile
        return None
    except (ValueError, KeyError, TypeError, RecursionError):  # of JSON, or of what it can say and a trail cannot
        act, room = {}, 0
    if _is_of_server(act) and room <= _ROOM:
        return act, room
    logger.warning("%s: is no act of a server; look at it, and delete it once you know what it was", info.key)
    return None


def _is_of_server(act: Mapping[str, Any]) -> bool:
    texts = all(isinstance(act.get(name), str) for name in _TEXTS)
    return texts and isinstance(act["details"], dict) and act["kind"] in KINDS
