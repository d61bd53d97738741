"""A network or a service that fails: one clear line, in bounded time, and no secret in it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from localstack_kit import LocalStack
from network_kit import nobody_listening, server_that_says
from store_kit import BYTES, JSON, keys, read_all

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.store import ABSENT, Matches, ObjectInfo, S3Settings, Span
from tianlake.lake.store.s3 import S3Store
from tianlake.lake.store.s3_reader import S3Reader

MIB = 1 << 20
PREFIX = "156000000"


def all_calls(store: S3Store, reader: S3Reader, source: Path) -> list[Callable[[], object]]:
    info = ObjectInfo("a.bin", 10, "e", BYTES, 0)
    return [
        lambda: store.head("a.bin"),
        lambda: store.get("a.bin", Span(0, 1)),
        lambda: store.put("a.bin", b"", media_type=BYTES, condition=ABSENT),
        lambda: store.put("a.bin", source, media_type=BYTES),
        lambda: store.delete("a.bin"),
        lambda: store.delete("a.bin", condition=Matches("0")),
        lambda: keys(store),
        lambda: asyncio.run(reader.head("a.bin")),
        lambda: read_all(reader, info),
    ]


def refuse_each(calls: list[Callable[[], object]]) -> None:
    for call in calls:
        with pytest.raises(LakeError) as failure:
            call()
        assert type(failure.value) is StoreError
        message = str(failure.value)
        assert "\n" not in message
        assert not any(secret in message for secret in ("AKIDHIDDEN", "SECRETHIDDEN", "TOKENHIDDEN"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(bytes(6 * MIB))
    return path


def clients(url: str, attempts: int = 1) -> tuple[S3Store, S3Reader]:
    settings = S3Settings(
        url, "us-east-1", attempts=attempts, connect_timeout_s=0.3, read_timeout_s=0.3, part_bytes=5 * MIB
    )
    session = boto3.Session("AKIDHIDDEN", "SECRETHIDDEN", "TOKENHIDDEN")
    return S3Store("bucket", PREFIX, settings, session), S3Reader("bucket", PREFIX, settings, session)


def test_a_server_that_is_not_there_is_a_failure_of_the_store(source: Path):
    with nobody_listening() as url:
        refuse_each(all_calls(*clients(url), source))


def test_a_server_that_never_answers_is_a_failure_in_bounded_time(source: Path):
    with server_that_says(None) as url:
        started = time.monotonic()
        refuse_each(all_calls(*clients(url), source))
    assert time.monotonic() - started < 30


DENIED = b"<Error><Code>AccessDenied</Code><Message>for TOKENHIDDEN\n</Message></Error>"

ANSWERS = {
    "500": b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 16\r\n\r\n<Error>\n</Error>",
    "403": b"HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(DENIED), DENIED),
    "not-http": b"this is not HTTP\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_server_that_refuses_is_a_failure_of_the_store(source: Path, answer: bytes):
    with server_that_says(answer) as url:
        refuse_each(all_calls(*clients(url), source))


def test_a_server_that_knows_no_ranges_is_a_failure_of_the_store():
    whole = (
        b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\nETag: "1"\r\n'
        b"Last-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\nContent-Type: text/plain\r\n\r\n0123456789"
    )
    with server_that_says(whole) as url:
        store, _ = clients(url)
        assert store.get("a")[1] == b"0123456789"
        with pytest.raises(StoreError, match="gave 10 bytes where 2 were asked for"):
            store.get("a", Span(4, 2))


def test_a_request_is_tried_as_often_as_the_settings_say():
    for call in (lambda store, _: store.head("a"), lambda _, reader: asyncio.run(reader.head("a"))):
        came: list[socket.socket] = []
        with server_that_says(ANSWERS["500"], came) as url, pytest.raises(StoreError):
            call(*clients(url, attempts=2))
        assert len(came) == 2


def test_a_missing_bucket_is_a_failure_of_the_store(localstack: LocalStack):
    store = S3Store("no-such-bucket-here", "", localstack.settings, localstack.session)
    with pytest.raises(StoreError, match="NoSuchBucket"):
        store.put("a.json", b"", media_type=JSON)
    with pytest.raises(StoreError, match="NoSuchBucket"):
        keys(store)


def test_no_credentials_are_a_failure_of_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    settings = S3Settings("http://127.0.0.1:1", "us-east-1")
    with pytest.raises(StoreError, match="credentials"):
        S3Store("bucket", "", settings).head("a")
    with pytest.raises(StoreError, match="credentials"):
        S3Reader("bucket", "", settings)
