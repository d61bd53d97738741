"""The page for operators, typed from top to bottom: from an empty account of an emulator to a served node, and back."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from kit import REPO
from localstack_kit import LocalStack
from server_kit import free_port
from terraform_kit import terraform

from tianlake.cli.app import tianlake

NODE = "156130000"
PAGE = (REPO / "docs/operate.md").read_text("utf-8")
CLOUD = PAGE[PAGE.index("## In a cloud") :]

STACK = """
variable "packages" { type = string }
variable "workspace" { type = string }
variable "endpoint" { type = string }
locals { listed = jsondecode(file("${var.packages}/packages.json")) }
resource "terraform_data" "lake" {
  provisioner "local-exec" { command = "MAKE_BUCKET" }
}
resource "terraform_data" "functions" {
  input      = { for name, each in local.listed : name => each.sha256 }
  depends_on = [terraform_data.lake]
}
output "node_code" { value = "156130000" }
output "lake_url" { value = "s3://BUCKET/{code}" }
output "accounts" { value = "dynamodb:tianlake-156130000" }
output "site_url" { value = "SITE" }
output "functions" { value = keys(terraform_data.functions.output) }
"""

BUCKET = """
import boto3, sys
boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1").create_bucket(Bucket=sys.argv[2])
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", CLOUD, re.DOTALL)


def commands() -> Iterator[list[str]]:
    for block in blocks("bash"):
        for line in block.splitlines():
            program, *arguments = shlex.split(line)
            assert program == "tianlake"
            yield arguments


class Account:
    """An empty account: what the page's reader has, in a folder of its own."""

    def __init__(self, folder: Path, service: LocalStack) -> None:
        self.folder, self.service = folder, service
        self.bucket = f"tianlake-{folder.name[-12:].strip('_').replace('_', '-').lower()}-{os.getpid()}"
        self.port = free_port()
        credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        self.environment = {**os.environ, "LANG": "C.UTF-8", **credentials}

    def run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tianlake.cli", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=400
        )

    def write(self, workspace: Path) -> None:
        """Write what the page says, with the names of this emulator, and the stack that makes something there."""
        (settings,) = blocks("toml")
        settings = settings.replace("tianlake-156130000/{code}", f"{self.bucket}/{{code}}")
        settings = settings.replace('"ap-southeast-1"', f'"us-east-1"\nendpoint_url = "{self.service.url}"')
        settings += f'python = "{sys.version_info.major}.{sys.version_info.minor}"\n'
        (workspace / "tianlake.toml").write_text(settings)
        maker = self.folder / "bucket.py"
        maker.write_text(BUCKET)
        make = f"{sys.executable} {maker} ${{var.endpoint}} {self.bucket}"
        stack = STACK.replace("MAKE_BUCKET", make).replace("BUCKET", self.bucket)
        (workspace / "stacks" / NODE).mkdir(parents=True)
        file = workspace / "stacks" / NODE / "main.tf"
        file.write_text(stack.replace("SITE", f"http://127.0.0.1:{self.port}"))

    def serve(self, workspace: Path) -> subprocess.Popen[bytes]:
        """Start the gateway that is the site, over the same lake, with accounts of its own."""
        site = self.folder / "site"
        (site / "nodes").mkdir(parents=True)
        (site / "nodes" / NODE).symlink_to(workspace / "nodes" / NODE)
        settings = (workspace / "tianlake.toml").read_text()
        (site / "tianlake.toml").write_text(settings.replace("dynamodb:tianlake-156130000", "sqlite:accounts.sqlite"))
        command = [sys.executable, "-m", "tianlake.cli", "-C", str(site), "serve", "--port", str(self.port)]
        return subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def account(tmp_path: Path, localstack: LocalStack) -> Account:
    terraform()
    return Account(tmp_path, localstack)


def understood(arguments: list[str]) -> click.Command:
    """Return the command that is called; what it does not know, or misses, is an error of usage."""
    words = arguments[2:] if arguments[0] == "-C" else arguments[:]
    found: click.Command = tianlake
    while isinstance(found, click.Group):
        below = found.get_command(click.Context(found), words.pop(0))
        assert below is not None, arguments
        found = below
    found.make_context(arguments[0], words)
    return found


def test_every_command_of_the_page_is_one_that_there_is_with_its_options() -> None:
    called = {understood(each).name for each in commands()}
    assert {"init", "build", "publish", "deploy", "destroy", "cost"} <= called


@pytest.mark.long
def test_every_command_of_the_page_runs_on_an_emulator(account: Account) -> None:
    workspace, server = account.folder / "hebei", None
    told: dict[str, list[str]] = {}
    try:
        for arguments in commands():
            done = account.run(arguments)
            assert done.returncode == 0, f"{arguments}: {done.stderr}"
            if arguments[0] == "init":
                account.write(workspace)
                server = account.serve(workspace)
            else:
                told.setdefault(arguments[2], []).append(done.stdout + done.stderr)
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=60)
    dry, first, second = told["deploy"]
    assert "plan: 2 made" in dry
    assert "plan: 2 made" in first
    assert "none    a range of a file" in first
    assert "plan: 0 made, 0 changed, 0 deleted" in second
    assert re.search(r"sound +a range of a file +206, 127 B", second)
    listed = json.loads((workspace / f".tianlake/deploy/{NODE}/packages/packages.json").read_bytes())
    assert {"api", "web", "stac", "edge"} <= listed.keys()
    assert "taken down; its data stays" in told["destroy"][-1]
    found = account.service.session.client("s3", endpoint_url=account.service.url).list_objects_v2(
        Bucket=account.bucket, Prefix=f"{NODE}/releases/places/"
    )
    assert found["KeyCount"] > 3, "what was published is still there"
