"""The command as a process, and the files of a workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(*arguments: str, lang: str = "C.UTF-8", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `variables` of the environment are set for it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LC_")} | {
        "LANG": lang,
        **variables,
    }
    command = [sys.executable, "-m", "tianlake.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=60, encoding="utf-8"
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a workspace but its caches."""
    files = (file for file in folder.rglob("*") if file.is_file())
    named = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return {name: body for name, body in named.items() if not name.startswith(".tianlake/")}
