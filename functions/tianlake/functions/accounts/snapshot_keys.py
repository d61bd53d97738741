"""Keys from a snapshot that lies in a node's bucket: installed by `tianlake keys sync`, looked at by gateways."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from tianlake.functions.accounts.conditions import rfc3339
from tianlake.functions.accounts.snapshot import MEDIA_TYPE, Snapshot, read_snapshot
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.store.protocol import ABSENT, Matches, ObjectInfo, Store

_log = logging.getLogger(__name__)

RELOAD_S: Final = 30.0
"""How long a snapshot is used before the bucket is asked for a newer one, seconds."""

OLD_S: Final = 86_400.0
"""From which age on the log says that a snapshot is old, seconds: revocations no longer arrive."""

EXPIRED_S: Final = 7 * 86_400.0
"""From which age on a server calls itself not ready, seconds: nobody has synced for that long. Keys still work."""

_FUTURE_S: Final = 3600.0
"""How far ahead of our clock a snapshot may be dated, seconds: one from next year would keep out all that follow."""


def install(store: Store, data: bytes, issuer_key: str, now: float, *, name: str) -> tuple[Snapshot, bool]:
    """Put a snapshot into a node's bucket, in one conditional write, and return it and whether it is a newer one.

    Raises:
        LakeError: It is not signed by the issuer, was changed, is older than the one that is there, or dated ahead.
        ConflictError: Somebody else installed another one meanwhile.
        StoreError: The store fails.
    """
    found = read_snapshot(data, issuer_key, name=name)
    if found.issued > now + _FUTURE_S:
        raise LakeError(f"{name}: dated {rfc3339(found.issued)}, ahead of this machine's clock; set one of the clocks")
    installed = _installed(store, issuer_key)
    if installed is None:
        condition: Matches | None = None
    else:
        info, there = installed
        condition = Matches(info.etag)
        if there is not None and there.issued > found.issued:
            raise LakeError(
                f"{name}: dated {rfc3339(found.issued)}, older than the installed one of {rfc3339(there.issued)}; "
                "keys that were revoked since would work again"
            )
        if there is not None and (there.issued, there.body) == (found.issued, found.body):
            return there, False
    store.put(keys.KEYS_SNAPSHOT, data, media_type=MEDIA_TYPE, condition=condition or ABSENT)
    return found, True


def _installed(store: Store, issuer_key: str) -> tuple[ObjectInfo, Snapshot | None] | None:
    """Return what is in the bucket: a snapshot, None in its place where it is not (or no longer) the issuer's."""
    try:
        info, data = store.get(keys.KEYS_SNAPSHOT)
    except NotFoundError:
        return None
    try:
        return info, read_snapshot(data, issuer_key, name=keys.KEYS_SNAPSHOT)
    except LakeError as error:
        _log.warning("%s; it is replaced", error)
        return info, None


class SnapshotKeys:
    """The `Keys` of a node whose keys another one issues. A snapshot that cannot be used leaves the one before it."""

    def __init__(self, store: Store, issuer_key: str, clock: Callable[[], float] = time.time) -> None:
        """Look into the bucket of the node when first asked, and then every `RELOAD_S`."""
        self._store = store
        self._issuer_key = issuer_key
        self._clock = clock
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._etag = ""
        self._until = 0.0
        self._warned = 0.0

    def find(self, digest: str) -> KeyRecord | None:
        """Return the record of a key, or None; raises `StoreError` where no snapshot could be read yet."""
        return self.current().find(digest)

    def fresh(self) -> Snapshot:
        """Return the snapshot in use; raises `LakeError` where there is none, or it has expired."""
        found = self.current()
        if self._clock() - found.issued >= EXPIRED_S:
            raise LakeError(
                f"{keys.KEYS_SNAPSHOT}: has expired: it is as of {rfc3339(found.issued)}; run: tianlake keys sync"
            )
        return found

    def current(self) -> Snapshot:
        """Return the snapshot in use; raises `StoreError` where there is none."""
        if self._snapshot is None:
            with self._lock:
                self._look()
        elif self._clock() >= self._until and self._lock.acquire(blocking=False):
            try:  # whoever comes meanwhile uses the one that is there
                self._look()
            finally:
                self._lock.release()
        if self._snapshot is None:
            raise StoreError(f"{keys.KEYS_SNAPSHOT}: there is no snapshot of keys to use; run: tianlake keys sync")
        return self._snapshot

    def _look(self) -> None:
        """Load the snapshot in the bucket, if it is another one and can be used."""
        now = self._clock()
        if now < self._until:
            return
        self._until = now + RELOAD_S
        try:
            info = self._store.head(keys.KEYS_SNAPSHOT)
            if info.etag != self._etag:
                info, data = self._store.get(keys.KEYS_SNAPSHOT)
                self._etag = info.etag  # one that cannot be used is complained of once
                self._use(read_snapshot(data, self._issuer_key, name=keys.KEYS_SNAPSHOT))
        except LakeError as error:
            there = self._snapshot
            kept = f"that of {rfc3339(there.issued)} is used on" if there else "no key is known"
            _log.warning("%s; %s", error, kept)
        self._tell_age(now)

    def _use(self, found: Snapshot) -> None:
        there = self._snapshot
        if there is not None and found.issued < there.issued:
            raise ConflictError(f"{keys.KEYS_SNAPSHOT}: dated {rfc3339(found.issued)}, older than the one in use")
        self._snapshot = found
        _log.info("%d keys of node %s, as of %s", found.count, found.issuer, rfc3339(found.issued))

    def _tell_age(self, now: float) -> None:
        there = self._snapshot
        if there is None or now - there.issued < OLD_S or now - self._warned < OLD_S:
            return
        self._warned = now
        age = (now - there.issued) / 3600
        _log.warning("keys are as of %s, %.0f hours ago; run: tianlake keys sync", rfc3339(there.issued), age)
