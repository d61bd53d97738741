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


ALWAYS_WELL = "echo 'No known vulnerabilities found'"
KNOWS = "case \"$*\" in *requirements/*) {lock} ;; *) echo 'jinja2 2.7.2 PYSEC-2014-8'; exit 1 ;; esac"


@pytest.mark.parametrize(
    ("says", "code", "told"),
    [
        ("echo 'Max retries exceeded'; exit 1", 3, "NOT audited"),
        (ALWAYS_WELL, 3, "nobody told of the known faults"),
        ("echo 'jinja2 not found on PyPI'; exit 1", 3, "NOT audited"),
        (KNOWS.format(lock="echo 'ServiceError: Connection refused'; exit 1"), 3, "no advisory database answers"),
        (KNOWS.format(lock="echo 'duckdb 1.5.5 PYSEC-2026-1'; exit 1"), 1, "PYSEC-2026-1"),
        (KNOWS.format(lock=ALWAYS_WELL), 0, "== requirements/run.txt"),
    ],
    ids=["no network", "knows nothing", "has no index", "goes away", "finds one", "finds none"],
)
def test_an_audit_that_asked_nobody_is_none(says: str, code: int, told: str, tmp_path: Path) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "PIP_AUDIT": str(program)}
    done = subprocess.run(["sh", REPO / "tools/audit.sh"], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stderr
    gone = subprocess.run(
        ["sh", REPO / "tools/audit.sh"],
        capture_output=True,
        check=False,
        env=environment | {"PIP_AUDIT": str(tmp_path / "nothing")},
    )
    assert gone.returncode == 3
