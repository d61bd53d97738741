"""Cases in a bucket: signed by officers alone, sealed, and erased with every version."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cases_kit import CASE, SECRET, Office, person
from trail_kit import seed_of

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.people import People
from tianlake.lake.sealed import letter_box, seal, unseal
from tianlake.lake.store import DirectoryStore
from tianlake.lake.store.remains import BucketRemains, FolderRemains
from tianlake.lake.store.s3 import S3Store

LETTER = {"text": "请删除我家", "contact": "某人 13900000000", "wish": "remove"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(DirectoryStore(tmp_path / "lake"))


def everything(root: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file())


def test_what_a_citizen_wrote_can_be_read_with_the_nodes_key_alone(office: Office, tmp_path: Path) -> None:
    made = office.take("open", LETTER)
    assert office.book.told(made, "open", SECRET) == LETTER
    assert "请删除".encode() not in everything(tmp_path)
    with pytest.raises(LakeError, match="was sealed for another key"):
        office.book.told(made, "open", seed_of("somebody else"))


def test_a_letter_cannot_be_put_into_another_case(office: Office) -> None:
    letter = seal(b"text", letter_box(SECRET), "c20261127-0000000000")
    with pytest.raises(LakeError, match="was sealed for another key, or changed"):
        unseal(letter, SECRET, CASE, file="x")
    assert office.book.ids() == []


def test_only_an_officer_takes_steps(office: Office) -> None:
    with pytest.raises(LakeError, match="handled by an officer; this person is: author"):
        office.take("open", by="author-b")
    with pytest.raises(LakeError, match="does not exist"):
        office.take("open", by="nobody-c")
    assert office.book.ids() == []


def test_a_step_that_somebody_else_signed_is_refused(office: Office, tmp_path: Path) -> None:
    office.take("open")
    gone = Office(office.store, people=People(office.people.code, (person("author-b", "author"),)))
    with pytest.raises(LakeError, match="is not signed by officer-a as an officer"):
        gone.book.find(CASE)
    file = tmp_path / "lake" / keys.case_step(CASE, 1)
    file.write_bytes(file.read_bytes().replace(b"privacy", b"privacZ"))
    with pytest.raises(LakeError, match="is not signed by officer-a"):
        office.book.find(CASE)


def test_a_step_signed_by_somebody_of_the_node_who_is_no_officer_is_refused(office: Office) -> None:
    """Past the office: with the person's own key, which the node knows."""
    alone = Office(office.store, people=People(office.people.code, (person("author-b", "officer"),)))
    alone.take("open", by="author-b")
    with pytest.raises(LakeError, match="is not signed by author-b as an officer"):
        office.book.find(CASE)


def test_a_key_that_ended_signs_nothing(tmp_path: Path) -> None:
    ended = person("officer-a", "officer", until="2026-11-01T00:00:00Z")
    office = Office(DirectoryStore(tmp_path), people=People("156131000", (ended,)))
    with pytest.raises(LakeError, match="has no key that may sign at 2026-11-27"):
        office.take("open")


def test_of_two_who_decide_at_once_one_is_refused(office: Office) -> None:
    office.take("open")
    office.take("report")

    def decide(decision: str) -> str:
        try:
            return office.take("decide", decision=decision, targets=[]).state
        except LakeError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(decide, ["grant", "refuse", "grant", "refuse"]))
    assert sum(each in {"granted", "refused"} for each in told) == 1
    assert office.book.find(CASE).state in told


def test_erasing_leaves_the_signed_steps_and_nothing_that_was_written(office: Office, tmp_path: Path) -> None:
    made = office.take("open", LETTER)
    office.store.put(keys.case_filed(CASE), b"sealed letter of the form", media_type="application/octet-stream")
    assert office.book.erase(CASE, FolderRemains(tmp_path / "lake")) == 2
    assert office.book.told(made, "open", SECRET) == {}
    assert office.book.find(CASE).state == "received"
    assert b"tianlake-sealed" not in everything(tmp_path)


def test_a_sealed_part_that_was_exchanged_is_noticed(office: Office, tmp_path: Path) -> None:
    made = office.take("open", LETTER)
    [file] = (tmp_path / "lake" / keys.CASES / CASE / "sealed").iterdir()
    file.write_bytes(seal(json.dumps({"text": "other"}).encode(), letter_box(SECRET), CASE))
    with pytest.raises(LakeError, match="is not what was signed"):
        office.book.told(made, "open", SECRET)


def test_erasing_in_a_bucket_with_versioning_leaves_no_version(localstack) -> None:
    """LocalStack's S3 stands for AWS's here; whether a lock keeps a version only AWS can tell."""
    bucket = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    office = Office(S3Store(bucket, "node", localstack.settings, localstack.session))
    office.take("open", LETTER)
    remains = BucketRemains(bucket, "node", localstack.settings, localstack.session)
    assert office.book.erase(CASE, remains) == 1
    found = client.list_object_versions(Bucket=bucket)
    left = [each["Key"] for name in ("Versions", "DeleteMarkers") for each in found.get(name, [])]
    assert left == [f"node/{keys.case_step(CASE, 1)}"]


def test_two_steps_of_one_number_are_refused(office: Office) -> None:
    office.take("open")
    with pytest.raises((ConflictError, LakeError), match="is open already"):
        office.take("open")
