"""`/sql` over a lake in a bucket: with credentials that no statement can read, and refreshed ones."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from counting_kit import table_release
from gate_kit import Open
from lake_kit import NODE
from localstack_kit import LocalStack
from sql_kit import PLACES, Asked, LinkingDescriber
from trail_kit import Notes

from tianlake.functions.calls import Call
from tianlake.functions.web.desk import Came
from tianlake.functions.web.start import open_web
from tianlake.lake.derived import Desk
from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import open_store

TELLING = [
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('s3://x/y', 's3')",
    "SELECT * FROM read_parquet('s3://{bucket}/lake/156130000/releases/places/x.parquet')",
    "SELECT * FROM glob('s3://{bucket}/**')",
    "SELECT nothing FROM n156130000_places",
    "SELECT * FROM n156130000_places_at('x')",
]


def test_a_bucket_is_asked_and_its_credentials_are_kept(
    localstack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = localstack.session.get_credentials()
    assert credentials is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    bucket = localstack.make_bucket()
    lake = f"s3://{bucket}/lake"
    store = open_store(lake, NODE.code, localstack.settings, tmp_path)
    made = table_release(tmp_path / "places", PLACES, "places").manifest.candidate
    release = seal(made, tmp_path / "places", NODE, LinkingDescriber())
    publish(Desk(NODE, store, LinkingDescriber(), Notes(), Open(), {}), release)
    desk = open_web(lake, [NODE.code], localstack.settings, tmp_path)

    def ask(sql: str) -> Asked:
        call = Call("GET", "/sql", {}, urlencode({"q": sql.replace("{bucket}", bucket)}))
        return Asked(desk.answer(call, Came(NODE.code, "http://lake.test/")))

    try:
        first = ask("SELECT count(*) AS n, min(name) AS name FROM n156130000_places")
        assert first.document == [{"n": 2000, "name": "地名0"}]
        assert 'bytes;desc="0"' not in first.headers["server-timing"]
        for statement in TELLING:
            asked = ask(statement)
            assert asked.end in {"sql-refused", "sql-wrong"}
            said = asked.reply.body.decode()
            assert localstack.url.split("//")[1] not in said
            assert bucket not in said or "{bucket}" in statement
    finally:
        desk.close()
