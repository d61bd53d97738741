"""A review counts as far as the audit trail has it, and as far as others than its author looked at the bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lake_kit import NODE
from review_kit import DAY, NUMBER, Bench, refused, stage

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.policy import ReviewDemand
from tianlake.lake.publishing import Release, publish
from tianlake.lake.reviews import MapApproval, Wish, gate
from tianlake.lake.trail import Act

NO_LEVELS = ReviewDemand(0, map_approval=False, authorities=(), approval_years=2, filing_months=6)


def steps(bench: Bench) -> list[str]:
    return sorted(key for key in bench.store.objects if key.startswith(keys.REVIEWS) and key.endswith(".txt"))


def test_what_the_authors_machine_did_not_find_the_reviewers_does(bench: Bench, release: Release) -> None:
    bench.refusing = ("refuse",)
    bench.submit(release, honest=False)
    refused(lambda: bench.review(release, "first"), "rule rule.refuse of the policy refuses it")
    assert len(steps(bench)) == 1
    assert stage(bench, release) == "submitted"


def test_nobody_waits_for_checks_whose_step_would_not_count(bench: Bench, release: Release) -> None:
    bench.submit(release)

    def check() -> Any:
        raise AssertionError("the checks ran for somebody who may not sign")

    for person in ("author-a", "officer"):
        with pytest.raises(LakeError, match=r"four eyes|does not have the role"):
            bench.office.review(bench.subject(release), Wish("review"), bench.crew.signer(person), check)


def test_a_report_that_a_reviewer_signed_is_the_one_that_lets_out(bench: Bench, release: Release) -> None:
    bench.approve(release)
    assert publish(bench.desk, release)
    assert bench.gate_checked == 0
    standing = bench.office.standing(bench.subject(release))
    own = [each.step.checked for each in standing.counting if each.step.kind == "review"]
    assert len(own) == 2
    for digest in own:
        assert keys.review_report("places", release.manifest.release, str(digest)) in bench.store.objects


def test_another_approval_of_what_is_public_goes_on_record(bench: Bench, release: Release) -> None:
    bench.approve(release)
    publish(bench.desk, release)
    assert publish(bench.desk, release) is False
    assert bench.acts[-1].kind == "publish"
    bench.now += 60
    bench.map(release, MapApproval(("冀S(2026)13号",), NUMBER.approved))
    for _ in range(2):
        assert publish(bench.desk, release) is False
    assert [act.kind for act in bench.acts[-2:]] == ["review.map-approve", "publish.renew"]
    assert bench.acts[-1].details["numbers"] == ["冀S(2026)13号"]


def test_where_nobody_reviews_the_gate_looks_itself(
    bench: Bench, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = replace(bench.subject(release), demand=NO_LEVELS)
    monkeypatch.setattr(gate, "subject_of", lambda *_: subject)
    bench.refusing = ("refuse",)
    bench.submit(release, honest=False)
    refused(lambda: publish(bench.desk, release), "rule rule.refuse of the policy refuses it")
    bench.refusing = ()
    assert publish(bench.desk, release)
    assert bench.gate_checked == 2


def test_a_rejection_that_was_deleted_still_stops_it_until_it_is_submitted_again(
    bench: Bench, release: Release
) -> None:
    bench.approve(release)
    bench.reject(release)
    del bench.store.objects[steps(bench)[-1]]
    refused(lambda: publish(bench.desk, release), r"step 5 \(review.reject second .*\) is on record and is not among")
    bench.crew.add("fourth", "map")
    refused(lambda: bench.map(release, person="fourth"), "is on record and is not among the steps")
    bench.approve(release)
    assert publish(bench.desk, release)


def test_a_rejection_that_another_step_took_the_place_of_is_found(bench: Bench, release: Release) -> None:
    bench.submit(release)
    bench.review(release, "first")
    bench.reject(release)
    cut = steps(bench)[-1]
    kept = bench.store.objects.pop(cut)
    with pytest.raises(LakeError, match="is on record and is not among the steps"):
        bench.review(release, "second")
    bench.store.objects[cut] = kept
    assert stage(bench, release) == "draft"


def test_a_later_map_approval_that_was_cut_off_does_not_bring_the_earlier_one_back(
    bench: Bench, release: Release
) -> None:
    bench.approve(release)
    later = MapApproval(("冀S(2026)13号",), NUMBER.approved)
    bench.map(release, later)
    del bench.store.objects[steps(bench)[-1]]
    refused(lambda: publish(bench.desk, release), r"step 5 \(review.map-approve officer .*next: tianlake review map-")
    bench.now += 60
    bench.map(release, later)
    assert publish(bench.desk, release)


def test_a_step_past_the_office_counts_for_nothing(bench: Bench, release: Release) -> None:
    bench.approve(release)
    gone = [key for key in bench.store.objects if key.startswith(keys.AUDIT)]
    for key in gone:
        del bench.store.objects[key]
    assert stage(bench, release) == "draft"
    broken = bench.office.standing(bench.subject(release)).steps[0].broken
    assert broken is not None
    assert broken.en == "the audit trail does not have it"


def test_who_lost_a_race_was_never_there(bench: Bench, release: Release) -> None:
    bench.submit(release)
    real = bench.store.put

    def rival(key: str, body: Any, **options: Any) -> Any:
        if key.startswith(f"{keys.AUDIT}0"):  # before the rejection is on record: nobody can know of it
            bench.store.put = real
            bench.review(release, "first")
        return real(key, body, **options)

    bench.store.put = rival
    with pytest.raises(ConflictError):
        bench.reject(release)
    assert [act.kind for act in bench.acts[-3:]] == ["review.approve", "review.reject", "review.lost"]
    bench.review(release, "second")
    bench.map(release)
    assert publish(bench.desk, release)


def test_a_thief_cannot_date_back_to_before_the_key_was_revoked(bench: Bench, release: Release) -> None:
    bench.submit(release)
    bench.review(release, "first")
    stolen, real = bench.now + 600, bench.now + 2 * DAY
    office = replace(bench.office, clock=lambda: stolen - 60)  # the clock of the thief says what the thief likes
    bench.now = real
    subject = bench.subject(release)
    wish, hand = Wish("review"), bench.crew.signer("second")
    trail = replace(bench.trail, clock=lambda: real)
    replace(office, trail=trail).review(subject, wish, hand, lambda: bench.checked(subject.manifest))
    assert stage(bench, release) == "reviewed"
    bench.crew.revoke("second", stolen)
    standing = bench.office.standing(subject)
    assert standing.stage == "submitted"
    broken = standing.steps[-1].broken
    assert broken is not None
    assert "when the key of second was revoked: it may be dated back" in broken.en


@pytest.mark.parametrize("how", ["cut", "changed", "foreign", "anchored"])
def test_nothing_goes_out_by_a_trail_that_was_changed(bench: Bench, release: Release, how: str) -> None:
    bench.approve(release)
    entries = sorted(key for key in bench.store.objects if key.startswith(f"{keys.AUDIT}0"))
    match how:
        case "cut":
            del bench.store.objects[entries[-1]]
        case "anchored":
            publish(bench.desk, release)
            anchors = f'{{"layout": 1, "node": "{NODE.code}", "key": "ed25519:{"A" * 43}=", "anchors": [{{"seq": 6,'
            anchors += f'"sha256": "{"0" * 64}", "at": "2026-11-27T02:00:00Z"}}]}}'
            bench.store.objects[keys.AUDIT_ANCHORS] = anchors.encode()
            for key in (*entries[-2:], keys.AUDIT_HINT, keys.audit_entry(6)):
                bench.store.objects.pop(key, None)
        case "changed":
            bench.store.objects[entries[-2]] = bench.store.objects[entries[-2]].replace(b"review.", b"replay.")
        case _:
            bench.trail.change_key(b"\1" * 32)
    refused(lambda: publish(bench.desk, release), "audit verify|was replaced, or an old one restored")


def test_a_long_trail_is_read_to_the_submission_and_no_further(bench: Bench, release: Release) -> None:
    for number in range(100):
        bench.trail.record(Act("account.change", f"a{number}"))
    bench.approve(release)
    read: list[str] = []
    real = bench.store.get

    def get(key: str, *arguments: Any) -> Any:
        read.append(key)
        return real(key, *arguments)

    bench.store.get = get
    assert stage(bench, release) == "publishable"
    assert len({key for key in read if key.startswith(keys.AUDIT)}) < 20
