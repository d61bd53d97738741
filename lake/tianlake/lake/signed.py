"""Signed documents: what a node says to others, which anybody may carry and nobody can change.

line 1   what it is, and the version of its form
line 2   the header: one line of JSON
line 3   Ed25519 signature (RFC 8032) of lines 1 and 2, line feeds included, in base64
body     where there is one, its SHA-256 is in the header
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tianlake.lake.errors import LakeError

SEED_BYTES: Final = 32
LONGEST_HEADER: Final = 1_000_000

_PREFIX: Final = "ed25519:"
_LONGEST_SIGNATURE: Final = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """A document that was taken apart; nothing in it was checked or parsed yet."""

    said: bytes
    """Lines 1 and 2, which are signed."""
    header: bytes
    signature: bytes
    """As it is written, in base64."""
    body: memoryview

    def is_by(self, key: str) -> bool:
        """Say whether this public key's owner signed it; raises `LakeError` where `key` is none."""
        try:
            _verifier(key).verify(_signature(self.signature), self.said)
        except InvalidSignature:
            return False
        return True


def public_key(seed: bytes) -> str:
    """Return the public key of a seed as settings have it: `ed25519:` and base64."""
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return _PREFIX + base64.b64encode(raw).decode()


def sign(magic: bytes, header: object, seed: bytes) -> bytes:
    """Return the three signed lines; a body may follow them.

    Args:
        magic: Line 1, its line feed included.
        header: A JSON value.
        seed: Of the signer's Ed25519 key, 32 bytes.
    """
    said = magic + json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(seed).sign(said))
    return b"".join((said, signature, b"\n"))


def take_apart(data: bytes, magic: bytes) -> Signed | None:
    """Return the parts of a signed document, or None where it is none of this form."""
    start = len(magic)
    header_end = data.find(b"\n", start, start + LONGEST_HEADER)
    signature_end = data.find(b"\n", header_end + 1, header_end + _LONGEST_SIGNATURE)
    if not data.startswith(magic) or header_end < 0 or signature_end < 0:
        return None
    signature = data[header_end + 1 : signature_end]
    return Signed(data[: header_end + 1], data[start:header_end], signature, memoryview(data)[signature_end + 1 :])


def _signature(text: bytes) -> bytes:
    """Return the signature that a line holds, in the one spelling that base64 has for it."""
    try:
        signature = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise InvalidSignature from None
    if base64.b64encode(signature) != text:
        raise InvalidSignature
    return signature


def _verifier(key: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix(_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        raise LakeError(f"public key {key!r}: must be {_PREFIX} and 32 bytes in base64") from None
