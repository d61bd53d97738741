"""What goes out with a release of the software can be checked on any machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import release
import sbom
from kit import REPO


def check(folder: Path) -> list[int]:
    """Check a release as docs/security.md says, by programs that are none of ours."""
    page = (REPO / "docs/security.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith(("sha256sum", "openssl"))]
    assert len(lines) == 2
    return [subprocess.run(line.split(), cwd=folder, capture_output=True, check=False).returncode for line in lines]


def test_a_release_is_checked_by_sha256sum_and_openssl(tmp_path: Path) -> None:
    (tmp_path / "tianlake-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    (tmp_path / "command-and-gateway.cdx.json").write_bytes(b"{}")
    assert release.sign(tmp_path, bytes(range(32))).startswith("ed25519:")
    assert check(tmp_path) == [0, 0]
    (tmp_path / "tianlake-0.1.0-py3-none-any.whl").write_bytes(b"whee1")
    assert check(tmp_path) == [1, 0]
    sums = tmp_path / "SHA256SUMS"
    sums.write_bytes(release.sums(tmp_path))
    assert check(tmp_path) == [0, 1], "sums that fit, and nobody signed"


@pytest.mark.parametrize(("name", "lock"), sbom.DEPLOYABLES.items())
def test_each_deployable_has_a_lock_whose_list_is_written(name: str, lock: str, tmp_path: Path) -> None:
    command = sbom.command(lock, tmp_path / f"{name}.cdx.json")
    assert (REPO / f"requirements/{lock}.txt").is_file()
    assert command[1:3] == ["requirements", str(REPO / f"requirements/{lock}.txt")]
