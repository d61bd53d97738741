"""The tables of accounts in DynamoDB. In production Terraform makes the same ones."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tianlake.functions.accounts.dynamodb_client import Tables, failures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPIRES: Final = "expires"
"""Attribute of the usage table by which DynamoDB removes rows (time to live), seconds since the epoch."""


def key_schemas(prefix: str) -> dict[str, tuple[str, ...]]:
    """Return the partition key, and the sort key if any, of each table by its name; all are texts."""
    tables = Tables(prefix)
    return {
        tables.accounts: ("account", "item"),
        tables.digests: ("digest",),
        tables.usage: ("account", "slot"),
        tables.secrets: ("name",),
    }


def create_tables(client: DynamoDBClient, prefix: str) -> None:
    """Create the tables of a prefix that are missing, paid by request, and wait until they are there.

    Raises:
        StoreError: DynamoDB refuses or does not answer.
    """
    with failures(f"tables {prefix}-*"):
        for table, names in key_schemas(prefix).items():
            # A request that was sent again after a lost answer finds its own table.
            with suppress(client.exceptions.ResourceInUseException):
                client.create_table(
                    TableName=table,
                    KeySchema=[
                        {"AttributeName": name, "KeyType": "RANGE" if number else "HASH"}
                        for number, name in enumerate(names)
                    ],
                    AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
                    BillingMode="PAY_PER_REQUEST",
                )
        for table in key_schemas(prefix):
            client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        usage = Tables(prefix).usage
        told = client.describe_time_to_live(TableName=usage)["TimeToLiveDescription"]
        if told.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
            client.update_time_to_live(
                TableName=usage,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES},
            )
