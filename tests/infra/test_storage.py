"""modules/storage: what is kept, for how long, and who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from tianlake.lake import keys

BUCKET = "arn:aws:s3:::mocked"


@pytest.fixture(scope="module")
def plan(tested):
    """Give the plan of a bucket with two nodes."""
    return tested.plans["storage"]


def one(plan, kind: str, name: str) -> dict[str, Any]:
    """Return the planned values of one resource."""
    found: dict[str, Any] = plan.resources[f"{kind}.{name}"]
    return found


def statements(plan, name: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a policy document by their sid."""
    return {each["sid"]: each for each in one(plan, "data.aws_iam_policy_document", name)["statement"]}


def test_no_rule_expires_an_object_of_the_lake_that_is_current(plan):
    for rule in one(plan, "aws_s3_bucket_lifecycle_configuration", "lake")["rule"]:
        assert not any(each.get("days") or each.get("date") for each in rule["expiration"])


def test_releases_of_every_node_move_to_a_cheaper_class_and_nothing_else_does(plan):
    rules = one(plan, "aws_s3_bucket_lifecycle_configuration", "lake")["rule"]
    moving = {rule["filter"][0]["prefix"] for rule in rules if rule["transition"]}
    assert moving == {f"{code}/{keys.RELEASES}" for code in ("156130000", "156131000")}


def test_what_was_removed_is_gone_from_the_other_region_a_day_later(plan):
    (rule,) = one(plan, "aws_s3_bucket_lifecycle_configuration", "replica[0]")["rule"]
    assert rule["noncurrent_version_expiration"][0]["noncurrent_days"] == 1
    replication = one(plan, "aws_s3_bucket_replication_configuration", "lake")["rule"]
    (whole,) = [each for each in replication if each["id"] == "all"]
    assert whole["delete_marker_replication"] == [{"status": "Enabled"}]


def test_the_trail_of_every_node_is_copied_to_where_it_is_locked(plan):
    replication = one(plan, "aws_s3_bucket_replication_configuration", "lake")["rule"]
    copied = {each["filter"][0]["prefix"] for each in replication if each["id"].startswith("audit-")}
    assert copied == {f"{code}/{keys.AUDIT}" for code in ("156130000", "156131000")}
    assert len({each["priority"] for each in replication}) == len(replication)


def test_the_cdn_reads_what_is_public_and_hears_what_is_missing(plan):
    said = statements(plan, "lake")
    assert (said["CdnReads"]["actions"], said["CdnReads"]["resources"]) == (["s3:GetObject"], [f"{BUCKET}/*"])
    assert (said["CdnTellsWhatIsMissing"]["actions"], said["CdnTellsWhatIsMissing"]["resources"]) == (
        ["s3:ListBucket"],
        [BUCKET],
    )
    for each in (said["CdnReads"], said["CdnTellsWhatIsMissing"]):
        (condition,) = each["condition"]
        assert condition["variable"] == "aws:SourceArn"
    denied = said["CdnNeverReadsWhatIsPrivate"]
    assert denied["effect"] == "Deny"
    assert denied["resources"] == [f"{BUCKET}/{code}/{keys.PRIVATE}*" for code in ("156130000", "156131000")]


def test_nobody_speaks_to_the_lake_without_tls(plan):
    said = statements(plan, "lake")["OnlyOverTls"]
    assert said["effect"] == "Deny"
    assert said["condition"][0]["variable"] == "aws:SecureTransport"


def test_whoever_serves_reads_nothing_private_but_the_snapshot_of_keys(plan):
    denied = statements(plan, "reader")["NothingElsePrivate"]["resources"]
    folders = (keys.AUDIT, keys.REVIEWS, keys.CASES, keys.INCIDENTS, keys.REPLICAS)
    for code in ("156130000", "156131000"):
        assert f"{BUCKET}/{code}/{keys.PRIVATE}*/*" in denied
        assert all(folder.startswith(keys.PRIVATE) and folder.count("/") > 1 for folder in folders)
    assert keys.KEYS_SNAPSHOT.count("/") == 1


def test_desks_put_what_waits_to_be_signed_and_the_access_log_and_nothing_else(plan):
    said = statements(plan, "desk")
    putting = [each for each in said.values() if set(each["actions"]) - {"s3:GetObject", "s3:ListBucket"}]
    (only,) = putting
    assert only["actions"] == ["s3:PutObject"]
    wanted = {
        f"{BUCKET}/{code}/{folder}*"
        for code in ("156130000", "156131000")
        for folder in (keys.AUDIT_PENDING, keys.CASES_FILED, keys.LOGS)
    }
    assert set(only["resources"]) == wanted
    unread = {each for one in said.values() if one.get("effect") == "Deny" for each in one["resources"]}
    assert all(f"{BUCKET}/{code}/{keys.LOGS}date=*/*" in unread for code in ("156130000", "156131000"))


def test_a_removal_reaches_older_versions_and_unfinished_uploads(plan):
    said = statements(plan, "writer")
    assert {"s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:AbortMultipartUpload"} <= set(
        said["ObjectsAndTheirVersions"]["actions"]
    )
    assert {"s3:ListBucketVersions", "s3:ListBucketMultipartUploads"} <= set(said["WhatIsThere"]["actions"])
    assert said["ObjectsAndTheirVersions"]["resources"] == [f"{BUCKET}/{code}/*" for code in ("156130000", "156131000")]
