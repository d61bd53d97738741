"""The one document that a node hands up, and its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.signed import sign, take_apart
from tianlake.stac.federation.records import Offer

MEDIA_TYPE: Final = "application/vnd.tianlake.offer"
MAGIC: Final = b"tianlake-offer 1\n"


def write_offer(offer: Offer, seed: bytes) -> bytes:
    """Return an offer signed with the node's key; equal offers give equal bytes (RFC 8032 signs so)."""
    return sign(MAGIC, json.loads(dump_record(offer)), seed)


def signed_with(data: bytes, keys: Sequence[str]) -> str:
    """Return the one of a node's keys that an offer, which `read_offer` took, is signed with."""
    signed = take_apart(data, MAGIC)
    return next(key for key in keys if signed is not None and signed.is_by(key))


def read_offer(data: bytes, keys: Sequence[str], *, name: str) -> Offer:
    """Return what an offer says, once its signature was found to be that of one of `keys`.

    Raises:
        LakeError: It is none, is signed by somebody else, or was changed. Nothing of it was parsed then.
    """
    signed = take_apart(data, MAGIC)
    if signed is None or signed.body:
        raise LakeError(f"{name}: not an offer of a node, or one of a newer form")
    if not any(signed.is_by(key) for key in keys):
        raise LakeError(f"{name}: the signature is by none of the keys that are registered for the node")
    return parse_record(Offer, signed.header, file=name)
