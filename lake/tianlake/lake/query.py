"""Ask the lake: DuckDB with one view per product over the current releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tianlake.lake.describe import History
from tianlake.lake.duck import connect, literal
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.history import published_products, read_history
from tianlake.lake.nodes import NodeCard
from tianlake.lake.sql import lake_sql, lake_variable
from tianlake.lake.store import S3Settings, Store, node_url
from tianlake.lake.store.locations import Bucket, Folder, parse_location


@dataclass(frozen=True, slots=True)
class NodeLake:
    """One node's published data, and where DuckDB reads it."""

    node: NodeCard
    store: Store
    url: str
    """As `read_from` gives it."""


def read_from(url: str, code: str, base: Path) -> str:
    """Return where DuckDB reads a node's objects: a folder or an `s3://` URL, with a final `/`.

    Raises:
        LakeError: `url`, which is `[lake] url` of a workspace at `base`, has another form.
    """
    match parse_location(node_url(url, code), base):
        case Bucket(name, prefix):
            return f"s3://{name}/{prefix}/" if prefix else f"s3://{name}/"
        case Folder(root):
            return f"{root}/"


def current_histories(store: Store) -> list[History]:
    """Return the histories of the products whose pointer is set, sorted by product."""
    return [read_history(store, product)[0] for product in published_products(store)]


def open_lake(lakes: Sequence[NodeLake], settings: S3Settings) -> duckdb.DuckDBPyConnection:
    """Return a connection with every view of these nodes.

    Raises:
        StoreError: A published file cannot be read.
    """
    connection = connect()
    if any(lake.url.startswith("s3://") for lake in lakes):
        connection.execute(s3_secret(settings))
    for lake in lakes:
        connection.execute(f"SET VARIABLE {lake_variable(lake.node.code)} = {literal(lake.url)}")
        try:
            connection.execute(lake_sql(lake.node, current_histories(lake.store)))
        except duckdb.Error as error:
            raise StoreError(f"{lake.url}: {_one_line(error)}") from None
    return connection


def run(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyRelation:
    """Return the answer to one SELECT; raises `LakeError` with DuckDB's reason in one line."""
    try:
        statements = connection.extract_statements(statement)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise LakeError("query: exactly one SELECT is expected")
        relation = connection.sql(statement)
    except duckdb.Error as error:
        raise LakeError(f"query: {_one_line(error)}") from None
    return relation


def s3_secret(settings: S3Settings) -> str:
    """Return the statement that lets DuckDB read with the credentials that boto3 finds."""
    import boto3  # noqa: PLC0415 - only lakes on S3 need it

    session = boto3.Session(region_name=settings.region)
    parts = ["TYPE s3", f"URL_STYLE {literal('path' if settings.uses_paths else 'vhost')}"]
    if session.region_name:
        parts.append(f"REGION {literal(session.region_name)}")
    if (found := session.get_credentials()) is not None:
        parts += [f"KEY_ID {literal(found.access_key)}", f"SECRET {literal(found.secret_key)}"]
        if found.token:
            parts.append(f"SESSION_TOKEN {literal(found.token)}")
    if settings.endpoint_url:
        scheme, _, host = settings.endpoint_url.rstrip("/").partition("://")
        parts += [f"ENDPOINT {literal(host)}", f"USE_SSL {scheme == 'https'}"]
    return f"CREATE OR REPLACE SECRET ({', '.join(parts)})"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
