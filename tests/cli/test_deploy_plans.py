"""What deploying plans, reads and refuses, as values: nothing here runs Terraform."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_kit import run

from tianlake.cli.registry import elsewhere, write_child
from tianlake.cli.stack.outputs import check_planned, outputs_of
from tianlake.cli.stack.planning import Stack, changes_of, edge_config, package_command, parted, stack_folder
from tianlake.cli.stack.saved import counted, unsaved
from tianlake.cli.stack.smoke import Answer, smoke
from tianlake.functions.edge.config import config_of
from tianlake.lake.errors import LakeError
from tianlake.lake.replicas import Filing, Standing
from tianlake.lake.settings import AccountsSettings, DeploySettings, LakeSettings, WorkspaceSettings
from tianlake.lake.store import S3Settings
from tianlake.lake.workspace import find_workspace
from tianlake.stac.federation.records import Registered

NODE = "156130000"


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
    own += [managed(f"{kind}.e", kind) for kind in ("aws_efs_backup_policy", "aws_efs_mount_target")]
    state = {"values": {"root_module": {"resources": own, "child_modules": [inner]}}}
    stays = ["aws_dynamodb_table.t", "aws_efs_backup_policy.e", "module.s.aws_s3_bucket_versioning.a"]
    assert parted(state) == (stays, ["aws_efs_mount_target.e", "aws_lambda_function.f"])
    assert parted({}) == ([], [])


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


def test_the_edge_is_told_where_every_node_lies(tmp_path):
    workspace = tmp_path / "ws"
    assert run("init", str(workspace), "--node", NODE).returncode == 0
    node = find_workspace(workspace).node(NODE)
    settings = WorkspaceSettings(
        lake=LakeSettings("s3://tianlake-hebei"),
        aws=S3Settings(region="ap-southeast-1"),
        accounts=AccountsSettings("dynamodb:hebei"),
    )
    for code in ("156131000", "156130200"):
        url, key = f"https://{code}.example", f"ed25519:{'A' * 43}="
        write_child(workspace, NODE, Registered(code, url, url, (key,)))
    others = elsewhere(workspace, [NODE, "156130200"])
    config = config_of(json.dumps(edge_config([node], settings, workspace, others)))
    assert config.moved == {"156131000": "https://156131000.example"}, "who is served here has not moved"
    assert (config.nodes[NODE].name, config.nodes[NODE].prefix) == ("tianlake-hebei", f"{NODE}/")
    assert (config.root, config.accounts, config.region) == (NODE, "hebei", "ap-southeast-1")
    assert edge_config([node], WorkspaceSettings(), workspace, {}) is None, "accounts in a file: there is no edge"
    with pytest.raises(LakeError, match=r"^tianlake\.toml: aws\.region: "):
        edge_config([node], WorkspaceSettings(accounts=AccountsSettings("dynamodb:hebei")), workspace, {})


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
