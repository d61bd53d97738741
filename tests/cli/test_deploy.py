"""`tianlake deploy` and `destroy` with real Terraform, on a small stack of its own whose site is a real gateway."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import command_kit
import pytest
from server_kit import running
from terraform_kit import terraform

pytestmark = pytest.mark.xdist_group("deploy")  # one published workspace
NODE = "156130000"
STACK = """
variable "packages" { type = string }
variable "workspace" { type = string }
variable "site_url" { type = string }
variable "seconds" { default = 0 }
resource "terraform_data" "site" {
  input = { url = var.site_url, packages = var.packages }
  provisioner "local-exec" { command = "touch begun; exec sleep ${var.seconds}" }
}
output "node_code" { value = "156130000" }
output "lake_url" { value = "file:lake/{code}" }
output "site_url" { value = terraform_data.site.output.url }
output "dashboard_url" { value = null }
output "cdn_domain" { value = "d1.cloudfront.net" }
output "gateway_target" { value = "gateway-1.elb.amazonaws.com" }
"""
FILE = ("--holder", "示例市应急局", "--purpose", "应急", "--product", "places", "--number", "备案〔2026〕7号")
REST = ("--expires", "2099-11-30", "--contact", "值班室", "--place", "file:copies/a")


def start(workspace, *arguments, **variables):
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(workspace), *arguments]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LANG": "C.UTF-8", **variables},
    )


def run(workspace, *arguments, code=0, **variables):
    with start(workspace, *arguments, **variables) as process:
        out, told = process.communicate(timeout=300)
    assert process.returncode == code, told
    return out, told


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A workspace whose one product is published, and copied, and a stack beside it."""
    terraform()
    folder = tmp_path_factory.mktemp("deployed") / "ws"
    who = ("officer-a", "--node", NODE, "--name", "承办人甲", "--organisation", "示例中心", "--role", "officer")
    assert command_kit.run("init", str(folder), "--node", NODE).returncode == 0
    filed = ("replica", "file", "bureau", "--node", NODE, "--as", "officer-a", *FILE, *REST)
    for arguments in (("build",), ("publish",), ("people", "add", *who), filed, ("replica", "push")):
        assert command_kit.run("-C", str(folder), *arguments).returncode == 0
    (folder / "stacks" / NODE).mkdir(parents=True)
    (folder / "stacks" / NODE / "main.tf").write_text(STACK)
    (folder / "packages").mkdir()
    with (folder / "tianlake.toml").open("a") as settings:
        settings.write('\n[deploy]\nstack = "stacks/{code}"\n')
    return folder


@pytest.fixture
def workspace(published, tmp_path):
    return Path(shutil.copytree(published, tmp_path / "ws"))


@pytest.fixture
def site(workspace):
    with running(workspace, [NODE], lake="file:lake") as server:
        yield server.url


def deploy(workspace, *more, code=0, **variables):
    packages = ("--packages", str(workspace / "packages"))
    return run(workspace, "deploy", "--node", NODE, *packages, *more, code=code, **variables)


def state(workspace):
    return workspace / "stacks" / NODE / "terraform.tfstate"


def test_a_node_is_deployed_tried_and_deployed_again(workspace, site):
    index = workspace / "lake" / NODE / "portal/index.html"
    index.unlink()
    out, told = deploy(workspace, "--auto-approve", "--json", TF_VAR_site_url=site)
    row = json.loads(out)
    assert (row["planned"]["made"], row["applied"], row["outputs"]["site_url"]) == (1, True, site)
    assert {each["name"]: each["sound"] for each in row["checks"]} == {
        **dict.fromkeys(("catalog", "cors", "portal", "range", "private", "healthz"), True)
    }
    assert "terraform_data.site will be created" in told, "the plan is shown"
    assert index.is_file(), "the portal is published"
    assert f"the name of {site} is to be an alias of d1.cloudfront.net" in told
    assert "the gateway's name (node.gateway.domain) is to be an alias of gateway-1.elb.amazonaws.com" in told
    again, _told = deploy(workspace, "--auto-approve", "--json", TF_VAR_site_url=site)
    assert json.loads(again)["planned"] == {"made": 0, "changed": 0, "deleted": 0, "lost": []}


def test_nothing_is_done_where_nobody_agrees(workspace):
    out, told = deploy(workspace, "--dry-run", "--json", TF_VAR_site_url="http://127.0.0.1:1")
    assert json.loads(out)["applied"] is False
    assert "plan: 1 made, 0 changed, 0 deleted" in told
    _out, told = deploy(workspace, code=2, TF_VAR_site_url="http://127.0.0.1:1")
    assert told.splitlines()[-1].startswith("tianlake: deploy: nobody is there to agree")
    assert not state(workspace).exists()


@pytest.mark.long
def test_another_nodes_stack_and_what_terraform_refuses_are_told_in_one_line(workspace):
    main = workspace / "stacks" / NODE / "main.tf"
    main.write_text(STACK.replace('value = "156130000"', 'value = "156310000"'))
    _out, told = deploy(workspace, "--auto-approve", code=2, TF_VAR_site_url="http://127.0.0.1:1")
    assert told.splitlines()[-1].startswith("tianlake: stack: output node_code: is 156310000, not 156130000")
    main.write_text(STACK.replace("file:lake/{code}", "s3://other/{code}"))
    _out, told = deploy(workspace, "--auto-approve", code=2, TF_VAR_site_url="http://127.0.0.1:1")
    assert "lake.url: is 'file:lake', but the stack's is 's3://other/{code}'" in told.splitlines()[-1]
    main.write_text(STACK + "\noutput wrong { value = var.missing }\n")
    _out, told = deploy(workspace, "--auto-approve", code=3, TF_VAR_site_url="http://127.0.0.1:1")
    assert told.splitlines()[-1].startswith(
        "tianlake: terraform plan: main.tf:17: Reference to undeclared input variable"
    )
    assert not state(workspace).exists()


def test_an_interruption_lets_terraform_end_in_order_and_the_next_run_goes_on(workspace, site):
    begun = workspace / "stacks" / NODE / "begun"
    packages = ("--packages", str(workspace / "packages"))
    options = ("deploy", "--node", NODE, *packages, "--auto-approve")
    with start(workspace, *options, TF_VAR_site_url=site, TF_VAR_seconds="100") as process:
        until = time.monotonic() + 200
        while not begun.exists():
            assert time.monotonic() < until
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _out, told = process.communicate(timeout=200)
    assert process.returncode == 130, told
    assert not list(state(workspace).parent.glob(".terraform.tfstate.lock.info"))
    assert json.loads(state(workspace).read_bytes())["resources"], "what was begun is known"
    run(workspace, "replica", "verify")
    _out, told = run(workspace, "destroy", "--node", NODE, "--dry-run", TF_VAR_site_url=site)
    assert "goes: terraform_data.site" in told, "though the stack has not all outputs yet"
    deploy(workspace, "--auto-approve", TF_VAR_site_url=site)


def test_a_stack_is_taken_down_once_its_releases_are_in_a_copy_that_was_looked_through(workspace, site):
    gone = ("destroy", "--node", NODE)
    _out, told = run(workspace, *gone, TF_VAR_site_url=site)
    assert "nothing is deployed" in told
    deploy(workspace, "--auto-approve", TF_VAR_site_url=site)
    _out, told = run(workspace, *gone, "--auto-approve", code=2, TF_VAR_site_url=site)
    rule = "1 releases are in no backup and no copy that was found sound within 7 days (places/"
    assert rule in told.splitlines()[-1]
    run(workspace, "replica", "verify")
    _out, told = run(workspace, *gone, code=2, TF_VAR_site_url=site)
    assert "nobody is there to agree" in told.splitlines()[-1]
    assert json.loads(state(workspace).read_bytes())["resources"]
    before = {path: path.read_bytes() for path in (workspace / "lake").rglob("*.parquet")}
    out, _told = run(workspace, *gone, "--auto-approve", "--json", TF_VAR_site_url=site)
    assert json.loads(out) == {"node": NODE, "destroyed": True, "kept": []}
    assert not json.loads(state(workspace).read_bytes())["resources"]
    assert {path: path.read_bytes() for path in (workspace / "lake").rglob("*.parquet")} == before
