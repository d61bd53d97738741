"""What persons and the node signed is kept by the bucket itself, where that has S3 Object Lock."""

import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from trail_kit import trail

from tianlake.lake.keys import AUDIT_HINT, audit_entry, audit_pending, review_report, review_step
from tianlake.lake.store.s3 import S3Store
from tianlake.lake.trail import Act

CODE = "156130000"


def test_in_a_bucket_with_object_lock_entries_are_kept_whoever_deletes_them(localstack):
    bucket, client = "tianlake-locked", localstack.session.client("s3", endpoint_url=localstack.url)
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    locked = replace(localstack.settings, lock_days=30, lock_mode="COMPLIANCE")
    store = S3Store(bucket, "lake", locked, localstack.session)
    own = trail(store, CODE)
    for number in range(3):
        own.record(Act("key.issue", f"key {number}"))
    step = review_step("places", "r", 1)
    store.put(step, b"signed", media_type="text/plain")
    for key in (audit_entry(4), step):
        told = client.head_object(Bucket=bucket, Key=f"lake/{key}")
        assert told["ObjectLockMode"] == "COMPLIANCE"
        assert 29 < (told["ObjectLockRetainUntilDate"].timestamp() - time.time()) / 86_400 <= 30
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=bucket, Key=f"lake/{key}", VersionId=told["VersionId"])
    report, waiting = review_report("places", "r", "0" * 64), audit_pending("2026-11-27T02:00:00Z", "0" * 16)
    for key in (report, waiting, AUDIT_HINT, "releases/places/r/manifest.json"):
        store.put(key, b"x", media_type="text/plain")
        assert "ObjectLockMode" not in client.head_object(Bucket=bucket, Key=f"lake/{key}"), key
    store.delete(audit_entry(2))  # what hides it does not destroy it
    [hidden] = [
        each
        for each in client.list_object_versions(Bucket=bucket, Prefix=f"lake/{audit_entry(2)}")["Versions"]
        if not each["IsLatest"]
    ]
    place = {"Bucket": bucket, "Key": hidden["Key"], "VersionId": hidden["VersionId"]}
    assert b"tianlake-act 1" in client.get_object(**place)["Body"].read()
