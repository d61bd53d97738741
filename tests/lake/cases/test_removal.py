"""Older releases go, with every version that the store keeps; the current one stays, and so do other products."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lake_kit import desk, sealed

from tianlake.lake import keys
from tianlake.lake.cases.removal import REASON, retire
from tianlake.lake.derived import Desk
from tianlake.lake.errors import LakeError
from tianlake.lake.history import list_releases, read_pointer
from tianlake.lake.publishing import publish
from tianlake.lake.reviews import Checked
from tianlake.lake.reviews.reports import keep_report
from tianlake.lake.reviews.steps import review_chain
from tianlake.lake.store import DirectoryStore
from tianlake.lake.store.remains import BucketRemains, FolderRemains
from tianlake.lake.store.s3 import S3Store


def published(at: Desk, folder: Path) -> str:
    """Publish three releases of a product, of which the last holds nothing secret, and another product."""
    for number, marker in enumerate(["secret", "secret too", "clean"], start=1):
        publish(at, sealed(folder, marker, f"2026-11-0{number}T00:00:00Z"))
    publish(at, sealed(folder, "another secret", product="roads"))
    pointer = read_pointer(at.store, "places")
    assert pointer is not None
    return pointer.release


def test_in_a_bucket_with_versioning_no_version_of_it_is_left(tmp_path: Path, localstack) -> None:
    bucket = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    at = desk(S3Store(bucket, "node", localstack.settings, localstack.session))
    kept = published(at, tmp_path)
    remains = BucketRemains(bucket, "node", localstack.settings, localstack.session)
    gone = retire(at, "places", kept, remains)
    assert (len(gone.releases), gone.versions > 0) == (2, True)
    bodies: dict[str, bytes] = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        assert not [each for each in page.get("DeleteMarkers", []) if "/places/" in each["Key"]]
        for each in page.get("Versions", []):
            place = {"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]}
            bodies[f"{each['Key']} {each['VersionId']}"] = client.get_object(**place)["Body"].read()
    held = [key for key, body in bodies.items() if b"secret" in body]
    assert held, "the other product is as it was"
    assert all("/releases/roads/" in key for key in held)
    assert any(b"clean" in body for body in bodies.values())
    assert retire(at, "places", kept, remains).releases == gone.releases, "again changes nothing"


def test_a_tombstone_says_nothing_of_what_was_removed(tmp_path: Path) -> None:
    at = desk(DirectoryStore(tmp_path / "lake"))
    kept = published(at, tmp_path)
    gone = retire(at, "places", kept, FolderRemains(tmp_path / "lake"))
    for name in gone.releases:
        folder = tmp_path / "lake" / keys.release_prefix("places", name)
        assert [each.name for each in folder.iterdir()] == [keys.TOMBSTONE]
        stone = json.loads((folder / keys.TOMBSTONE).read_text())
        assert stone | {"withdrawn": ""} == {"release": name, "withdrawn": "", "reason": REASON}


def test_reports_that_quote_it_go_and_the_steps_that_name_them_stay(tmp_path: Path) -> None:
    at = desk(DirectoryStore(tmp_path / "lake"))
    kept = published(at, tmp_path)
    old = next(name for name, _ in list_releases(at.store, "places") if name != kept)
    named = {}
    for release in (old, kept, "20261009T000000Z-00000000"):  # the last was submitted, and never published
        report = Checked(f"a secret of {release}".encode())
        keep_report(at.store, "places", release, report)
        step = review_chain(at.store, "places", release).append(None, {"bound": {"report": report.digest}}, b"1" * 32)
        named[release] = (keys.review_report("places", release, report.digest), step)
    gone = retire(at, "places", kept, FolderRemains(tmp_path / "lake"))
    assert gone.reports == 2
    there = {release: (tmp_path / "lake" / report).exists() for release, (report, _) in named.items()}
    assert there == {old: False, kept: True, "20261009T000000Z-00000000": False}
    for release, (_, step) in named.items():
        assert [each.body for each in review_chain(at.store, "places", release).links()] == [step.body]


def test_nothing_goes_while_another_release_is_current(tmp_path: Path) -> None:
    at = desk(DirectoryStore(tmp_path / "lake"))
    published(at, tmp_path)
    with pytest.raises(LakeError, match="is not the current one"):
        retire(at, "places", "20261101T000000Z-00000000", FolderRemains(tmp_path / "lake"))
    assert not list((tmp_path / "lake").rglob(keys.TOMBSTONE))


def test_a_whole_product_goes_and_going_again_is_no_error(tmp_path: Path) -> None:
    at = desk(DirectoryStore(tmp_path / "lake"))
    published(at, tmp_path)
    for _ in range(2):
        assert len(retire(at, "places", None, FolderRemains(tmp_path / "lake")).releases) == 3
    assert read_pointer(at.store, "places") is None
    assert read_pointer(at.store, "roads") is not None
