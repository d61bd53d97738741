"""Look for secrets in every line that was ever committed: `make secrets`. Exits with 1 where one is found.

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
MADE_UP: Final = {
    "77ee3aea764114c9f7cf4ed8ae5f1ac419bb8c63dce67ba644f39d9cb465d088": "a bearer of a test",
}
"""SHA-256 of what looks like a secret → what it is."""


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and lines that were ever added to a file, commit by commit; what is binary is left out by git."""
    command = [
        "git",
        "log",
        "--all",
        "--patch",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-renames",
        "--format=",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as git:
        path, lines = "", list[str]()
        for line in git.stdout or ():
            if line.startswith("+++ "):
                yield path, "".join(lines)
                path, lines = line[6:].rstrip(), []
            elif line.startswith("+"):
                lines.append(line[1:])
        yield path, "".join(lines)


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
