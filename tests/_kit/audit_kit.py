"""A verifier of trails written from docs/layout.md alone: JSON, SHA-256 and Ed25519, and nothing of Tianlake."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_whole(root: Path, code: str, end: int, last: str | None = None) -> bool:
    """Say whether the trail of a node in a folder is whole.

    Args:
        root: The node's folder.
        code: Of the node.
        end: Number of the last entry, as somebody else knows it.
        last: SHA-256 of that entry, as somebody else knows it; None where nobody does.
    """
    files = sorted(path for path in (root / "private/audit").rglob("*") if path.is_file())
    found = [path for path in files if path.name != "end.json" and "pending" not in path.parts]
    wanted = [root / f"private/audit/{n // 1000:07d}/{n:010d}.txt" for n in range(1, len(found) + 1)]
    if found != wanted or len(found) < end:
        return False
    previous, key, at = "0" * 64, "", ""
    for number, path in enumerate(found, 1):
        body = path.read_bytes()
        parts = re.fullmatch(rb"(tianlake-act 1\n)([^\n]*\n)([A-Za-z0-9+/=]+)\n", body)
        if parts is None or len(body) > 65536:
            return False
        magic, header, signature = parts.groups()
        try:
            said = json.loads(header)
            if number == 1:
                key = said["details"]["key"] if said["kind"] == "trail.begin" else ""
            elif said["kind"] == "trail.begin":
                return False
            raw = base64.b64decode(key.removeprefix("ed25519:"), validate=True)
            decoded = base64.b64decode(signature, validate=True)
            Ed25519PublicKey.from_public_bytes(raw).verify(decoded, magic + header)
            spelt = base64.b64encode(decoded) == signature
            placed = (said["seq"], said["previous"], said["node"]) == (number, previous, code)
            if not (spelt and placed and said["at"] >= at):
                return False
            at, key = said["at"], said["details"]["key"] if said["kind"] == "trail.new-key" else key
        except (ValueError, KeyError, TypeError, InvalidSignature):
            return False
        previous = hashlib.sha256(body).hexdigest()
    return last is None or hashlib.sha256(wanted[end - 1].read_bytes()).hexdigest() == last
