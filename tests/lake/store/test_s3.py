"""What only S3 does: lost answers, removals in two steps, parts and prefixes."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from localstack_kit import LocalStack
from network_kit import losing_one_answer
from store_kit import BYTES, JSON, keys, read_all

from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.store import ABSENT, Matches, S3Settings, open_reader, open_store
from tianlake.lake.store import _s3_values as values
from tianlake.lake.store.s3 import S3Store
from tianlake.lake.store.s3_reader import S3Reader, _endpoint

MIB = 1 << 20
PREFIX = "156000000"


@pytest.fixture
def bucket(localstack: LocalStack) -> str:
    return localstack.make_bucket()


@pytest.fixture
def store(localstack: LocalStack, bucket: str) -> S3Store:
    return S3Store(bucket, PREFIX, localstack.settings, localstack.session)


@pytest.fixture
def reader(localstack: LocalStack, bucket: str) -> S3Reader:
    return S3Reader(bucket, PREFIX, localstack.settings, localstack.session)


def through(localstack: LocalStack, bucket: str, url: str) -> S3Store:
    return S3Store(bucket, PREFIX, replace(localstack.settings, endpoint_url=url), localstack.session)


def test_a_lost_answer_is_not_taken_for_a_lost_race(localstack: LocalStack, bucket: str, store: S3Store):
    with losing_one_answer(localstack.url, b"PUT ") as url:
        made = through(localstack, bucket, url).put("a.json", b"mine", media_type=JSON, condition=ABSENT)
    assert store.head("a.json").etag == made.etag
    with losing_one_answer(localstack.url, b"PUT ") as url:
        swapped = through(localstack, bucket, url).put("a.json", b"new", media_type=JSON, condition=Matches(made.etag))
    assert store.get("a.json")[1] == b"new"
    with losing_one_answer(localstack.url, b"PUT ") as url:
        through(localstack, bucket, url).delete("a.json", condition=Matches(swapped.etag))
    assert keys(store) == []


def test_a_lost_answer_to_the_last_part_of_an_upload_is_no_failure(
    localstack: LocalStack, bucket: str, store: S3Store, tmp_path: Path
):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(6 * MIB))
    with losing_one_answer(localstack.url, b"</CompleteMultipartUpload>") as url:
        made = through(localstack, bucket, url).put("a.bin", source, media_type=BYTES, condition=ABSENT)
    assert store.head("a.bin").etag == made.etag
    assert store.get("a.bin")[1] == source.read_bytes()


def test_a_lost_race_stays_lost_when_an_answer_is_lost_too(localstack: LocalStack, bucket: str, store: S3Store):
    store.put("a.json", b"theirs", media_type=JSON)
    with losing_one_answer(localstack.url, b"PUT ") as url, pytest.raises(ConflictError):
        through(localstack, bucket, url).put("a.json", b"mine", media_type=JSON, condition=ABSENT)
    assert store.get("a.json")[1] == b"theirs"


@pytest.fixture
def half_removed(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the key of an object whose remover died between its two steps."""

    def die(**_given: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://gone")

    first = store.put("a.json", b"first", media_type=JSON)
    with monkeypatch.context() as patch:
        patch.setattr(store._client, "delete_object", die)
        with pytest.raises(StoreError):
            store.delete("a.json", condition=Matches(first.etag))
    return "a.json"


def test_an_object_counts_as_gone_once_its_removal_began(store: S3Store, reader: S3Reader, half_removed: str):
    for read in (store.head, store.get, lambda key: asyncio.run(reader.head(key))):
        with pytest.raises(NotFoundError):
            read(half_removed)
    assert keys(store) == []


def test_a_removal_under_way_is_not_written_over(store: S3Store, half_removed: str):
    with pytest.raises(ConflictError):
        store.put(half_removed, b"second", media_type=JSON, condition=ABSENT)


def test_a_removal_left_in_the_middle_gives_the_key_free(
    store: S3Store, half_removed: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(values, "_REMOVAL_S", -60)
    store.put(half_removed, b"second", media_type=JSON, condition=ABSENT)
    assert store.get(half_removed)[1] == b"second"


def test_a_removal_left_in_the_middle_ends_with_the_next_delete(
    store: S3Store, half_removed: str, localstack: LocalStack, bucket: str
):
    store.delete(half_removed)
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_empty_objects_are_listed(store: S3Store):
    store.put("empty.json", b"", media_type=JSON)
    assert keys(store) == ["empty.json"]


def test_other_clients_find_the_object_and_its_headers(store: S3Store, localstack: LocalStack, bucket: str):
    store.put("说明/README.md", "天地图".encode(), media_type="text/markdown")
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    found = client.get_object(Bucket=bucket, Key=f"{PREFIX}/说明/README.md")
    assert found["Body"].read().decode() == "天地图"
    assert found["ContentType"] == "text/markdown; charset=utf-8"
    assert store.head("说明/README.md").media_type == "text/markdown"


def test_a_failed_upload_leaves_no_object_and_no_parts(
    store: S3Store, localstack: LocalStack, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(12 * MIB))
    send = store._client.upload_part

    def fail_at_two(*, PartNumber: int, **given: object) -> object:  # noqa: N803 - boto3's name
        if PartNumber == 2:
            raise EndpointConnectionError(endpoint_url="http://gone")
        return send(PartNumber=PartNumber, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(store._client, "upload_part", fail_at_two)
    with pytest.raises(StoreError):
        store.put("a.bin", source, media_type=BYTES)
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)


def test_a_node_sees_only_what_is_below_its_prefix(localstack: LocalStack, bucket: str):
    def at(prefix: str) -> S3Store:
        return S3Store(bucket, prefix, localstack.settings, localstack.session)

    at("156").put("a.json", b"1", media_type=JSON)
    at("156000000").put("b.json", b"2", media_type=JSON)
    at("lake/156").put("c.json", b"3", media_type=JSON)
    assert keys(at("156")) == ["a.json"]
    assert keys(at("lake/156")) == ["c.json"]
    assert keys(at("")) == ["156/a.json", "156000000/b.json", "lake/156/c.json"]
    assert read_all_below(localstack, bucket, "lake/156", "c.json") == b"3"
    assert read_all_below(localstack, bucket, "", "lake/156/c.json") == b"3"


def read_all_below(localstack: LocalStack, bucket: str, prefix: str, key: str) -> bytes:
    reader = S3Reader(bucket, prefix, localstack.settings, localstack.session)
    return read_all(reader, asyncio.run(reader.head(key)))


def test_what_is_no_key_is_left_out(store: S3Store, localstack: LocalStack, bucket: str):
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    for name in ("folder/", "a//b", ".tmp/x"):
        client.put_object(Bucket=bucket, Key=f"{PREFIX}/{name}", Body=b"1")
    store.put("a.json", b"1", media_type=JSON)
    assert keys(store) == ["a.json"]


def test_urls_open_buckets_with_the_credentials_of_the_machine(
    localstack: LocalStack, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    url = f"s3://{bucket}/lakes/{{code}}/data"
    store = open_store(url, "156110000", localstack.settings, tmp_path)
    store.put("a.json", b"{}", media_type=JSON)
    reader = open_reader(url, "156110000", localstack.settings, tmp_path)
    assert read_all(reader, asyncio.run(reader.head("a.json"))) == b"{}"
    whole = S3Store(bucket, "", localstack.settings, localstack.session)
    assert keys(whole) == ["lakes/156110000/data/a.json"]


def test_the_bucket_goes_into_the_host_where_the_service_wants_it():
    assert _endpoint("https://oss.example.cn:8443/base", "lake") == "https://lake.oss.example.cn:8443/base"
    assert _endpoint("http://127.0.0.1:9000", None) == "http://127.0.0.1:9000"
    assert not S3Settings(path_style=False, endpoint_url="https://oss.example.cn").uses_paths
    assert S3Settings(endpoint_url="http://127.0.0.1:9000").uses_paths
    assert not S3Settings().uses_paths


@pytest.mark.parametrize("url", ["ftp://host", "host:9000", "http://user:pass@host", "http://host?x=1", "http://", ""])
def test_an_endpoint_that_is_no_plain_address_is_refused(url: str):
    with pytest.raises(ValueError, match="endpoint_url"):
        S3Settings(endpoint_url=url)
