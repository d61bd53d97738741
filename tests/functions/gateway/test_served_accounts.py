"""Which store of accounts a server opens: that of its settings, reached as they say."""

from __future__ import annotations

from pathlib import Path

from localstack_kit import LocalStack

from tianlake.functions.accounts.dynamodb_client import make_client
from tianlake.functions.accounts.dynamodb_tables import create_tables
from tianlake.functions.gateway.serve import ServeSettings, load_app
from tianlake.lake.settings import AccountsSettings


def test_a_server_reaches_dynamodb_where_aws_settings_say(
    tmp_path: Path, localstack: LocalStack, monkeypatch, caplog
) -> None:
    create_tables(make_client(localstack.settings, localstack.session), "served")
    credentials = localstack.session.get_credentials()
    assert credentials is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    settings = ServeSettings(
        lake="file:lake",
        base=tmp_path,
        codes=("156000000",),
        root="156000000",
        s3=localstack.settings,
        accounts=AccountsSettings("dynamodb:served"),
    )
    load_app(settings)  # asks the store for a secret
    assert not caplog.records, "a store that does not answer would be complained of"
