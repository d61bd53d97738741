"""Letters that only the holder of a private key can open: what citizens write, and what a removal looks for.

A server that takes in such letters has the public key alone, so whoever breaks into it reads none. X25519 (RFC 7748)
with a key of its own for each letter, HKDF-SHA256 (RFC 5869), AES-256-GCM (NIST SP 800-38D).

bytes    18 magic, 32 public key of the letter, 12 nonce, then the ciphertext with its tag
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tianlake.lake.errors import LakeError

MAGIC: Final = b"tianlake-sealed 1\n"
MEDIA_TYPE: Final = "application/octet-stream"

_PREFIX: Final = "x25519:"
_PUBLIC: Final = 32
_NONCE: Final = 12


def letter_box(secret: bytes) -> str:
    """Return the public key of a private one of 32 bytes, as documents have it: `x25519:` and base64."""
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return _PREFIX + base64.b64encode(public).decode()


def seal(text: bytes, box: str, about: str) -> bytes:
    """Return a letter that only the holder of the private key of `box` can open.

    Args:
        text: What it says.
        box: Public key, as `letter_box` gives it.
        about: Where it belongs: it cannot be opened as a letter about something else.

    Raises:
        LakeError: `box` is no public key.
    """
    own = X25519PrivateKey.generate()
    public, theirs = own.public_key().public_bytes_raw(), _box(box)
    nonce = secrets.token_bytes(_NONCE)
    key = _key(own.exchange(X25519PublicKey.from_public_bytes(theirs)), public + theirs)
    return MAGIC + public + nonce + AESGCM(key).encrypt(nonce, text, about.encode())


def unseal(letter: bytes, secret: bytes, about: str, *, file: str) -> bytes:
    """Return what a letter says; raises `LakeError` where it is none, was changed, or is for another key or matter."""
    start = len(MAGIC)
    public, nonce = letter[start : start + _PUBLIC], letter[start + _PUBLIC : start + _PUBLIC + _NONCE]
    if not letter.startswith(MAGIC) or len(nonce) != _NONCE:
        raise LakeError(f"{file}: is no sealed letter; restore it from a backup")
    own = X25519PrivateKey.from_private_bytes(secret)
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    key = _key(shared, public + own.public_key().public_bytes_raw())
    try:
        return AESGCM(key).decrypt(nonce, letter[start + _PUBLIC + _NONCE :], about.encode())
    except InvalidTag:
        raise LakeError(f"{file}: was sealed for another key, or changed since; restore key or file") from None


def _box(text: str) -> bytes:
    try:
        found = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        found = b""
    if not text.startswith(_PREFIX) or len(found) != _PUBLIC:
        raise LakeError(f"public key {text[:80]!r}: must be {_PREFIX} and 32 bytes in base64")
    return found


def _key(shared: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, b"tianlake sealed letter").derive(shared)
