"""Snapshots of keys: what the issuing node hands down the tree so that its keys are valid at every node.

    line 1   tianlake-keys 1
    line 2   the header: one line of JSON
    line 3   Ed25519 signature (RFC 8032) of lines 1 and 2, line feeds included, in base64
    body

The header has the issuer's node code, when the snapshot was made, how many keys it holds, the SHA-256 of the body, and
*standings*: what many keys have in common (kind, tier, terms, state), each once. The body is made to be searched as it
is, without building a table of it: SHA-256 digests of the keys, sorted, 32 bytes each; then where each key's record
ends, 4 bytes each, big-endian; then the records, one JSON list each. No key, name or e-mail address is in it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, chain
from typing import Any, Final

from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import LakeError
from tianlake.lake.signed import public_key, sign, take_apart

__all__ = ["MEDIA_TYPE", "SECRET", "Snapshot", "public_key", "read_snapshot", "write_snapshot"]

MEDIA_TYPE: Final = "application/vnd.tianlake.keys"
SECRET: Final = "snapshot-signing"  # noqa: S105 - the name of a secret in the store
"""Name of the issuer's Ed25519 seed in its account store."""

REVOKED_S: Final = 30 * 86_400
"""How long a revoked or expired key stays in snapshots, seconds: so long its user reads what became of it."""

_MAGIC: Final = b"tianlake-keys 1\n"
_DIGEST: Final = 32


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot whose signature was checked."""

    issuer: str
    """Node code of who issued the keys."""
    issued: float
    """Seconds since the epoch, to the millisecond."""
    count: int
    """Keys."""
    standings: tuple[tuple[Any, ...], ...]
    body: memoryview

    def find(self, digest: str) -> KeyRecord | None:
        """Return the record of a key, or None; log2 of `count` comparisons."""
        try:
            wanted = bytes.fromhex(digest)
        except ValueError:
            return None
        place = bisect_left(_Digests(self.body, self.count), wanted)
        if place == self.count or self.body[place * _DIGEST : (place + 1) * _DIGEST] != wanted:
            return None
        return self._record(place, digest)

    def __iter__(self) -> Iterator[KeyRecord]:
        """Yield every record, sorted by digest."""
        for place in range(self.count):
            yield self._record(place, self.body[place * _DIGEST : (place + 1) * _DIGEST].hex())

    def _record(self, place: int, digest: str) -> KeyRecord:
        records = self.count * (_DIGEST + 4)
        start = self._end(place - 1) if place else 0
        key_id, account, standing, *more = json.loads(bytes(self.body[records + start : records + self._end(place)]))
        kind, tier, terms, state = self.standings[standing]
        bound, expires, companion = more or ([], None, None)
        return KeyRecord(
            digest,
            key_id,
            account,
            tier,
            kind,
            hosts=tuple(bound) if kind == "browser" else (),
            networks=tuple(bound) if kind == "server" else (),
            state=state,
            expires=expires,
            terms=terms,
            companion=companion,
        )

    def _end(self, place: int) -> int:
        start = self.count * _DIGEST + place * 4
        return int.from_bytes(self.body[start : start + 4], "big")


@dataclass(frozen=True, slots=True)
class _Digests:
    """The sorted digests of a body, as a sequence that `bisect` searches."""

    body: memoryview
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> bytes:
        return bytes(self.body[place * _DIGEST : (place + 1) * _DIGEST])


def write_snapshot(keys: Iterable[IssuedKey], issuer: str, seed: bytes, now: float) -> bytes:
    """Return the signed snapshot of `keys`.

    Args:
        keys: All keys of the issuer's store; those that ended long ago are left out.
        issuer: Node code of the issuer.
        seed: Of its Ed25519 key, 32 bytes.
        now: Seconds since the epoch.
    """
    standings: dict[tuple[Any, ...], int] = {}
    rows = sorted(_rows((key.record for key in keys if _is_told(key, now)), standings))
    ends = struct.pack(f">{len(rows)}I", *accumulate(len(row) for _digest, row in rows))
    body = b"".join(chain((digest for digest, _row in rows), (ends,), (row for _digest, row in rows)))
    header = {
        "issuer": issuer,
        "issued": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "count": len(rows),
        "sha256": hashlib.sha256(body).hexdigest(),
        "standings": list(standings),
    }
    return sign(_MAGIC, header, seed) + body


def _is_told(key: IssuedKey, now: float) -> bool:
    if key.revoked is not None:
        return datetime.fromisoformat(key.revoked).timestamp() > now - REVOKED_S
    return key.record.expires is None or key.record.expires > now - REVOKED_S


def _rows(records: Iterable[KeyRecord], standings: dict[tuple[Any, ...], int]) -> Iterator[tuple[bytes, bytes]]:
    for record in records:
        standing = (record.kind, record.tier, record.terms, record.state)
        row: list[object] = [record.id, record.account, standings.setdefault(standing, len(standings))]
        bound = record.hosts or record.networks
        if bound or record.expires is not None or record.companion is not None:
            row += [bound, record.expires, record.companion]
        yield bytes.fromhex(record.digest), json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def read_snapshot(data: bytes, issuer_key: str, *, name: str) -> Snapshot:
    """Return what a snapshot holds, once its signature and every byte of it were checked.

    Args:
        data: The snapshot.
        issuer_key: Public key of the issuer, `ed25519:` and base64.
        name: Of the snapshot, for messages.

    Raises:
        LakeError: It is none, is not signed by the issuer, or was changed. One line.
    """
    signed = take_apart(data, _MAGIC)  # nothing is parsed before the signature was checked
    if signed is None:
        raise LakeError(f"{name}: not a snapshot of keys, or one of a newer form; fetch it again")
    if not signed.is_by(issuer_key):
        raise LakeError(
            f"{name}: the signature is not that of issuer_key {issuer_key}; the snapshot was tampered with, or another "
            "node issued it"
        )
    body = signed.body
    header = json.loads(signed.header)
    if hashlib.sha256(body).hexdigest() != header["sha256"]:
        raise LakeError(f"{name}: the keys are not those that were signed; it was tampered with or cut short")
    return Snapshot(
        header["issuer"],
        datetime.fromisoformat(header["issued"]).timestamp(),
        header["count"],
        tuple(tuple(each) for each in header["standings"]),
        body,
    )
