"""A release becomes publishable by the right signatures in the right order, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lake_kit import sealed
from review_kit import DAY, NOW, NUMBER, Bench, demo_policy, policy, refused, stage

from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.policy import ReviewDemand
from tianlake.lake.publishing import Release, publish, rollback
from tianlake.lake.reviews import Wish


def test_a_release_goes_from_draft_to_published_step_by_step(bench: Bench, release: Release) -> None:
    stages = [stage(bench, release)]
    for step in (
        lambda: bench.submit(release),
        lambda: bench.review(release, "first"),
        lambda: bench.review(release, "second"),
        lambda: bench.map(release),
    ):
        refused(lambda: publish(bench.desk, release), "review: .*; next: tianlake review .* --release 2026")
        step()
        stages.append(stage(bench, release))
    assert stages == ["draft", "submitted", "submitted", "reviewed", "publishable"]
    assert publish(bench.desk, release)
    kinds = [act.kind for act in bench.acts]
    assert [kind for kind in kinds if kind != "publish.refused"] == [
        "review.submit",
        "review.approve",
        "review.approve",
        "review.map-approve",
        "publish",
    ]
    assert kinds.count("publish.refused") == 4


def test_four_eyes_and_one_level_for_each_person(bench: Bench, release: Release) -> None:
    bench.submit(release)
    refused(lambda: bench.review(release, "author-a"), "four eyes")
    refused(lambda: bench.review(release, "second", 2), "the next level is 1, not 2")
    bench.review(release, "second")
    refused(lambda: bench.review(release, "second"), "signed another level already")
    refused(lambda: bench.review(release, "first"), "first may review up to level 1")
    refused(lambda: bench.map(release), "level 2 of the review comes first")
    bench.review(release, "author-b")  # an author, too, but not of this release
    refused(lambda: bench.review(release, "third"), "all 2 levels")
    refused(lambda: bench.map(release, person="third"), "third does not have the role map")


def test_one_key_under_two_names_is_one_pair_of_eyes(bench: Bench, release: Release) -> None:
    bench.crew.add("alias", "reviewer", level=2)
    bench.crew.seeds["alias"] = bench.crew.seeds["author-a"]
    bench.crew.persons["alias"] = _with_keys_of(bench, "alias", "author-a")
    bench.submit(release)
    refused(lambda: bench.review(release, "alias"), "four eyes")


def _with_keys_of(bench: Bench, person: str, other: str) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(bench.crew.persons[person], keys=bench.crew.persons[other].keys)


def test_one_changed_byte_or_another_policy_needs_a_new_review(bench: Bench, release: Release, tmp_path: Path) -> None:
    bench.approve(release)
    other = sealed(tmp_path, "other")
    refused(lambda: publish(bench.desk, other), "it is not submitted")
    bench.policy = policy("2")
    refused(lambda: publish(bench.desk, release), "the policy changed since it was submitted")
    bench.approve(release)
    assert publish(bench.desk, release)


def test_a_review_is_of_one_manifest_under_one_policy(bench: Bench, release: Release) -> None:
    bench.approve(release)
    subject = bench.subject(release)
    for other, rule in (
        (replace(subject, manifest="f" * 64), "its bytes changed"),
        (replace(subject, policy="f" * 64), "the policy changed"),
    ):
        standing = bench.office.standing(other)
        assert standing.stage == "draft"
        assert standing.missing is not None
        assert standing.missing.en.startswith(rule)
        with pytest.raises(LakeError, match=rule):
            bench.office.sign(other, Wish("map"), bench.crew.signer("officer"))


def test_findings_that_refuse_stop_a_submission_and_are_never_let_out(bench: Bench, release: Release) -> None:
    bench.refusing = ("warn", "refuse")
    refused(lambda: bench.submit(release), "rule rule.refuse of the policy refuses it")
    bench.refusing = ("review", "warn")
    bench.approve(release)
    assert publish(bench.desk, release)


def test_a_report_that_was_replaced_is_noticed(bench: Bench, release: Release) -> None:
    bench.approve(release)
    [key] = [key for key in bench.store.objects if "/reports/" in key]
    bench.store.objects[key] += b" "
    refused(lambda: publish(bench.desk, release), "is not the report that was signed")


def test_a_rejection_sends_back_to_draft_with_its_reason(bench: Bench, release: Release) -> None:
    bench.approve(release)
    bench.reject(release)
    refused(lambda: publish(bench.desk, release), "it was rejected: 界线有误")
    bench.approve(release)
    assert stage(bench, release) == "publishable"
    refused(lambda: bench.sign(release, "second", Wish("reject")), "give one")


def test_a_new_submission_takes_the_place_of_one_under_review(bench: Bench, release: Release, tmp_path: Path) -> None:
    later = sealed(tmp_path, "later", "2026-11-02T00:00:00Z")
    bench.submit(release)
    bench.submit(later)
    assert stage(bench, release) == "superseded"
    refused(lambda: bench.review(release, "first"), f"given up for {later.manifest.release}")
    bench.submit(release)
    assert (stage(bench, release), stage(bench, later)) == ("submitted", "superseded")


def test_of_two_reviewers_at_the_same_moment_the_second_is_told(bench: Bench, release: Release) -> None:
    bench.submit(release)
    real = bench.store.put

    def rival(key: str, body: Any, **options: Any) -> Any:
        if key.endswith("/0002.txt"):
            bench.store.put = real
            bench.review(release, "first")
        return real(key, body, **options)

    bench.store.put = rival
    with pytest.raises(ConflictError, match="somebody else signed a step at the same moment"):
        bench.review(release, "third")
    standing = bench.office.standing(bench.subject(release))
    assert [each.step.person for each in standing.steps] == ["author-a", "first"]


def test_a_reviewer_who_rejects_while_the_files_are_sent_is_heard(bench: Bench, release: Release) -> None:
    bench.approve(release)

    def meanwhile(_size: int) -> None:
        if stage(bench, release) == "publishable":
            bench.reject(release)

    with pytest.raises(LakeError, match="it was rejected"):
        publish(bench.desk, release, done=meanwhile)
    assert not any(key.startswith("collections/") for key in bench.store.objects)


def test_what_a_key_signed_counts_until_the_time_from_which_it_is_revoked(bench: Bench, release: Release) -> None:
    bench.approve(release)
    bench.crew.rotate("first", bench.now + 60)
    bench.now += 3600
    assert stage(bench, release) == "publishable"
    bench.crew.revoke("second", bench.now)
    assert stage(bench, release) == "publishable"
    bench.crew.revoke("second", NOW - 1)
    assert stage(bench, release) == "submitted"
    standing = bench.office.standing(bench.subject(release))
    broken = standing.steps[2].broken
    assert broken is not None
    assert "did not hold" in broken.en


def test_a_clock_that_is_ahead_or_goes_back_is_refused(bench: Bench, release: Release) -> None:
    bench.submit(release)
    bench.now -= 200
    refused(lambda: bench.review(release, "first"), "dated before the step it follows")
    bench.now -= 2 * DAY
    refused(lambda: bench.review(release, "first"), "it is not submitted")
    assert "in the future" in str(bench.office.standing(bench.subject(release)).steps[0].broken)
    bench.now += 3 * DAY
    bench.review(release, "first")


def test_a_revoked_approval_lets_nothing_back(bench: Bench, release: Release, tmp_path: Path) -> None:
    later = sealed(tmp_path, "later", "2026-11-02T00:00:00Z")
    for each in (release, later):
        bench.approve(each)
        publish(bench.desk, each)
    bench.reject(release)
    refused(lambda: rollback(bench.desk, "places"), "it was rejected")
    assert bench.acts[-1].kind == "publish.refused"


def test_a_demo_policy_lets_out_without_a_step_and_says_so_but_not_what_checks_refuse(
    bench: Bench, release: Release
) -> None:
    bench.policy, bench.refusing = demo_policy(), ("refuse",)
    refused(lambda: publish(bench.desk, release), "rule rule.refuse of the policy refuses it")
    bench.refusing = ()
    assert publish(bench.desk, release)
    approval = bench.gate.admit(release.manifest, bench.subject(release).manifest)
    assert (approval.demo, approval.steps, approval.map) == (True, (), None)


def test_without_the_demo_a_policy_of_no_levels_still_asks_who_provides(bench: Bench, release: Release) -> None:
    nothing = ReviewDemand(0, map_approval=False, authorities=(), approval_years=2, filing_months=6)
    subject = replace(bench.subject(release), demand=nothing)
    assert bench.office.standing(subject).stage == "draft"
    bench.submit(release)
    assert bench.office.standing(subject).stage == "publishable"


def test_the_public_record_names_no_person(bench: Bench, release: Release) -> None:
    bench.approve(release)
    publish(bench.desk, release)
    [body] = [body for key, body in bench.store.objects.items() if key.endswith("/approval.json")]
    for person in bench.crew.persons.values():
        assert person.name.encode() not in body
    assert "first 的单位".encode() in body
    assert NUMBER.numbers[0].encode() in body


def test_steps_of_another_release_or_a_changed_one_are_no_review(
    bench: Bench, release: Release, tmp_path: Path
) -> None:
    bench.approve(release)
    other = sealed(tmp_path, "other", "2026-11-02T00:00:00Z")
    names = (release.manifest.release, other.manifest.release)
    for key, body in list(bench.store.objects.items()):
        bench.store.objects[key.replace(*names)] = body
    refused(lambda: publish(bench.desk, other), "tells of 156130000/places/")
    steps = sorted(key for key in bench.store.objects if key.endswith(".txt") and names[0] in key)
    bench.store.objects[steps[1]] = bench.store.objects[steps[1]].replace(b'"level":1', b'"level":2')
    refused(lambda: publish(bench.desk, release), "one was changed")
