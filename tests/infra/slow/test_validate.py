"""Every root is valid as it stands, and checkov finds nothing in infra/ that is not skipped for a reason."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from kit import REPO
from terraform_kit import INFRA, copy_of_infra, init, run

CHECKOV = REPO / ".venv-checkov/bin/checkov"
EXAMPLES = sorted(path.parent.name for path in INFRA.glob("examples/*/main.tf"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_valid(example, tmp_path):
    folder = copy_of_infra(tmp_path) / "examples" / example
    init(folder)
    assert json.loads(run("validate", "-json", at=folder))["valid"]


def test_checkov_finds_nothing():
    command = [
        str(CHECKOV),
        "-d",
        str(INFRA),
        "--framework",
        "terraform",
        "--skip-download",
        "--quiet",
        "--compact",
        "-o",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["summary"]["passed"] > 300, done.stderr
    assert [f"{each['check_id']} {each['resource']}" for each in found["results"]["failed_checks"]] == []


def test_every_skip_says_why():
    for path in INFRA.rglob("*.tf"):
        for line in path.read_text().splitlines():
            if "checkov:skip" in line:
                assert re.search(r"checkov:skip=CKV2?_AWS_\d+:\S.{15,}", line), f"{path.name}: {line}"
