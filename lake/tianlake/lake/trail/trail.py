"""A node's trail in its own bucket: appended to by conditional writes alone, so that writers never overwrite."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store
from tianlake.lake.trail.acts import Act
from tianlake.lake.trail.entries import MAGIC, Entry, header, read_entry
from tianlake.lake.words import instant

ATTEMPTS: Final = 200
"""How often an entry is written anew behind those of writers at the same moment."""


KEY_KINDS: Final = frozenset({"trail.begin", "trail.new-key", "trail.lost-key"})
"""Acts whose `details.key` names the key that the trail goes on with."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail of one node."""

    store: Store
    """The node's own."""
    code: str
    seed: bytes | None
    """Of the node's Ed25519 key, 32 bytes: whoever has it keeps the trail. None: the trail can only be read."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    @property
    def chain(self) -> Chain:
        """The documents that the trail is made of."""
        return Chain(self.store, keys.audit_entry, MAGIC)

    def record(self, act: Act) -> Entry:
        """Append an act; see `Journal.record`. The first entry of a trail names the key that signs it."""
        seed = self._seed()
        for _ in range(ATTEMPTS):
            end = self.end()
            if end is not None and act.kind != "trail.lost-key":
                self._require_key(end, public_key(seed))
            begin = Act("trail.begin", self.code, details={"key": public_key(seed)})
            try:
                entry = self._append(begin if end is None else act, end, seed)
            except ConflictError:
                continue
            if end is not None:
                return entry
        raise ConflictError(f"{keys.AUDIT}: other writers keep appending; try again")

    def end(self) -> Link | None:
        """Return the last document, or None where the trail is empty."""
        return self.chain.end(read_hint(self.store))

    def own_end(self) -> Link | None:
        """Return the last document; raises `LakeError` where it is not by the node's key, if that is here."""
        end = self.end()
        if end is not None and self.seed is not None:
            self._require_key(end, public_key(self.seed))
        return end

    def change_key(self, seed: bytes) -> Entry:
        """Go on with another key: the entry that names it is signed with the one before. The trail must have begun.

        Raises:
            LakeError: The key of before is not here: see `replace_lost_key`.
        """
        return self.record(Act("trail.new-key", self.code, details={"key": public_key(seed)}))

    def replace_lost_key(self, seed: bytes, reason: str) -> Entry:
        """Go on with another key though the one before is lost: nobody can sign for it but the new one.

        Until a parent takes offers that are signed with the new key, `verify` tells of this entry.
        """
        details = {"key": public_key(seed), "reason": reason}
        return Trail(self.store, self.code, seed, self.clock).record(Act("trail.lost-key", self.code, details=details))

    def key(self, end: Link, known: str | None = None) -> str | None:
        """Return the public key that the last document is signed with: `known` if it is that, else by the entries."""
        if known is not None and end.signed.is_by(known):
            return known
        named = [each.details.get("key") for each in self.entries() if each.kind in KEY_KINDS]
        return next((key for key in reversed(named) if isinstance(key, str) and end.signed.is_by(key)), None)

    def entries(self) -> Iterator[Entry]:
        """Yield what the trail tells, from its beginning; `audit verify` says whether it is true."""
        return (read_entry(link) for link in self.chain.links())

    def _require_key(self, end: Link, key: str) -> None:
        """Refuse to go on with another key than the last entry is signed with, or names; raises `LakeError`."""
        named = end.header.get("details", {}).get("key") if end.header.get("kind") in KEY_KINDS else None
        if named != key if named is not None else not end.signed.is_by(key):
            rule = (
                f"is not the key that the audit trail goes on with ({end.key}): it was replaced, or an old one restored"
            )
            raise LakeError(
                f"signing/{self.code}.key: {rule}",
                zh=f"signing/{self.code}.key：不是审计记录现用的密钥：已更换，或恢复了旧密钥",
            )

    def _append(self, act: Act, end: Link | None, seed: bytes) -> Entry:
        at = instant(self.clock())
        at = at if end is None else max(at, read_entry(end).at)  # a clock that goes back does not take the trail along
        link = self.chain.append(end, header(act, self.code, at), seed)
        self.store.put(keys.AUDIT_HINT, dump_json({"seq": link.seq}), media_type=JSON)
        return read_entry(link)

    def _seed(self) -> bytes:
        if self.seed is None:
            rule = "nothing is done that the trail cannot tell of, and no key of the node is here to sign it"
            raise LakeError(
                f"signing/{self.code}.key: missing: {rule}; restore it from a backup",
                zh=f"signing/{self.code}.key：缺失：没有节点密钥就无法记入审计记录，什么都不做；请从备份恢复",
            )
        return self.seed


def read_hint(store: Store) -> int:
    """Return the number of the end that the last writer left; it may be wrong, then the trail is looked through."""
    try:
        seq = json.loads(store.get(keys.AUDIT_HINT)[1])["seq"]
    except (NotFoundError, ValueError, KeyError, TypeError):
        return 0
    return seq if isinstance(seq, int) else 0
