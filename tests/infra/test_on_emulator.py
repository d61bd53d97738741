"""Storage and accounts of a node as Terraform makes them on LocalStack: applied, used, applied again, destroyed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from accounts_kit import NOON, a_key, an_account, an_ask
from applied_kit import Summary, root_of
from botocore.exceptions import ClientError
from localstack_kit import LocalStack
from policy_kit import decided
from terraform_kit import copy_of_infra

from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.functions.admission.leases import Lease
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError
from tianlake.lake.store.locations import Bucket, node_url, parse_location
from tianlake.lake.store.protocol import Absent
from tianlake.lake.store.s3 import S3Store

NODE = "156130000"
STACK = """
module "storage" {{
  source    = "./modules/storage"
  providers = {{ aws = aws, aws.replica = aws.replica }}
  name      = "{name}"
  codes     = ["156130000"]
}}
module "accounts" {{
  source = "./modules/accounts"
  prefix = "{name}"
}}
output "lake_url" {{ value = module.storage.lake_url }}
output "audit_bucket" {{ value = module.storage.audit_bucket }}
output "accounts" {{ value = module.accounts.url }}
output "desk_policy" {{ value = module.storage.desk_policy }}
"""


@dataclass(frozen=True)
class Lived:
    """What was seen of a stack from its first day to its last."""

    first: Summary
    used: dict[str, Any]
    second: Summary
    last: Summary
    left: list[str]
    """Names of buckets, tables and roles that are still there."""


def named(service: LocalStack, name: str) -> list[str]:
    """Return the names of buckets, tables and roles that begin with the stack's."""

    def every(kind: Any, asked: Any, found: str) -> list[Any]:
        pages = service.session.client(kind, endpoint_url=service.url).get_paginator(asked).paginate()
        return [each for page in pages for each in page[found]]

    buckets = [each["Name"] for each in every("s3", "list_buckets", "Buckets")]
    tables: list[str] = every("dynamodb", "list_tables", "TableNames")  # a hundred a page: other tests have theirs
    roles = [each["RoleName"] for each in every("iam", "list_roles", "Roles")]
    return sorted(each for each in (*buckets, *tables, *roles) if each.startswith(name))


def use_lake(service: LocalStack, told: dict[str, str]) -> dict[str, Any]:
    """Publish an object, publish it again, delete it; return what the bucket made of that."""
    place = parse_location(node_url(told["lake_url"], NODE), Path())
    assert isinstance(place, Bucket)
    store = S3Store(place.name, place.prefix, service.settings, service.session)
    store.put("node.json", b"{}", media_type="application/json", condition=Absent())
    with pytest.raises(ConflictError):
        store.put("node.json", b"[]", media_type="application/json", condition=Absent())
    store.put("node.json", b"[1]", media_type="application/json")
    store.delete("node.json")
    s3 = service.session.client("s3", endpoint_url=service.url)
    versions = s3.list_object_versions(Bucket=place.name)["Versions"]
    found = [s3.get_object(Bucket=place.name, Key=each["Key"], VersionId=each["VersionId"]) for each in versions]
    return {
        "bodies": sorted(each["Body"].read() for each in found),
        "keys": {each["Key"] for each in versions},
        "encryption": {each["ServerSideEncryption"] for each in found},
        "names": named(service, place.name),
    }


def use_audit(service: LocalStack, told: dict[str, str]) -> str:
    """Put a copy of an entry, and try to delete it; return how that is refused."""
    s3 = service.session.client("s3", endpoint_url=service.url)
    bucket, key = told["audit_bucket"], f"{NODE}/private/audit/1.json"
    version = s3.put_object(Bucket=bucket, Key=key, Body=b"entry")["VersionId"]
    try:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
    except ClientError as error:
        # so that the bucket can go
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version, BypassGovernanceRetention=True)
        return str(error.response["Error"]["Code"])
    return "deleted"


def use_accounts(service: LocalStack, told: dict[str, str]) -> dict[str, Any]:
    """Open an account with a key, and spend of its quota; return what two clients of the tables see."""
    prefix = told["accounts"].removeprefix("dynamodb:")
    one, other = (DynamoAccounts(prefix, service.settings, service.session) for _ in range(2))
    account = an_account()
    key = a_key(account)
    one.add_account(account)
    one.add_key(key)
    lease = one.take(an_ask(), NOON)
    client = service.session.client("dynamodb", endpoint_url=service.url)
    table = client.describe_table(TableName=f"{prefix}-accounts")["Table"]
    lives = client.describe_time_to_live(TableName=f"{prefix}-usage")["TimeToLiveDescription"]
    return {
        "found": other.find(key.record.digest) == key.record,
        "leased": isinstance(lease, Lease),
        "one secret": one.secret("links") == other.secret("links"),
        "key of the tables": table["SSEDescription"]["KMSMasterKeyArn"].partition(":key/")[0],
        "expires": lives.get("AttributeName"),
    }


DESK = {
    ("s3:PutObject", keys.log_part(date(2026, 11, 28), "a.parquet")): "PERMITTED",
    ("s3:PutObject", keys.log_secret("2026-11")): "PERMITTED",
    ("s3:GetObject", keys.log_secret("2026-11")): "PERMITTED",
    ("s3:GetObject", keys.log_part(date(2026, 11, 28), "a.parquet")): "DENIED",
    ("s3:DeleteObject", keys.log_part(date(2026, 11, 28), "a.parquet")): "NEUTRAL",
    ("s3:PutObject", f"{keys.AUDIT_PENDING}a.json"): "PERMITTED",
    ("s3:PutObject", keys.AUDIT_HINT): "NEUTRAL",
    ("s3:PutObject", keys.KEYS_SNAPSHOT): "NEUTRAL",
    ("s3:PutObject", keys.CATALOG): "NEUTRAL",
    ("s3:GetObject", keys.CATALOG): "PERMITTED",
    ("s3:GetObject", f"{keys.INCIDENTS}a/0001.txt"): "DENIED",
}
"""What a gateway may do with objects of its node."""


def use_policy(told: dict[str, str]) -> dict[str, list[str]]:
    """Return what is decided of all that a desk may be asked for, by the node whose objects they are."""
    bucket = told["lake_url"].removeprefix("s3://").partition("/")[0]
    return {
        node: decided(told["desk_policy"], [(act, f"arn:aws:s3:::{bucket}/{node}/{key}") for act, key in DESK])
        for node in (NODE, "156310000")
    }


@pytest.fixture(scope="module")
def lived(localstack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    name = f"t{uuid.uuid4().hex[:10]}"
    root = root_of(copy_of_infra(tmp_path_factory.mktemp("applied")), STACK.format(name=name), localstack)
    first = root.apply()
    told = root.outputs()
    used = {
        "lake": use_lake(localstack, told),
        "audit": use_audit(localstack, told),
        "accounts": use_accounts(localstack, told),
        "policy": use_policy(told),
    }
    second = root.apply()
    return Lived(first, used, second, root.apply(destroy=True), named(localstack, name))


def test_what_is_published_keeps_its_versions_encrypted(lived: Lived) -> None:
    lake = lived.used["lake"]
    assert (lake["bodies"], lake["keys"], lake["encryption"]) == ([b"[1]", b"{}"], {f"{NODE}/node.json"}, {"AES256"})
    assert len(lake["names"]) == 4 + 4 + 1, "buckets, tables, the role that replicates"


def test_nobody_deletes_a_copy_of_the_trail(lived: Lived) -> None:
    assert lived.used["audit"] == "AccessDenied"


def test_the_account_store_finds_its_tables(lived: Lived) -> None:
    assert lived.used["accounts"] == {
        "found": True,
        "leased": True,
        "one secret": True,
        "key of the tables": "arn:aws:kms:us-east-1:000000000000",
        "expires": "expires",
    }


def test_a_gateway_puts_the_access_log_and_reads_no_row_of_it(lived: Lived) -> None:
    assert dict(zip(DESK, lived.used["policy"][NODE], strict=True)) == DESK
    other = dict(zip(DESK, lived.used["policy"]["156310000"], strict=True))
    assert {act for (act, _key), verdict in other.items() if verdict == "PERMITTED"} == {"s3:GetObject"}, (
        "of no other node"
    )


def test_a_second_apply_has_nothing_to_do(lived: Lived) -> None:
    assert lived.first.made > 25
    assert (lived.first.changed, lived.first.deleted) == (0, 0)
    assert lived.second == Summary(0, 0, 0)


def test_destroying_leaves_nothing(lived: Lived) -> None:
    assert (lived.last.deleted, lived.left) == (lived.first.made, [])
