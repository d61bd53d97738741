"""Nothing is lost silently: both files of a report name what was dropped, and their numbers agree."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from typing import Any

import pytest
from page_kit import HOSTILE, Reader

from tianlake.build.quality.document import Document, read_document
from tianlake.build.quality.picture import MapPicture, picture_of_box
from tianlake.build.quality.report import Finding, Report, Sample, SourceReport, Unit, ZoomReport
from tianlake.build.quality.write import write_report
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Changes, Quality
from tianlake.lake.words import Bounds, Text

LOST = Finding(
    "geometry.empty",
    "dropped",
    3,
    Text("没有图形", "it has no geometry"),
    "points.geojson",
    (Sample(17, "乌有", None, None, "null"), Sample(18, "nowhere", 116.25, 39.5, "empty")),
)
LEFT = Finding("step.clip", "left_out", 2, Text("在范围之外", "it lies outside"))
REPORT = Report(Quality(read=10, left_out=2, dropped=3, repaired=1, written=5), findings=(LEFT, LOST))

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def written(report: Report, job, picture: MapPicture | None = None) -> tuple[Any, Reader]:
    write_report(report, job, picture)
    page = (job.out / "quality.html").read_text("utf-8")
    return json.loads((job.out / "quality.json").read_bytes()), Reader(page)


def test_a_dropped_feature_is_named_with_its_row_and_reason_in_both_files(job):
    document, page = written(REPORT, job)
    [lost] = [each for each in document["findings"] if each["fate"] == "dropped"]
    assert (lost["rule"], lost["count"], lost["source"]) == ("geometry.empty", 3, "points.geojson")
    assert lost["samples"][0] == {"row": 17, "id": "乌有", "lon": None, "lat": None, "detail": "null"}
    for words in ("丢弃", "3 个要素", "没有图形", "it has no geometry", "17 乌有", "geometry.empty", "points.geojson"):
        assert words in page.text
    assert "geo:39.500000,116.250000" in page.references
    assert document["verdict"] == "dropped"
    assert page.text.index("3 个要素：没有图形") < page.text.index("2 个要素：在范围之外"), "the worst comes first"


def test_the_numbers_of_the_page_equal_those_of_the_document(messy):
    out, built = messy
    document = json.loads((out / "quality.json").read_bytes())
    page = Reader((out / "quality.html").read_text("utf-8"))
    quality = document["quality"]
    assert quality == dataclasses.asdict(built.quality)
    assert quality["read"] - quality["left_out"] - quality["dropped"] == quality["written"] == 3
    shown = "{read} − {left_out} − {dropped} = {written}".format_map(quality)
    assert shown in page.text
    for finding in document["findings"]:
        assert f"{finding['count']:,} {'个要素'}" in page.text
        assert finding["reason"]["zh"] in page.text
        assert finding["rule"] in page.text
    for zoom in document["zooms"]:
        assert re.search(rf"\b{zoom['zoom']} {zoom['tiles']:,} ", page.text)
    for column in document["columns"]:
        assert f"{column['filled']:,} / {column['rows']:,}" in page.text


def test_every_cause_of_a_messy_file_is_counted(messy):
    out, built = messy
    document = read_document(out)
    assert isinstance(document, Document)
    assert built.quality == Quality(read=6, left_out=1, dropped=2, repaired=1, written=3)
    fates: Counter[str] = Counter()
    for finding in document.findings:
        if finding.unit == "feature":
            fates[finding.fate] += finding.count
    assert (fates["left_out"], fates["dropped"], fates["changed"]) == (1, 2, 1)
    assert document.sources[0].quality == built.quality


def test_a_hostile_name_stays_text(messy):
    out, _ = messy
    page = Reader((out / "quality.html").read_text("utf-8"))
    assert HOSTILE in page.text
    assert {"script", "img", "iframe", "object", "embed"}.isdisjoint(page.elements)
    assert page.handlers == []


def test_hostile_words_of_a_source_stay_text_everywhere(job):
    sample = Sample(1, HOSTILE, 116.5, 39.5, HOSTILE)
    quality = Quality(read=1, written=1)
    source = SourceReport(HOSTILE, HOSTILE, HOSTILE, "file", HOSTILE, None, quality)
    report = Report(
        quality,
        sources=(source,),
        findings=(Finding(HOSTILE, "kept", 1, Text(HOSTILE, HOSTILE), HOSTILE, (sample,)),),
        zooms=(ZoomReport(HOSTILE, 3, 1, 10, 10, {HOSTILE: 1}, 1),),
    )
    _, page = written(report, job, MapPicture(PIXEL, 100, 100, 116, 39, 117, 40))
    assert page.text.count("<script>") > 10
    assert "script" not in page.elements
    assert page.handlers == []


def test_the_page_refers_to_nothing_but_itself_and_the_document_beside_it(messy):
    out, _ = messy
    page = Reader((out / "quality.html").read_text("utf-8"))
    assert {each.partition(":")[0] for each in page.references} <= {"data", "geo", "quality.json"}
    assert not re.search(r"url\(|@import", (out / "quality.html").read_text("utf-8").partition("</style>")[0])


def test_equal_builds_give_equal_bytes(messy, build_messy):
    other, _ = build_messy(1)
    for name in ("quality.json", "quality.html"):
        assert (messy[0] / name).read_bytes() == (other / name).read_bytes()


def test_numbers_of_persons_are_hidden(messy, job):
    out, _ = messy
    for name in ("quality.json", "quality.html"):
        assert "12345678" not in (out / name).read_text("utf-8")
    [contact] = [
        each for each in json.loads((out / "quality.json").read_bytes())["columns"] if each["name"] == "contact"
    ]
    assert (contact["personal"], contact["examples"], contact["filled"], contact["rows"]) == (True, [], 2, 3)
    sample = Sample(1, "11010519491231002X", detail="tel. 139 1234 5678, entity 110105194912310021")
    document, page = written(Report(findings=(Finding("x", "kept", 1, Text("x", "x"), samples=(sample,)),)), job)
    assert document["findings"][0]["samples"][0]["id"] == "110***************"
    assert document["findings"][0]["samples"][0]["detail"] == "tel. 139********, entity 110105194912310021"
    assert "00 2X" not in page.text
    assert "1234 5678" not in page.text


@pytest.mark.parametrize(
    ("report", "rule"),
    [
        (Report(Quality(read=3, written=2)), "read - left_out - dropped is not written"),
        (Report(Quality(read=3, dropped=1, written=2)), "1 features dropped, but its findings give reasons for 0"),
        (dataclasses.replace(REPORT, findings=(LOST,)), "2 features left_out, but its findings give reasons for 0"),
        (
            dataclasses.replace(
                REPORT, sources=(SourceReport("a", "a", "EPSG:4490", "file", "none", 0.0, Quality(read=9, written=9)),)
            ),
            "its sources do not add up",
        ),
    ],
)
def test_a_report_that_loses_something_silently_is_refused(job, report, rule):
    with pytest.raises(LakeError, match=rule):
        write_report(report, job)
    assert list(job.out.iterdir()) == []


@pytest.mark.parametrize("unit", ["tile_feature", "feature"])
def test_what_tiles_lack_is_no_loss_of_the_product(job, unit: Unit):
    thinned = Finding("tiles.dropped", "dropped", 7, Text("瓦片里没有", "tiles lack it"), unit=unit)
    document, _ = written(Report(Quality(read=9, written=9), findings=(thinned,)), job)
    assert (document["findings"][0]["unit"], document["verdict"]) == ("tile_feature", "whole")


def test_marks_lie_on_the_map_where_their_samples_lie(job):
    box = Bounds(116, 39, 118, 41)
    write_report(REPORT, job, picture_of_box(PIXEL, box))
    page = (job.out / "quality.html").read_text("utf-8")
    width, height = map(float, re.findall(r'<svg viewBox="0 0 ([\d.]+) ([\d.]+)" width', page)[0])
    assert width / height == pytest.approx(0.766, abs=0.002)  # cos 40°
    [(x, y)] = re.findall(r'<path class="mark dropped" d="M([\d.]+) ([\d.]+)l', page.partition("</svg>")[0] + page)[:1]
    assert float(x) + 6 == pytest.approx((116.25 - 116) / 2 * width, abs=0.1)
    assert float(y) + 4 == pytest.approx((41 - 39.5) / 2 * height, abs=0.1)
    assert "39.5°N" in page
    assert "geo:39.500000,116.250000" in page


def test_changes_since_the_base_release_are_shown(job):
    changes = Changes(
        "20261123T080000Z-1a2b3c4d",
        added=11,
        geometry=22,
        attributes=33,
        removed=44,
        unchanged=5_555,
        columns_added=("alias",),
    )
    document, page = written(Report(changes=changes), job)
    assert document["changes"] == json.loads(json.dumps(dataclasses.asdict(changes)))
    for words in (
        "20261123T080000Z-1a2b3c4d",
        "新增 added 11",
        "图形变化 geometry changed 22",
        "仅属性变化 attributes alone 33",
    ):
        assert words in page.text
    assert "仅属性变化 attributes alone 33" in page.text
    assert "消失 removed 44" in page.text
    assert "未变 unchanged 5,555" in page.text
    assert "5,665 个要素" in page.text


def test_a_report_without_changes_says_nothing_of_them(job):
    assert "与上一版本比较" not in written(REPORT, job)[1].text


def test_of_what_was_left_out_on_purpose_only_rows_are_told(job):
    sample = Sample(5, "某部队", 116.5, 39.5, "not for the public")
    left = dataclasses.replace(LEFT, samples=(sample,))
    document, page = written(dataclasses.replace(REPORT, findings=(left, LOST)), job)
    [finding] = [each for each in document["findings"] if each["fate"] == "left_out"]
    assert finding["samples"] == [{"row": 5, "id": None, "lon": None, "lat": None, "detail": ""}]
    for words in ("某部队", "116.5", "not for the public"):
        assert words not in page.text
        assert words not in (job.out / "quality.json").read_text("utf-8")


def test_at_most_twenty_samples_of_a_finding_are_written(job):
    samples = tuple(Sample(row, "长" * 300) for row in range(1, 31))
    document, _ = written(Report(findings=(Finding("x", "kept", 30, Text("x", "x"), samples=samples),)), job)
    assert [each["row"] for each in document["findings"][0]["samples"]] == list(range(1, 21))
    assert len(document["findings"][0]["samples"][0]["id"]) == 200
