"""A published node behind the real gateway and TLS, held to the profile by its validator as any client sees it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from server_kit import running
from stac_kit import NODE
from tls_kit import certify, https_in_front_of

INHERENT = {
    "PTL-GEN-002",  # a crawl cannot see what no link names; the tree on disk is checked in test_profile.py
    "PTL-PRO-002",  # whether the source of a mirror publishes STAC cannot be known
}


@pytest.fixture
def base(lake, tmp_path):
    """A workspace with a copy of the published node."""
    shutil.copytree(lake, tmp_path / "lake" / NODE.identity.code)
    return tmp_path


def findings(base: Path) -> set[tuple[str, str]]:
    """Return rule and object of what `rashid check https://… --schema` finds, schemas, bytes and the host included."""

    async def run(port: int) -> tuple[bytes, bytes]:
        certificate, key = certify(base)
        trust = {"SSL_CERT_FILE": str(certificate), "GDAL_CURL_CA_BUNDLE": str(certificate), "NO_PROXY": "127.0.0.1"}
        async with https_in_front_of(port, certificate, key) as url:
            process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("rashid"),
                *("check", f"{url}/catalog.json", "--schema", "--json"),
                env={**os.environ, **trust},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            return await process.communicate()

    with running(base, [NODE.identity.code]) as server:
        printed, log = asyncio.run(run(server.port))
    assert printed, log.decode()
    report = json.loads(printed)
    assert report["files_checked"] == 6, "the root, three collections, two items"
    return {(each["rule_id"], each.get("object_id", "")) for each in report["findings"]}


def test_a_served_node_meets_the_profile_over_https(base):
    assert {rule for rule, _ in findings(base)} <= INHERENT


def test_the_validator_would_have_missed_a_file_on_the_host(base):
    [archive] = base.glob("lake/*/releases/counties/*/counties.pmtiles")
    archive.unlink()
    assert {("PTL-LIV-002", "n156130000-counties"), ("PTL-LIV-006", "n156130000-counties")} & findings(base)
