"""Look for secrets in every version of every file that git holds: `make secrets`. Exits with 1 where one is found.

Run with the environment that has detect-secrets. Rules that go by form are used, none that guesses by entropy: hashes
and public keys are all over this repository. Keys in tests are made up and named below by their SHA-256.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import transient_settings

GUESSING: Final = {
    "Base64 High Entropy String",
    "Hex High Entropy String",
    "Secret Keyword",
    "Public IP (ipv4)",
    "Basic Auth Credentials",
    "NPM tokens",
}
LARGEST: Final = 2_000_000
"""Bytes of a file that is looked at; larger ones here are pictures and lists of hashes."""

MADE_UP: Final[dict[str, str]] = {}
"""SHA-256 of what looks like a secret → what it is."""


def blobs() -> Iterator[tuple[str, str]]:
    """Yield id and a path of every file's every version."""
    command = ["git", "rev-list", "--objects", "--all"]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, path = line.partition(" ")
        if path:
            yield name, path


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of each version that is text."""
    command = ["git", "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as git:
        assert git.stdin is not None  # noqa: S101 - both are pipes
        assert git.stdout is not None  # noqa: S101
        for name, path in blobs():
            git.stdin.write(f"{name}\n".encode())
            git.stdin.flush()
            _, kind, size = git.stdout.readline().split()
            body = git.stdout.read(int(size) + 1)
            if kind == b"blob" and int(size) <= LARGEST and b"\0" not in body[:8000]:
                yield path, body.decode("utf-8", "replace")


def main() -> int:
    """Tell of what was found, a line each."""
    found: dict[tuple[str, str, str], None] = {}
    with transient_settings({}):
        rules = [each() for kind, each in get_mapping_from_secret_type_to_class().items() if kind not in GUESSING]
        for path, text in texts():
            for rule in rules:
                for pattern in getattr(rule, "denylist", ()):
                    for match in pattern.finditer(text):
                        digest = hashlib.sha256(match[0].encode()).hexdigest()
                        if digest not in MADE_UP:
                            found[path, rule.secret_type, digest] = None
    for path, kind, digest in sorted(found):
        print(f"{path}: {kind}: sha256 {digest}")
    print(f"{len(found)} found", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
