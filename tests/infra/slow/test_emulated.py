"""What LocalStack has of a node is made, used by our own code, planned again without a change, and taken down."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from localstack_kit import LocalStack
from terraform_kit import copy_of_infra, environment, init, run, terraform

from tianlake.functions.accounts.dynamodb_tables import create_tables, key_schemas
from tianlake.functions.accounts.stores import open_accounts
from tianlake.lake.store import open_store

PREFIX = "emulated-156130000"


def packages(folder: Path) -> Path:
    """Write packages of functions that answer with their name."""
    folder.mkdir()
    listed = {}
    for name in ("api", "web", "stac"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(
                "app.py", f"def app(event, context):\n    return {{'statusCode': 200, 'body': '{name}'}}\n"
            )
        (folder / f"{name}.zip").write_bytes(buffer.getvalue())
        digest = base64.b64encode(hashlib.sha256(buffer.getvalue()).digest()).decode()
        listed[name] = {
            "file": f"{name}.zip",
            "sha256": digest,
            "handler": "app.app",
            "runtime": "python3.12",
            "architecture": "x86_64",
            "layers": [],
        }
    (folder / "packages.json").write_text(json.dumps(listed))
    return folder


def unprotected(infra: Path) -> None:
    """Let everything be destroyed, in this copy."""
    for module, kinds in {
        "storage": [("aws_s3_bucket", "lake"), ("aws_s3_bucket", "audit"), ("aws_s3_bucket", "replica")],
        "accounts": [("aws_dynamodb_table", "accounts"), ("aws_kms_key", "accounts")],
    }.items():
        more = {"aws_s3_bucket": "force_destroy = true", "aws_dynamodb_table": "deletion_protection_enabled = false"}
        kept = "lifecycle {\n    prevent_destroy = false\n  }"
        text = "".join(f'resource "{kind}" "{name}" {{\n  {more.get(kind, "")}\n  {kept}\n}}\n' for kind, name in kinds)
        (infra / "modules" / module / "unprotected_override.tf").write_text(text)


@pytest.fixture(scope="module")
def stack(localstack: LocalStack, tmp_path_factory):
    """Give the folder of the stack, applied, and the variables it was applied with."""
    base = tmp_path_factory.mktemp("emulated")
    folder = copy_of_infra(base) / "emulated"
    init(folder)
    given = [
        f"-var=endpoint={localstack.url}",
        f"-var=packages={packages(base / 'packages')}",
        "-input=false",
        "-no-color",
    ]
    run("apply", "-auto-approve", *given, at=folder)
    return folder, given


def test_the_store_of_the_lake_keeps_its_contract(stack, localstack):
    folder, _given = stack
    url = json.loads(run("output", "-json", at=folder))["lake_url"]["value"]
    store = open_store(url, "156130000", localstack.settings, Path())
    store.put("catalog.json", b"{}", "application/json")
    assert store.read("catalog.json") == b"{}"


def test_the_tables_are_those_that_the_code_makes(stack, localstack):
    client = localstack.session.client("dynamodb", endpoint_url=localstack.url)
    create_tables(client, "own")
    for made, own in zip(key_schemas(PREFIX), key_schemas("own"), strict=True):
        mine, theirs = (client.describe_table(TableName=name)["Table"] for name in (made, own))
        assert mine["KeySchema"] == theirs["KeySchema"]
        assert sorted(each["AttributeName"] for each in mine["AttributeDefinitions"]) == sorted(
            each["AttributeName"] for each in theirs["AttributeDefinitions"]
        )
        ttl = [
            client.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName")
            for name in (made, own)
        ]
        assert ttl[0] == ttl[1]


def test_the_account_store_works_on_them(stack, localstack):
    store = open_accounts(f"dynamodb:{PREFIX}", Path(), localstack.settings)
    assert store.secret("edge-pass") == store.secret("edge-pass")


def test_a_second_plan_changes_nothing_and_data_is_not_destroyed_but_on_purpose(stack, localstack):
    folder, given = stack
    again = subprocess.run(
        [terraform(), "plan", "-detailed-exitcode", *given],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stdout
    refused = subprocess.run(
        [terraform(), "destroy", "-auto-approve", *given],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "prevent_destroy" in refused.stderr
    unprotected(folder.parent)
    run("apply", "-auto-approve", *given, at=folder)
    run("destroy", "-auto-approve", *given, at=folder)
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    assert not [each["Name"] for each in client.list_buckets()["Buckets"] if each["Name"].startswith(PREFIX)]
