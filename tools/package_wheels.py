"""What pinned wheels hold, as a Lambda function needs it: fetched by pip with their hashes, for Lambda's system."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from tianlake.lake.errors import LakeError, StoreError

MACHINE: Final = "x86_64"
"""Lambda's architecture of that name; the extensions of DuckDB, too, are packed for it."""

_GLIBC: Final = (17, 24, 26, 27, 28, 31, 34)
"""Wheels for these releases of glibc run on Amazon Linux 2023, which has 2.34 (its release notes)."""

_LEFT_OUT: Final = re.compile(
    r"(^|/)(tests?|include|__pycache__)/|\.(pyi|pyx|pxd|pxi|pyc|h|hpp|c|cpp)$|\.dist-info/((RECORD|WHEEL)$|sboms/)"
    # pip puts Chalice's own tool beside its runtime, which is what `chalice package` takes too.
    r"|^chalice/(?!(__init__|app)\.py$)"
    # Of AWS's descriptions of services, those of the services that are called.
    r"|^botocore/data/(?!(cloudfront|dynamodb|s3|sts)/)[^/]+/|^boto3/(data|examples)/"
    # AVIF is no format of ours; Pillow imports its reader when there is one.
    r"|^PIL/_avif\.|^pillow\.libs/libavif-"
)
"""What nothing needs that runs in a function."""


def fetch(requirements: Path, python: str, wheels: Path) -> None:
    """Download the wheels that a requirements file pins into a folder; those that are there are taken from it.

    Args:
        requirements: With a hash for each wheel.
        python: Lambda's Python, such as `3.12`.
        wheels: The folder.

    Raises:
        StoreError: One cannot be fetched, or is another than was pinned.
    """
    wheels.mkdir(parents=True, exist_ok=True)
    if told := _download(requirements, python, wheels, ["--find-links", str(wheels)]):
        raise StoreError(f"{requirements.name}: pip cannot fetch its wheels: {told}")


def pinned(requirements: Path, python: str, wheels: Path) -> dict[str, dict[str, bytes]]:
    """Return what the wheels of a requirements file hold: distributions by name, files by path from `site-packages`.

    Where the folder has all of them no network is used.

    Raises:
        StoreError: As of `fetch`.
        LakeError: Two of them hold the same file.
    """
    with TemporaryDirectory() as scratch:
        here = ["--no-index", "--find-links", str(wheels)]
        if _download(requirements, python, Path(scratch), here):
            fetch(requirements, python, wheels)
            _download(requirements, python, Path(scratch), here)
        found = {path.name.partition("-")[0].lower(): dict(_files(path)) for path in sorted(Path(scratch).iterdir())}
    names = [name for files in found.values() for name in files]
    if len(set(names)) < len(names):
        twice = min(name for name in set(names) if names.count(name) > 1)
        raise LakeError(f"{requirements.name}: {twice}: two distributions hold it")
    return found


def command(requirements: Path, python: str, target: Path) -> list[str]:
    """Return pip's command that downloads the wheels of a requirements file for Lambda's system."""
    version = python.replace(".", "")
    systems = [f"manylinux_2_{minor}_{MACHINE}" for minor in reversed(_GLIBC)] + [f"manylinux2014_{MACHINE}"]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(requirements)),
        *("--dest", str(target), "--implementation", "cp", "--python-version", python),
        *(part for abi in (f"cp{version}", "abi3", "none") for part in ("--abi", abi)),
        *(part for system in systems for part in ("--platform", system)),
    ]


def _download(requirements: Path, python: str, target: Path, more: list[str]) -> str | None:
    """Return in one line what went wrong, or None."""
    done = subprocess.run([*command(requirements, python, target), *more], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return " ".join((errors or [done.stderr])[-1].split())


def _files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of what a wheel installs beside Python's own (PyPA, "Binary distribution format")."""
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            first, *rest = PurePosixPath(name).parts
            if first.endswith(".data"):
                if rest[0] not in {"purelib", "platlib"}:
                    continue
                path = "/".join(rest[1:])
            else:
                path = name
            if not name.endswith("/") and not _LEFT_OUT.search(path):
                yield path, archive.read(name)
