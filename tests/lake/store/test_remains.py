"""What a store keeps of older objects: found, read and erased."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.store import DirectoryStore
from tianlake.lake.store.remains import BucketRemains, FolderRemains, Remain, remains_at
from tianlake.lake.store.s3 import S3Store

TYPE = "text/plain"


def test_unfinished_writes_of_dead_writers_are_found_and_erased(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put("a.txt", b"kept", media_type=TYPE)
    dead, alive = tmp_path / ".tmp" / "1-aa.part", tmp_path / ".tmp" / "2-bb.part"
    dead.write_bytes(b"old secret")
    alive.write_bytes(b"being written")
    remains = remains_at(f"file:{tmp_path}", None, tmp_path)
    assert isinstance(remains, FolderRemains)
    found = list(remains.list())
    assert [remains.read(each) for each in found] == [b"old secret", b"being written"]
    with alive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert remains.erase("a") == 1
    assert [each.key for each in remains.list()] == [".tmp/2-bb.part"]
    assert store.get("a.txt")[1] == b"kept"
    with pytest.raises(NotFoundError):
        remains.read(found[0])


def test_a_folder_without_writes_has_no_remains(tmp_path: Path) -> None:
    assert list(FolderRemains(tmp_path / "none").list()) == []


def test_older_versions_in_a_bucket_are_found_read_and_erased(localstack) -> None:
    """LocalStack stands for S3: versions, marks of deletion and unfinished uploads are as of its API."""
    bucket = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    store = S3Store(bucket, "node", localstack.settings, localstack.session)
    for body in (b"one", b"two", b"three"):
        store.put("releases/p/a", body, media_type=TYPE)
    store.put("releases/p/b", b"gone", media_type=TYPE)
    store.delete("releases/p/b")
    store.put("releases/other/a", b"x", media_type=TYPE)
    store.put("releases/other/a", b"y", media_type=TYPE)
    client.create_multipart_upload(Bucket=bucket, Key="node/releases/p/c")
    remains = BucketRemains(bucket, "node", localstack.settings, localstack.session)
    found = list(remains.list("releases/p/"))
    assert sorted(remains.read(each) for each in found) == [b"gone", b"one", b"two"]
    assert {each.key for each in found} == {"releases/p/a", "releases/p/b"}
    assert remains.erase("releases/p/") == 4, "three versions and a mark of deletion"
    assert list(remains.list("releases/p/")) == []
    assert store.get("releases/p/a")[1] == b"three"
    assert [each.key for each in remains.list()] == ["releases/other/a"], "other products keep theirs"
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    assert not client.list_object_versions(Bucket=bucket, Prefix="node/releases/p/b").get("DeleteMarkers")
    with pytest.raises(NotFoundError):
        remains.read(Remain("releases/p/a", found[0].version, 3))


def test_what_a_lock_keeps_stays_hidden(localstack) -> None:
    """Without its mark of deletion the version that is left would be the object again, for everybody to read."""
    bucket = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    store = S3Store(bucket, "node", localstack.settings, localstack.session)
    store.put("releases/p/a", b"to be removed", media_type=TYPE)
    [version] = client.list_object_versions(Bucket=bucket)["Versions"]
    hold = {"Bucket": bucket, "Key": "node/releases/p/a", "VersionId": version["VersionId"]}
    client.put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    store.delete("releases/p/a")
    remains = BucketRemains(bucket, "node", localstack.settings, localstack.session)
    with pytest.raises(StoreError, match=r"releases/p/a: its old version was not deleted: AccessDenied"):
        remains.erase("releases/p/")
    with pytest.raises(NotFoundError):
        store.get("releases/p/a")
    assert [remains.read(each) for each in remains.list("releases/p/")] == [b"to be removed"], "still to be told of"
    client.put_object_legal_hold(**hold, LegalHold={"Status": "OFF"})
    assert remains.erase("releases/p/") == 2, "a version and its mark"
    assert client.list_object_versions(Bucket=bucket).get("Versions", []) == []


def test_a_bucket_without_versioning_has_no_remains(localstack) -> None:
    bucket = localstack.make_bucket()
    store = S3Store(bucket, "", localstack.settings, localstack.session)
    store.put("a", b"one", media_type=TYPE)
    store.put("a", b"two", media_type=TYPE)
    remains = BucketRemains(bucket, "", localstack.settings, localstack.session)
    assert list(remains.list()) == []
    assert remains.erase("") == 0
    assert store.get("a")[1] == b"two"
