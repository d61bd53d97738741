"""Copies of the repository that a test may spoil."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from kit import REPO

SLICES: Final = ("build", "cli", "functions", "lake", "portal", "stac")
"""The source roots; each carries one part of the namespace package `tianlake`."""

GENERATED: Final = ("lake/tianlake/lake/_divisions.json", "portal/tianlake/portal/static/vendor")
"""What `make install` adds to the package: ignored by git, wanted in every wheel."""


def git(root: Path, *arguments: str) -> list[str]:
    """Return the lines a git command prints; exit code 1 (nothing found) is an answer, not an error."""
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr)
    return done.stdout.splitlines()


def tracked(root: Path, *patterns: str) -> list[Path]:
    """Return the files git holds (that still exist), relative to `root`."""
    found = (Path(name) for name in git(root, "-c", "core.quotePath=off", "ls-files", "--", *patterns))
    return [path for path in found if (root / path).is_file()]


def copy_tree(target: Path) -> Path:
    """Copy what git holds into `target`, as a repository of its own with everything added; return it."""
    for path in tracked(REPO):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / path, target / path)
    git(target, "init", "--quiet")
    git(target, "add", "--all", "--force")
    return target
