"""Stacks of our modules that are really applied: Terraform against LocalStack, in a copy of infra/.

What differs from a stack in a cloud is in override files of the copy, which Terraform merges over the modules: where
requests go, and, in stacks that are to leave nothing behind, that data may be deleted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstack_kit import LocalStack
from terraform_kit import environment, init, terraform

PROVIDERS = """
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
provider "aws" {
  alias             = "replica"
  region            = "us-west-2"
  s3_use_path_style = true
}
"""

MAY_GO = {
    "storage": """
resource "aws_s3_bucket" "lake" {
  force_destroy = true
  lifecycle { prevent_destroy = false }
}
resource "aws_s3_bucket" "audit" {
  force_destroy = true
  lifecycle { prevent_destroy = false }
}
resource "aws_s3_bucket" "replica" {
  lifecycle { prevent_destroy = false }
}
""",
    "accounts": """
resource "aws_kms_key" "accounts" {
  lifecycle { prevent_destroy = false }
}
resource "aws_dynamodb_table" "accounts" {
  deletion_protection_enabled = false
  lifecycle { prevent_destroy = false }
}
""",
}
"""Module → its override where all that was made is to be deleted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one `terraform apply` did: numbers of resources."""

    made: int
    changed: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Root:
    """A Terraform root whose AWS is a LocalStack."""

    folder: Path
    variables: Mapping[str, str]
    """Of the environment."""

    def apply(self, *, destroy: bool = False) -> Summary:
        """Apply, or destroy; fail with what is wrong."""
        more = ["-destroy", "-refresh=false"] if destroy else []
        said = self._lines("apply", "-auto-approve", "-input=false", "-json", *more)
        (found,) = [each["changes"] for each in said if each["type"] == "change_summary" and _done(each)]
        return Summary(found["add"], found["change"], found["remove"])

    def outputs(self) -> dict[str, Any]:
        """Return its outputs, as its state has them."""
        state = json.loads((self.folder / "terraform.tfstate").read_bytes())
        return {name: each["value"] for name, each in state["outputs"].items()}

    def _lines(self, *arguments: str) -> list[dict[str, Any]]:
        command = [terraform(), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def _done(said: Mapping[str, Any]) -> bool:
    return said["changes"]["operation"] in {"apply", "destroy"}


def credentials(service: LocalStack) -> dict[str, str]:
    """Return the variables by which programs find LocalStack, as they find AWS."""
    return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": service.url}


def root_of(infra: Path, text: str, service: LocalStack) -> Root:
    """Make a root in a copy of infra/ (`copy_of_infra`), all of whose data may go, and initialise it."""
    shutil.rmtree(infra / "tests")  # initialising reads them too, and the examples that they are of
    for module, override in MAY_GO.items():
        (infra / "modules" / module / "emulator_override.tf").write_text(override)
    (infra / "main.tf").write_text(PROVIDERS + text)
    init(infra)
    return Root(infra, {**environment(), **credentials(service)})
