"""Terraform for tests: the plans that `terraform test` makes of infra/ with a mocked provider, once for the whole run.

It needs `terraform` on the PATH, and for its provider either a mirror of plugins, whose folder TF_PLUGIN_MIRROR names
(`tools/terraform_mirror.sh` finds one), or Terraform's own registry.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kit import REPO

INFRA = REPO / "infra"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of `terraform test` plans."""

    resources: dict[str, Any] = field(default_factory=dict)
    """Address → planned values."""
    outputs: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Any]:
        """Return the planned values of all resources of a type, by address."""
        return {name: each for name, each in self.resources.items() if f".{kind}." in f".{name}"}


@dataclass(frozen=True, slots=True)
class Tested:
    """What `terraform test` said of infra/."""

    statuses: dict[str, str]
    """Name of a run → `pass`, `fail`, `error`, `skip`."""
    plans: dict[str, Plan]
    told: list[str]
    """Errors, each with its place."""


def terraform() -> str:
    """Return the program, or skip the test and say what is missing."""
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("terraform is not on the PATH: install Terraform 1.11 or newer (infra/README.md)")
    return found


def environment() -> dict[str, str]:
    """Return the environment of terraform: without settings of whoever runs the tests, credentials least of all."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def run(*arguments: str, at: Path) -> str:
    """Run terraform; return its standard output, or fail with what it says."""
    done = subprocess.run(
        [terraform(), *arguments], cwd=at, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"terraform {arguments[0]} in {at}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def init(folder: Path) -> None:
    """Initialise a root module without its backend; skip the test where no provider can be had, and say so."""
    mirror = os.environ.get("TF_PLUGIN_MIRROR")
    arguments = ["init", "-backend=false", "-input=false", "-no-color", *([f"-plugin-dir={mirror}"] if mirror else [])]
    done = subprocess.run(
        [terraform(), *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0 and not mirror and "provider" in done.stderr:
        pytest.skip("no mirror of the AWS provider is named by TF_PLUGIN_MIRROR, and its registry does not answer")
    assert done.returncode == 0, f"terraform init in {folder}:\n{done.stdout}\n{done.stderr}"


def copy_of_infra(to: Path) -> Path:
    """Copy infra/ as it is committed, so that terraform leaves nothing in the work tree."""
    left = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*")
    return Path(shutil.copytree(INFRA, to / "infra", ignore=left))


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of infra/ that is initialised."""
    folder = copy_of_infra(tmp_path_factory.mktemp("terraform"))
    init(folder)
    return folder


@pytest.fixture(scope="session")
def tested(infra: Path) -> Tested:
    """Run every test of infra/tests with a mocked provider."""
    statuses: dict[str, str] = {}
    plans: dict[str, Plan] = {}
    told: list[str] = []
    command = [terraform(), "test", "-json", "-verbose"]
    with subprocess.Popen(command, cwd=infra, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                said = json.loads(_without_schemas(line))
                if "test_plan" in said:
                    plans[said["@testrun"]] = _plan(said["test_plan"])
                elif said.get("test_run", {}).get("progress") == "complete":
                    statuses[said["test_run"]["run"]] = said["test_run"]["status"]
                elif said["type"] == "diagnostic" and said["diagnostic"]["severity"] == "error":
                    told.append(_error(said))
        finally:
            process.terminate()  # where reading broke off; terraform ends its providers
    return Tested(statuses, plans, told)


def _without_schemas(line: str) -> str:
    """Cut what the provider knows off a plan, which is last in it: 13 MB that nobody reads."""
    plan, found, _schemas = line.partition(',"provider_schemas":')
    return f"{plan}}}}}" if found else line


def _plan(said: dict[str, Any]) -> Plan:
    changes = {each["address"]: each["change"].get("after") for each in said.get("resource_changes", [])}
    outputs = {name: each.get("after") for name, each in said.get("output_changes", {}).items()}
    return Plan(changes, outputs)


def _error(said: dict[str, Any]) -> str:
    found = said["diagnostic"]
    place = found.get("range", {})
    where = f"{place.get('filename')}:{place.get('start', {}).get('line')}"
    return f"{said.get('@testrun')}: {where}: {found['summary']}: {found.get('detail', '')}"
