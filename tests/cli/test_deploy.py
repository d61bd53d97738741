"""`tianlake deploy` and `destroy` with real Terraform, on a small stack of its own whose site is a real gateway."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from server_kit import running

from tianlake.cli.stack.outputs import check_planned, outputs_of
from tianlake.cli.stack.planning import Stack, changes_of, edge_config, keepers, package_command, stack_folder
from tianlake.cli.stack.saved import counted, unsaved
from tianlake.cli.stack.smoke import Answer, smoke
from tianlake.functions.edge.config import config_of
from tianlake.lake.errors import LakeError
from tianlake.lake.replicas import Filing, Standing
from tianlake.lake.settings import AccountsSettings, DeploySettings, LakeSettings, WorkspaceSettings
from tianlake.lake.store import S3Settings
from tianlake.lake.workspace import find_workspace

NODE = "156130000"
STACK = """
variable "packages" { type = string }
variable "workspace" { type = string }
variable "site_url" { type = string }
variable "seconds" { default = 0 }
resource "terraform_data" "site" {
  input = { url = var.site_url, packages = var.packages }
  provisioner "local-exec" { command = "touch begun; sleep ${var.seconds}" }
}
output "node_code" { value = "156130000" }
output "lake_url" { value = "file:lake/{code}" }
output "site_url" { value = terraform_data.site.output.url }
output "dashboard_url" { value = null }
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
    folder = tmp_path_factory.mktemp("deployed") / "ws"
    who = ("officer-a", "--node", NODE, "--name", "承办人甲", "--organisation", "示例中心", "--role", "officer")
    run(folder.parent, "init", str(folder), "--node", NODE)
    run(folder, "build")
    run(folder, "publish")
    run(folder, "people", "add", *who)
    run(folder, "replica", "file", "bureau", "--node", NODE, "--as", "officer-a", *FILE, *REST)
    run(folder, "replica", "push")
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
    again, _told = deploy(workspace, "--auto-approve", "--json", TF_VAR_site_url=site)
    assert json.loads(again)["planned"] == {"made": 0, "changed": 0, "deleted": 0, "lost": []}


def test_nothing_is_done_where_nobody_agrees(workspace):
    out, told = deploy(workspace, "--dry-run", "--json", TF_VAR_site_url="http://127.0.0.1:1")
    assert json.loads(out)["applied"] is False
    assert "plan: 1 made, 0 changed, 0 deleted" in told
    _out, told = deploy(workspace, code=2, TF_VAR_site_url="http://127.0.0.1:1")
    assert told.splitlines()[-1].startswith("tianlake: deploy: nobody is there to agree")
    assert not state(workspace).exists()


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
    with start(workspace, *options, TF_VAR_site_url=site, TF_VAR_seconds="5") as process:
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
    deploy(workspace, "--auto-approve", TF_VAR_site_url=site)


def test_a_stack_is_taken_down_once_its_releases_are_in_a_copy_that_was_looked_through(workspace, site):
    gone = ("destroy", "--node", NODE)
    _out, told = run(workspace, *gone, TF_VAR_site_url=site)
    assert "nothing is deployed" in told
    deploy(workspace, "--auto-approve", TF_VAR_site_url=site)
    _out, told = run(workspace, *gone, "--auto-approve", code=2, TF_VAR_site_url=site)
    assert "1 releases are in no copy that was found sound within 7 days (places/" in told.splitlines()[-1]
    run(workspace, "replica", "verify")
    _out, told = run(workspace, *gone, code=2, TF_VAR_site_url=site)
    assert "nobody is there to agree" in told.splitlines()[-1]
    assert json.loads(state(workspace).read_bytes())["resources"]
    before = {path: path.read_bytes() for path in (workspace / "lake").rglob("*.parquet")}
    out, _told = run(workspace, *gone, "--auto-approve", "--json", TF_VAR_site_url=site)
    assert json.loads(out) == {"node": NODE, "destroyed": True, "kept": []}
    assert not json.loads(state(workspace).read_bytes())["resources"]
    assert {path: path.read_bytes() for path in (workspace / "lake").rglob("*.parquet")} == before


# --- as values ------------------------------------------------------------------------------------------------------


def change(address, kind, *actions):
    return {"address": address, "type": kind, "change": {"actions": list(actions)}}


def test_a_plan_is_counted_and_what_it_would_lose_is_named():
    plan = [
        change("a", "aws_lambda_function", "create"),
        change("b", "aws_lambda_function", "update"),
        change("c", "aws_s3_bucket", "delete", "create"),
        change("d", "aws_cloudfront_distribution", "delete"),
        change("g", "aws_s3_bucket_policy", "delete", "create"),
        change("e", "aws_s3_bucket", "no-op"),
        change("f", "aws_iam_policy_document", "read"),
    ]
    found = changes_of({"resource_changes": plan})
    assert (found.made, found.changed, found.deleted, found.total, found.lost) == (3, 1, 3, 7, ("c",))
    assert changes_of({}).total == 0


def test_what_holds_data_is_found_in_every_module():
    def managed(address, kind, mode="managed"):
        return {"address": address, "type": kind, "mode": mode}

    inner = {"resources": [managed("module.s.aws_s3_bucket_versioning.a", "aws_s3_bucket_versioning")]}
    own = [
        managed("aws_dynamodb_table.t", "aws_dynamodb_table"),
        managed("aws_lambda_function.f", "aws_lambda_function"),
    ]
    own.append(managed("data.aws_kms_key.k", "aws_kms_key", "data"))
    state = {"values": {"root_module": {"resources": own, "child_modules": [inner]}}}
    assert keepers(state) == ["aws_dynamodb_table.t", "module.s.aws_s3_bucket_versioning.a"]
    assert keepers({}) == []


def test_commands_name_folder_and_plan_and_ask_nothing():
    stack = Stack(Path("/s"), Path("/p"), Path("/w"), "http://127.0.0.1:4566")
    assert stack.plan(Path("/t/plan"), destroy=True) == [
        *("terraform", "-chdir=/s", "plan", "-input=false", "-json", "-detailed-exitcode", "-out=/t/plan", "-destroy")
    ]
    assert stack.init(backend=True)[-1] == "-backend-config=backend.hcl"
    for command in (stack.init(), stack.apply(Path("/t/plan"))):
        assert "-input=false" in command
    assert stack.variables() == {
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_packages": "/p",
        "TF_VAR_workspace": "/w",
        "TF_VAR_endpoint": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    }
    assert "AWS_ENDPOINT_URL" not in Stack(Path("/s"), Path("/p"), Path("/w")).variables()
    command = package_command(Path("/src"), Path("/out"), "3.12", Path("/edge.json"))
    assert command[1:] == ["/src/tools/package.py", "--out", "/out", "--python", "3.12", "--edge-config", "/edge.json"]


def test_the_edge_is_told_where_every_node_lies(workspace):
    node = find_workspace(workspace).node(NODE)
    settings = WorkspaceSettings(
        lake=LakeSettings("s3://tianlake-hebei"),
        aws=S3Settings(region="ap-southeast-1"),
        accounts=AccountsSettings("dynamodb:hebei"),
    )
    config = config_of(json.dumps(edge_config([node], settings, workspace)))
    assert (config.nodes[NODE].name, config.nodes[NODE].prefix) == ("tianlake-hebei", f"{NODE}/")
    assert (config.root, config.accounts, config.region) == (NODE, "hebei", "ap-southeast-1")
    assert edge_config([node], WorkspaceSettings(), workspace) is None, "accounts in a file: there is no edge"
    with pytest.raises(LakeError, match=r"^tianlake\.toml: aws\.region: "):
        edge_config([node], WorkspaceSettings(accounts=AccountsSettings("dynamodb:hebei")), workspace)


def test_a_stack_that_nobody_named_or_that_is_none_is_told(tmp_path):
    with pytest.raises(LakeError, match=r"deploy\.stack: names no folder"):
        stack_folder(tmp_path, None, WorkspaceSettings(), NODE)
    named = WorkspaceSettings(deploy=DeploySettings(stack="stacks/{code}"))
    with pytest.raises(LakeError, match=rf"stacks/{NODE}: has no \*\.tf"):
        stack_folder(tmp_path, None, named, NODE)


def test_outputs_are_read_by_the_contract():
    assert outputs_of({}) is None
    found = outputs_of({"node_code": {"value": NODE}, "site_url": {"value": "https://a"}, "runs": {"value": {}}})
    assert found is not None
    assert (found.node_code, found.site_url, found.api_url) == (NODE, "https://a", None)
    with pytest.raises(LakeError, match="output site_url: is missing"):
        outputs_of({"node_code": {"value": NODE}})
    planned = {"planned_values": {"outputs": {"accounts": {"value": "dynamodb:other"}}}}
    with pytest.raises(LakeError, match=r"accounts\.url: is 'sqlite:accounts\.sqlite', but the stack's is"):
        check_planned(planned, NODE, WorkspaceSettings())


def answers(**changed):
    """A site that is well but for what is changed."""
    catalog = {
        "type": "Catalog",
        "id": f"n{NODE}",
        "links": [{"rel": "child", "href": "collections/p/collection.json"}],
    }
    closed = {"tianlake:access": "open", "assets": {"t": {"href": "/releases/p/1/p.pmtiles", "roles": ["data"]}}}
    pages = {
        "catalog": Answer(200, {"access-control-allow-origin": "*"}, json.dumps(catalog).encode()),
        "page": Answer(200, {"content-type": "text/html"}, b""),
        "collection": Answer(200, {}, json.dumps(closed).encode()),
        "file": Answer(206, {}, bytes(127)),
        "private": Answer(404, {}, b""),
        "health": Answer(200, {}, b""),
        **changed,
    }
    paths = {
        "catalog.json": "catalog",
        "": "page",
        "collections/p/collection.json": "collection",
        "releases/p/1/p.pmtiles": "file",
        "private/audit/": "private",
        "healthz": "health",
    }
    return lambda url, _headers: pages[paths[url.removeprefix("https://site/")]]


@pytest.mark.parametrize(
    ("changed", "name", "sound"),
    [
        ({"catalog": Answer(200, {"access-control-allow-origin": "*"}, b"<html>")}, "catalog", False),
        ({"catalog": Answer(200, {}, b'{"type": "Catalog", "id": "n156130000"}')}, "cors", False),
        ({"catalog": Answer(200, {}, b'{"type": "Catalog", "id": "n156130000"}')}, "range", None),
        ({"catalog": Answer(200, {}, b'{"type": "Catalog", "id": "n156310000"}')}, "catalog", False),
        ({"page": Answer(403, {}, b"")}, "portal", False),
        ({"file": Answer(200, {}, bytes(1000))}, "range", False),
        ({"private": Answer(200, {}, b"")}, "private", False),
        ({"private": Answer(503, {}, b"")}, "private", False),
        ({"health": Answer(404, {}, b"")}, "healthz", None),
        ({"health": Answer(503, {}, b"")}, "healthz", False),
        ({}, "range", True),
    ],
)
def test_a_site_that_is_not_as_it_should_be_is_seen(changed, name, sound):
    found = {each.name: each.sound for each in smoke("https://site", NODE, answers(**changed))}
    assert found[name] is sound
    assert changed or all(found.values())


FILING = Filing("a", "h", "p", ("places",), "n", "2099-01-01", "c", "file:a")
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"sound": False}, False),
        ({"verified": None}, False),
        ({"verified": "2026-11-19T23:59:59Z"}, False),
        ({"pushed": "2026-11-26T12:00:00Z"}, False),
        ({"revoked": "2026-11-26T00:00:00Z"}, False),
    ],
)
def test_a_copy_counts_when_it_was_found_sound_lately_and_after_the_last_push(changes, counts):
    told = {"verified": "2026-11-26T00:00:00Z", "pushed": "2026-11-25T00:00:00Z", **changes}
    copy = Standing(FILING, "2026-11-01T00:00:00Z", frozenset({"places/1"}), **told)
    assert bool(counted([copy], NOW)) is counts
    assert unsaved(["places/1", "roads/2"], counted([copy], NOW)) == (
        ["roads/2"] if counts else ["places/1", "roads/2"]
    )
    assert NOW - datetime(2026, 11, 20, tzinfo=UTC) == timedelta(days=7)
