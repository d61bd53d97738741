"""Write what is in each deployable, from its lock file, as CycloneDX: `make sbom`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DEPLOYABLES: Final = {
    "command-and-gateway": "run",
    "cluster": "dask",
    "lambda-api": "lambda-api",
    "lambda-web": "lambda-web",
    "lambda-stac": "lambda-stac",
}
"""Deployable → the file in requirements/ that pins what it runs on."""


def command(lock: str, target: Path) -> list[str]:
    """Return what writes the list of one lock file; equal locks give equal bytes."""
    program = str(ROOT / ".venv-security/bin/cyclonedx-py")
    source = str(ROOT / f"requirements/{lock}.txt")
    return [program, "requirements", source, "--output-reproducible", "--of", "JSON", "-o", str(target)]


def write(folder: Path) -> list[Path]:
    """Write one list for each deployable into a folder; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, lock in DEPLOYABLES.items():
        target = folder / f"{name}.cdx.json"
        subprocess.run(command(lock, target), check=True)
        made.append(target)
    return made


if __name__ == "__main__":
    print(*write(Path(sys.argv[1])), sep="\n")
