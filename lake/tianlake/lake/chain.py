"""Chains of signed documents in a bucket: each holds the hash of the one before, none is ever replaced.

The audit trail, the steps of a review, of a case and of a front-deployed copy have this form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake.errors import NotFoundError, fault
from tianlake.lake.signed import Signed, sign, take_apart
from tianlake.lake.store import ABSENT, Store

MEDIA_TYPE: Final = "text/plain"
GENESIS: Final = "0" * 64
"""What the first document of a chain has in the place of the hash of the one before."""
LONGEST: Final = 64 * 1024
"""Bytes of a document: it tells of an act, it does not hold what the act was about."""


@dataclass(frozen=True, slots=True)
class Link:
    """A document of a chain; nothing of its signature is checked yet."""

    key: str
    """Of the object it lies in."""
    seq: int
    """1 for the first one."""
    body: bytes
    signed: Signed
    header: Mapping[str, Any]
    """With `seq` and `previous`, the SHA-256 of the document before."""

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, lower-case hex."""
        return hashlib.sha256(self.body).hexdigest()

    def is_after(self, before: Link | None) -> bool:
        """Say whether it holds the hash of the document before it."""
        return bool(self.header["previous"] == (GENESIS if before is None else before.digest))


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain in a store. Pure reading and conditional writing: who may sign what is its users' business."""

    store: Store
    key: Callable[[int], str]
    """Number of a document, from 1 on → key of its object."""
    magic: bytes
    """Line 1 of each document, its line feed included: `tianlake-act 1`."""

    def read(self, seq: int) -> Link | None:
        """Return one document, or None where there is none.

        Raises:
            LakeError: The object is no document of this form, or of another number.
        """
        key = self.key(seq)
        try:
            _info, body = self.store.get(key)
        except NotFoundError:
            return None
        return read_link(body, self.magic, seq, file=key)

    def links(self, since: int = 1) -> Iterator[Link]:
        """Yield the documents from number `since` on, until one is missing."""
        seq = since
        while (link := self.read(seq)) is not None:
            yield link
            seq += 1

    def end(self, hint: int = 0) -> Link | None:
        """Return the last document, or None where there is none; `hint` is a number to look from."""
        found = self.read(hint) if hint > 0 else None
        for link in self.links(found.seq + 1 if found else 1):
            found = link
        return found

    def append(self, before: Link | None, header: Mapping[str, Any], seed: bytes) -> Link:
        """Put a document behind another one; `header` is that of `make`.

        Raises:
            ConflictError: Another one was put there first; look at the end again.
            LakeError: The document is longer than `LONGEST`.
        """
        link = self.make(before, header, seed)
        self.put(link)
        return link

    def make(self, before: Link | None, header: Mapping[str, Any], seed: bytes) -> Link:
        """Return the document that would follow another one, put nowhere yet.

        Args:
            before: The end of the chain; None where it is empty.
            header: What the document says: JSON, without `seq` and `previous`.
            seed: Of the signer's Ed25519 key, 32 bytes.

        Raises:
            LakeError: The document is longer than `LONGEST`.
        """
        seq = before.seq + 1 if before else 1
        placed = {"seq": seq, "previous": before.digest if before else GENESIS, **header}
        body, key = sign(self.magic, placed, seed), self.key(seq)
        if len(body) > LONGEST:
            raise fault(key, "", f"{len(body)} bytes; a document of a chain has {LONGEST} at most: say less")
        return read_link(body, self.magic, seq, file=key)

    def put(self, link: Link) -> None:
        """Put a document that was made; raises `ConflictError` where another one was put there first."""
        self.store.put(link.key, link.body, media_type=MEDIA_TYPE, condition=ABSENT)


def read_link(body: bytes, magic: bytes, seq: int, *, file: str) -> Link:
    """Return the document that an object holds; raises `LakeError` where it is none of this form and number."""
    signed = take_apart(body, magic)
    try:
        header = json.loads(signed.header) if signed is not None and not len(signed.body) else None
    except ValueError:
        header = None
    if signed is None or not isinstance(header, dict) or not isinstance(header.get("previous"), str):
        raise fault(file, "", f"is no document of the form {magic.decode().strip()!r}; restore it from a backup")
    if header.get("seq") != seq:
        raise fault(file, "seq", f"is number {header.get('seq')} in the place of {seq}; restore it from a backup")
    return Link(file, seq, body, signed, header)
