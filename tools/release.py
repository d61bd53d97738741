"""Make a release of the software that anybody can check: wheel, lists of what is in it, sums, a signature.

    python tools/release.py FOLDER SEED

`SEED` is a file with an Ed25519 key, as `tianlake people make-key` writes one. The folder can be checked on any
machine: `sha256sum --check SHA256SUMS`, and `openssl pkeyutl -verify` with `release.pem` (docs/security.md).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import sbom
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tianlake.lake.keyfiles import read_seed
from tianlake.lake.signed import public_key

ROOT: Final = Path(__file__).resolve().parents[1]
SUMS: Final = "SHA256SUMS"


def sums(folder: Path) -> bytes:
    """Return the list of a folder's files with their SHA-256, as `sha256sum` reads it."""
    files = sorted(each for each in folder.iterdir() if not each.name.startswith(SUMS))
    return "".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files).encode()


def sign(folder: Path, seed: bytes) -> str:
    """Write the public key, the sums and their signature into a folder; return the public key."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "release.pem").write_bytes(pem)
    listed = sums(folder)
    (folder / SUMS).write_bytes(listed)
    (folder / f"{SUMS}.sig").write_bytes(key.sign(listed))
    return public_key(seed)


def build(folder: Path) -> None:
    """Build the wheel and the source archive with what is installed: nothing is fetched."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Make a release."""
    folder, seed = Path(sys.argv[1]), read_seed(Path(sys.argv[2]), sys.argv[2])
    folder.mkdir(parents=True)
    build(folder)
    sbom.write(folder)
    print(sign(folder, seed))


if __name__ == "__main__":
    main()
