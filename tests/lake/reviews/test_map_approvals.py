"""A map goes out with its approval number (审图号) alone, or with an exemption and its reason, and while it holds."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from lake_kit import sealed
from review_kit import DAY, Bench, refused, stage

from tianlake.lake.publishing import Release, publish, rollback
from tianlake.lake.reviews import MapApproval


def test_an_approval_that_is_over_lets_nothing_out_not_even_back(
    bench: Bench, release: Release, tmp_path: Path
) -> None:
    later = sealed(tmp_path, "later", "2026-11-02T00:00:00Z")
    for each in (release, later):
        bench.approve(each)
        publish(bench.desk, each)
    bench.now += 800 * DAY
    assert stage(bench, release) == "expired"
    refused(lambda: rollback(bench.desk, "places"), "the map approval is over")
    bench.map(release, MapApproval(("冀S(2029)1号",), date(2029, 1, 1)))
    assert rollback(bench.desk, "places") == release.manifest.release


@pytest.mark.parametrize(
    ("approval", "reason", "rule"),
    [
        (MapApproval(), "", "a map-approval number"),
        (MapApproval(("成S(2026)1号",), date(2026, 11, 20)), "", "for the national authority or the provincial"),
        (MapApproval(("京S(2026)1号",), date(2026, 11, 20)), "", "京S(2026)1号 is a number of another place's"),
        (MapApproval(("冀S(2026)1号",)), "", "the day of the approval is needed"),
        (MapApproval(("冀S(2026)1号",), date(2026, 11, 28)), "", "in the future"),
        (MapApproval(("冀S(2026)1号",), date(2025, 11, 28)), "", "before the number's year"),
        (MapApproval(("冀S(2027)1号",), date(2026, 11, 20)), "", "no map was approved in 2027"),
        (MapApproval(("甲测资字1100471",), date(2026, 11, 20)), "", "is no map-approval number"),
        (MapApproval(exemption="simple"), "", "its reason"),
        (MapApproval(exemption="unmodified"), "原图", "a map-approval number"),
    ],
)
def test_a_map_approval_that_does_not_fit_is_refused(
    bench: Bench, release: Release, approval: MapApproval, reason: str, rule: str
) -> None:
    bench.submit(release)
    bench.review(release, "first")
    bench.review(release, "second")
    refused(lambda: bench.map(release, approval, reason), re.escape(rule))
    assert stage(bench, release) == "reviewed"


@pytest.mark.parametrize(
    "approval",
    [
        MapApproval(("GS(2026)12号",), exemption="unmodified"),
        MapApproval(exemption="scenic-street-metro"),
        MapApproval(("GS(2026)12号", "冀S(2026)3号"), date(2026, 11, 20)),
    ],
)
def test_exemptions_and_several_numbers_are_recorded_as_such(
    bench: Bench, release: Release, approval: MapApproval
) -> None:
    bench.submit(release)
    bench.review(release, "first")
    bench.review(release, "second")
    bench.map(release, approval, "街区图" if approval.exemption else "")
    publish(bench.desk, release)
    admitted = bench.gate.admit(release.manifest, bench.subject(release).manifest)
    assert admitted.map is not None
    assert (admitted.map.numbers, admitted.map.exemption) == (approval.numbers, approval.exemption)
    assert admitted.map.until == (None if approval.exemption else date(2028, 11, 20))
