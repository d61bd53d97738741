"""Backups from a bucket into a bucket that keeps versions: they come back, and what is forgotten leaves no version."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from backup_kit import BEGIN, SEED, files, hand, saved
from lake_kit import NODE
from localstack_kit import LocalStack

from tianlake.lake.backup import forget, removed_by, restore, take_snapshot
from tianlake.lake.errors import StoreError
from tianlake.lake.patrol import Budget, Patroller
from tianlake.lake.store import DirectoryStore, S3Settings
from tianlake.lake.store.remains import BucketRemains
from tianlake.lake.store.s3 import S3Store
from tianlake.lake.verified import read_right
from tianlake.lake.words import instant

pytestmark = pytest.mark.xdist_group("localstack")


def test_a_bucket_is_saved_into_a_bucket_comes_back_and_forgets(localstack: LocalStack, tmp_path: Path) -> None:
    node = saved(tmp_path)
    s3 = localstack.session.client("s3", endpoint_url=localstack.url)
    own, other = localstack.make_bucket(), localstack.make_bucket()
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration={"Status": "Enabled"})
    localstack.upload(node.root, own)
    lake = S3Store(own, "", localstack.settings, localstack.session)
    place = replace(
        node.series.place,
        url=f"s3://{other}/{NODE.code}",
        store=S3Store(other, NODE.code, localstack.settings, localstack.session),
        remains=BucketRemains(other, NODE.code, localstack.settings, localstack.session),
    )
    series = replace(node.series, place=place)
    place.claim()
    done = take_snapshot(lake, series, hand())
    assert done.whole
    assert take_snapshot(lake, series, hand(60)).copied == 0
    folder = tmp_path / "again"
    restore(series, series.at(None), DirectoryStore(folder))
    assert files(folder) == files(node.root)

    [key] = [info.key for info in lake.list("releases/places") if info.key.endswith("places.parquet")]
    good = lake.get(key)[1]
    lake.put(key, good[:-1] + b"?", media_type="application/octet-stream")
    mending = Patroller(lake, {"folder": lambda name, sha256: read_right(DirectoryStore(folder), name, sha256)})
    assert [each.mended for each in mending.run(Budget()).damages] == ["folder"]
    assert lake.get(key)[1] == good

    marker = json.dumps({"marker": "a", "file": "places.parquet"}).encode()
    assert any(marker == body for body in versions(s3, other))
    for info in list(lake.list("releases/places")):
        lake.delete(info.key)
    forget(series, removed_by(lake, "places", None), SEED, instant(BEGIN + 120))
    assert not any(marker in body for body in versions(s3, other))
    shutil.rmtree(folder)
    restore(series, series.at(None), DirectoryStore(folder))
    assert (folder / "collections/roads/collection.json").is_file()


def versions(s3, bucket: str) -> list[bytes]:
    """Return the bytes of every version of every object that a bucket keeps, by boto3 alone."""
    found = s3.list_object_versions(Bucket=bucket).get("Versions", [])
    return [s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read() for each in found]


def test_a_backup_that_does_not_answer_may_be_tried_again(tmp_path: Path, localstack: LocalStack) -> None:
    node = saved(tmp_path)
    away = S3Settings(endpoint_url="http://127.0.0.1:9", region="us-east-1", connect_timeout_s=0.2, attempts=1)
    place = replace(node.series.place, store=S3Store("bucket", "", away, localstack.session))
    with pytest.raises(StoreError):
        take_snapshot(node.lake, replace(node.series, place=place), hand())
    assert not node.series.names()
