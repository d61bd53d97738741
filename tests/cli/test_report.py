"""`tianlake report quarterly`: what is in it was really asked and done, what is not there says why; signed, merged."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from command_kit import run
from pypdf import PdfReader

from tianlake.lake import keys
from tianlake.lake.backup.results import Result, note
from tianlake.lake.errors import LakeError
from tianlake.lake.keyfiles import make_signing_key, signing_key
from tianlake.lake.logs.masks import Masks
from tianlake.lake.logs.parts import put_rows
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.patrol import Damage, Patrol
from tianlake.lake.records import dump_record
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import MAGIC, read_report
from tianlake.lake.reports.rollup import WRONG, Neighbour, below
from tianlake.lake.signed import public_key, sign
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Trail
from tianlake.lake.trail.acts import Act

PROVINCE, CITY, SILENT = "156130000", "156131000", "156130100"
QUARTER = "2026Q3"
INSIDE = datetime(2026, 8, 20, 3, tzinfo=UTC).timestamp()
EDGE = datetime(2026, 6, 30, 16, tzinfo=UTC).timestamp()
"""The first moment of the quarter in China; the one before is not in it."""


def rows(node: str, count: int, **more: Any) -> list[Row]:
    plain = Row(INSIDE, node, "places", "", "tile", "GET", 200, "", 100, 2.0, "none", "a", "k", "192.0.2.1", "gateway")
    return [plain._replace(**more)] * count


def logged(store: DirectoryStore, found: list[Row], name: str = "part-1.parquet") -> None:
    masks = Masks(store)
    put_rows(store, pa.Table.from_batches([batch_of([masks.row(row) for row in found])]), name)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province that was asked and did things, and two cities below it."""
    root = tmp_path_factory.mktemp("reports")
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    for code in (PROVINCE, CITY, SILENT):
        (root / f"nodes/{code}").mkdir(parents=True)
        text = f'code = "{code}"\n[operator]\nname = "<b>单位</b>"\nemail = "a@b.org"\n[authority]\nname = "局"\n'
        (root / f"nodes/{code}/node.toml").write_text(text)
    seed = make_signing_key(root, CITY)
    (root / f"nodes/{PROVINCE}/children").mkdir()
    for code, key in ((CITY, public_key(seed)), (SILENT, public_key(bytes(32)))):
        text = f'code = "{code}"\nplace = "file:lake/{code}"\nurl = "https://{code}.example.org"\nkeys = ["{key}"]\n'
        (root / f"nodes/{PROVINCE}/children/{code}.toml").write_text(text)
    store = DirectoryStore(root / "lake" / PROVINCE)
    found = [
        *rows(PROVINCE, 90),
        *rows(PROVINCE, 6, status=404, code="not-found"),
        *rows(PROVINCE, 3, status=503, code="store-unavailable"),
        *rows(PROVINCE, 1, status=404, code="not-found", product="buy-now"),
    ]
    logged(
        store,
        [*found, *rows(PROVINCE, 1, time=EDGE), *rows(PROVINCE, 5, time=EDGE - 1), *rows(PROVINCE, 4, kind="health")],
    )
    probes = [
        each._replace(time=INSIDE + 60 * minute + second, status=status, code=code)
        for minute, second, status, code in (
            *((minute, 1, 200, "") for minute in (0, 1, 2, 6, 7, 8, 9)),
            *((minute, 1, 0, "unreachable") for minute in (3, 4, 5)),
            (7, 31, 503, "unreachable"),  # another prober: in that minute somebody was answered
        )
        for each in rows(PROVINCE, 1, kind="health", source="probe", account="", key="", client="")
    ]
    logged(store, probes, "probe-1.parquet")
    logged(DirectoryStore(root / "lake" / CITY), rows(CITY, 20, bytes=1000))
    trail = Trail(store, PROVINCE, make_signing_key(root, PROVINCE), lambda: INSIDE)
    for kind, subject in (("publish", "places/r1"), ("publish", "roads/r1"), ("case.open", "c1"), ("key.issue", "a1")):
        trail.record(Act(kind, subject))  # type: ignore[arg-type] # one of the kinds
    at = "2026-08-01T00:00:00Z"
    damages = (Damage("a", "changed", "0" * 64, "replica"), Damage("b", "missing", "0" * 64))
    patrol = Patrol(at, at, at, "", "", objects=40, whole=40, damages=damages)
    store.put(keys.patrol_result(at), dump_record(patrol), media_type="application/json")
    note(store, lambda at: Result("backup", "file:/b", at, objects=9, whole=True), lambda: INSIDE)
    note(store, lambda at: Result("drill", "file:/b", at, took_s=12.5, whole=True), lambda: INSIDE)
    return root


@pytest.fixture(scope="module")
def reported(workspace) -> tuple[Path, dict[str, Any]]:
    """The province's report, after one of its cities had published its own."""
    for code, *more in ((CITY, "--publish"), (PROVINCE, "--publish", "--json")):
        done = run("-C", str(workspace), "report", "quarterly", "--node", code, "--quarter", QUARTER, *more)
        assert done.returncode == 0, done.stderr
    folder = workspace / "reports" / PROVINCE / QUARTER
    assert json.loads(done.stdout)["folder"] == str(folder)
    return folder, json.loads((folder / "report.json").read_bytes())


def values(report: dict[str, Any]) -> dict[str, float | None]:
    return {
        each["name"]: each["value"] for section in (*report["sections"], report["total"]) for each in section["figures"]
    }


def test_figures_are_counted_within_the_quarter_in_china(reported):
    found = values(reported[1])
    assert found["requests"] == 101
    assert (found["refused"], found["failed"]) == (7, 3)
    assert found["bytes"] == 101 * 100
    assert found["availability"] == pytest.approx(98 / 101)
    assert (found["releases.published"], found["releases.withdrawn"]) == (2, 0)
    assert (found["cases.opened"], found["keys.issued"]) == (1, 1)
    assert (found["patrols"], found["patrols.objects"], found["patrols.damaged"], found["patrols.left"]) == (
        1,
        40,
        2,
        1,
    )
    assert (found["backups"], found["backups.whole"], found["drills"], found["drills.took"]) == (1, 1, 1, 12.5)
    [days] = [table for table in reported[1]["tables"] if table["name"] == "days"]
    assert [row[:2] for row in days["rows"]] == [["2026-07-01", 1], ["2026-08-20", 100]]
    assert reported[1]["whole"] is True


def test_time_without_an_answer_is_told_by_those_who_asked(reported):
    found = values(reported[1])
    assert (found["uptime"], found["uptime.down"], found["uptime.longest"]) == (0.7, 180, 180)
    assert found["uptime.measured"] == pytest.approx(10 / (92 * 24 * 60))
    assert found["requests"] == 101, "nobody's requests"
    told = json.loads((reported[0].parents[1] / CITY / QUARTER / "report.json").read_bytes())
    [silent] = [each for part in told["sections"] for each in part["figures"] if each["name"] == "uptime"]
    assert (silent["value"], "tianlake probe" in silent["why"]["zh"]) == (None, True)


def test_a_product_that_somebody_made_up_is_in_no_report(reported):
    [products] = [table for table in reported[1]["tables"] if table["name"] == "products"]
    assert [row[0] for row in products["rows"]] == [f"{PROVINCE} places"]


def test_a_figure_without_data_says_why(reported):
    figures = [each for section in reported[1]["sections"] for each in section["figures"]]
    lacking = {each["name"]: each["why"]["zh"] for each in figures if each["value"] is None}
    assert lacking["products.late"] == "没有已发布的产品"
    assert all(("why" in each and each["why"] is None) == (each["value"] is not None) for each in figures)


def test_children_roll_up_and_the_silent_one_is_named(reported):
    below = {each["node"]: each for each in reported[1]["below"]}
    assert (below[CITY]["requests"], below[CITY]["bytes"], below[CITY]["why"]) == (20, 20_000, None)
    assert below[SILENT]["why"]["zh"] == "尚未公布本季度报告"
    found = values(reported[1])
    assert (found["total.requests"], found["total.bytes"]) == (121, 30_100)
    assert (found["total.nodes"], found["total.missing"]) == (2, 1)


def test_the_signature_binds_every_file(reported, workspace):
    folder, plain = reported
    key = public_key(signing_key(workspace, PROVINCE) or b"")
    body = (folder / "report.txt").read_bytes()
    assert read_report(body, [key], file="x").quarter == QUARTER
    for name, digest in plain["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert set(plain["files"]) == {"report.html", "report.pdf"}
    with pytest.raises(LakeError, match="is not signed with a key"):
        read_report(body.replace(b'"requests"', b'"Requests"'), [key], file="x")
    with pytest.raises(LakeError, match="is not signed with a key"):
        read_report(body, [public_key(bytes(32))], file="x")


def test_pypdf_reads_chinese_text_in_embedded_fonts(reported):
    reader = PdfReader(io.BytesIO((reported[0] / "report.pdf").read_bytes()))
    text = "".join(re.sub(r"\s", "", page.extract_text()) for page in reader.pages)
    for told in (
        "河北省地理信息公共服务平台运行情况季度报告",
        "2026年第三季度",
        "请求101",
        "97.03%",
        "无数据：没有已发布的产品",
    ):
        assert told in text
    assert "156131000廊坊市地理信息公共服务平台20" in text
    fonts = [font.get_object() for page in cast("Any", reader).pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        [descendant] = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
    assert sum(len(page.images) for page in reader.pages) >= 2


def test_the_page_needs_nothing_and_takes_names_for_text(reported):
    page = (reported[0] / "report.html").read_text("utf-8")
    assert "&lt;b&gt;单位&lt;/b&gt;" in page
    assert page.count("<svg") >= 2
    assert "<script" not in page
    addresses = set(re.findall(r'(?:src|href)="([^"#][^"]*)"', page))
    assert not addresses
    assert "<text" not in page  # letters of plots are outlines: no font is needed for them


def test_it_is_where_the_page_of_status_looks(reported, workspace):
    catalog = json.loads((workspace / "lake" / PROVINCE / "catalog.json").read_bytes())
    [link] = [each for each in catalog["links"] if each["rel"] == "tianlake:report"]
    assert link["title"] == "2026 年第三季度 · Third quarter of 2026"
    published = workspace / "lake" / PROVINCE / link["href"]
    assert published.read_bytes() == (reported[0] / "report.html").read_bytes()


def test_a_childs_report_whose_figures_are_no_numbers_is_not_counted(reported, workspace):
    store, seed = DirectoryStore(workspace / "lake" / CITY), signing_key(workspace, CITY)
    assert seed is not None
    key = keys.report_file(QUARTER, keys.REPORT_SIGNED)
    own = read_report(store.get(key)[1], [public_key(seed)], file=key)
    told = json.loads(dump_record(own))
    for value in (float("nan"), float("inf"), -5):
        told["total"]["figures"][2]["value"] = value
        body = sign(MAGIC, told, seed)

        def read(_key: str, _most: int, body: bytes = body) -> bytes:
            return body

        child = Neighbour(CITY, "city", (public_key(seed),), read)
        row, _ = below(child, Quarter.parse(QUARTER))
        assert (row.why, row.requests) == (WRONG, None)


@pytest.mark.parametrize("name", ["0001Q1", "9999Q4", "２０２６Q4"])
def test_a_quarter_outside_of_the_calendar_is_refused(name):
    with pytest.raises(LakeError, match="must look like 2026Q4"):
        Quarter.parse(name)


def test_a_wrong_quarter_is_refused_in_chinese(workspace):
    asked = ("report", "quarterly", "--node", PROVINCE, "--quarter", "2026-4")
    done = run("-C", str(workspace), *asked, lang="zh_CN.UTF-8")
    assert (done.returncode, done.stderr) == (2, "tianlake: 季度 '2026-4'：须写作 2026Q4\n")
