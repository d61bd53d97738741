"""A snapshot: the signed list of all objects of a node's lake at one time, the private ones in a sealed part."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.records import read_record
from tianlake.lake.sealed import seal, unseal
from tianlake.lake.signed import sign, take_apart
from tianlake.lake.words import Instant, Sha256

MAGIC: Final = b"tianlake-backup 1\n"
MEDIA_TYPE: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the lake, as it was saved."""

    key: str
    sha256: Sha256
    size: int
    """Bytes."""
    etag: str
    """What the lake's store called these bytes; empty where they were not read there."""
    pieces: tuple[str, ...] = ()
    """Of a private one: its sealed parts in the backup."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a snapshot says of itself."""

    node: str
    at: Instant
    """When the lake was looked at: the recovery point."""
    box: str
    """Public key that private objects are sealed for."""
    objects: int
    """All of them, private ones too."""
    bytes: int
    body: Sha256
    damaged: tuple[str, ...] = ()
    """Keys of objects that were lost or changed in the lake already, and in no earlier snapshot."""
    forgotten: Instant | None = None
    """When content that a removal (article 18) took away was last deleted from it."""
    accounts: Object | None = None
    """Accounts, keys and quotas of the node, one sealed file. They are named here, in the open, so that a backup whose
    private key is elsewhere can let go of those of somebody who left."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One of them."""

    head: Head
    public: tuple[Object, ...]
    """By key."""
    private: tuple[Object, ...] | None
    """By key; None where the operator's key is not here."""
    seals: Mapping[str, str] = field(default_factory=dict)
    """Sealed part → SHA-256 of its bytes as they lie in the backup."""

    @property
    def objects(self) -> tuple[Object, ...]:
        """All that can be seen here."""
        return (*self.public, *(self.private or ()))

    def releases(self) -> Iterator[tuple[str, str]]:
        """Yield product and id of each release that is whole in it, by its manifest."""
        for each in self.public:
            if is_manifest(each.key):
                product, release, _name = keys.parse_release_file(each.key)
                yield product, release


def write_snapshot(snapshot: Snapshot, seed: bytes) -> bytes:
    """Return the document of a snapshot that has its private part, signed by the node."""
    listing = json.dumps([_row(each) for each in snapshot.private or ()], separators=(",", ":")).encode()
    about = _about(snapshot.head.node, snapshot.head.at)
    sealed = base64.b64encode(seal(listing, snapshot.head.box, about)).decode()
    return _document(snapshot, sealed, seed)


def rewrite_snapshot(document: bytes, snapshot: Snapshot, seed: bytes) -> bytes:
    """Return the document of a snapshot whose private part nobody opened: that stays as it is in `document`."""
    return _document(snapshot, str(json.loads(_body(document))["private"]), seed)


def _document(snapshot: Snapshot, sealed: str, seed: bytes) -> bytes:
    plain = {"objects": [_row(each) for each in snapshot.public], "seals": dict(snapshot.seals), "private": sealed}
    body = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    every = snapshot.objects
    counted = replace(snapshot.head, body=hashlib.sha256(body).hexdigest())
    if snapshot.private is not None:
        counted = replace(counted, objects=len(every), bytes=sum(each.size for each in every))
    return sign(MAGIC, asdict(counted), seed) + body


def read_snapshot(document: bytes, trusted: Collection[str], secret: bytes | None, *, file: str) -> Snapshot:
    """Return what a snapshot's document says.

    Args:
        document: Its bytes.
        trusted: Public keys of the node: one of them must have signed it.
        secret: Private key of the operator for the private part, or None: that stays closed.
        file: How messages name it.

    Raises:
        LakeError: It is none, damaged, signed by somebody else, or sealed for another key.
    """
    signed = take_apart(document, MAGIC)
    if signed is None:
        raise LakeError(f"{file}: is no snapshot of a backup, or damaged; take an earlier one: --at TIME")
    if not any(signed.is_by(key) for key in trusted):
        rule = "is not signed by the node: it was changed, or its key was another one then; name that: --public-key"
        raise LakeError(f"{file}: {rule}", zh=f"{file}：不是节点所签：已被改动，或当时是另一把密钥（--public-key）")
    head = read_record(Head, json.loads(signed.header), file=file)
    if hashlib.sha256(signed.body).hexdigest() != head.body:
        raise LakeError(f"{file}: its list of objects was changed; take an earlier one: --at TIME")
    plain = json.loads(bytes(signed.body))
    private = None
    if secret is not None:
        letter = base64.b64decode(plain["private"])
        listing = unseal(letter, secret, _about(head.node, head.at), file=file)
        private = tuple(map(_object, json.loads(listing)))
    return Snapshot(head, tuple(map(_object, plain["objects"])), private, plain["seals"])


def is_manifest(key: str) -> bool:
    """Say whether an object is the manifest of a release."""
    try:
        return keys.parse_release_file(key)[2] == keys.MANIFEST
    except LakeError:
        return False


def snapshot_name(at: Instant) -> str:
    """Return the name of a snapshot's document by its time: `20261128T013000Z.txt`."""
    return f"{keys.compact(at)}.txt"


def _body(document: bytes) -> bytes:
    signed = take_apart(document, MAGIC)
    return bytes(signed.body) if signed is not None else b""


def _about(code: str, at: str) -> str:
    return f"{code} {at}"


def _row(each: Object) -> list[Any]:
    return [each.key, each.sha256, each.size, each.etag, *([list(each.pieces)] if each.pieces else [])]


def _object(row: list[Any]) -> Object:
    key, sha256, size, etag, *pieces = row
    return Object(key, sha256, size, etag, tuple(pieces[0]) if pieces else ())
