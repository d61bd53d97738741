"""`tianlake evaluate`: nodes below are ranked by what they signed; the circular tells it, or why it cannot."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from evaluation_kit import QUARTER, criterion, report, scheme
from pypdf import PdfReader

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.keyfiles import make_signing_key, signing_key
from tianlake.lake.reports.evaluation import read_evaluation
from tianlake.lake.reports.report import signed_report
from tianlake.lake.reports.scheme import MEASURES, default_scheme
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Trail
from tianlake.lake.trail.acts import Act

PROVINCE = "156130000"
REAL, GOOD, TWIN, SILENT, FORGED = "156130100", "156130200", "156130300", "156130400", "156131000"
INSIDE = datetime(2026, 8, 20, 3, tzinfo=UTC).timestamp()
CHILDREN = (REAL, GOOD, TWIN, SILENT, FORGED)
FIGURES: dict[str, float] = {
    "availability": 0.9981,
    "uptime": 0.9981,
    "p99": 300,
    "products": 4,
    "products.late": 1,
    "products.oldest": 400,
    "requests": 50_500,
    "releases.published": 2,
    "cases.opened": 0,
    "cases.closed": 0,
    "patrols": 13,
    "patrols.left": 0,
    "backups.whole": 6,
    "drills": 1,
}
TOTAL = (
    20 * (60 + 40 * (0.9981 - 0.99) / 0.009)
    + 5 * (100 - 40 * 100 / 800)
    + 15 * (100 - 100 * 0.25 / 0.5)
    + 5 * (100 - 100 * 36 / 366)
    + 10 * (40 + 60 * 3 / 4)
    + 5 * 80
    + 10 * (40 + 40 * 49_500 / 99_000)
    + 7 * 100
    + 5 * 100
    + 8 * 100 * 6 / 13
    + 5 * 100
) / 95  # nobody opened a case: its 5 are left out
"""Of these figures by the delivered scheme."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province and five cities: one made its report itself, two signed like figures, one is silent, one forged."""
    root = tmp_path_factory.mktemp("evaluation")
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    for code in (PROVINCE, *CHILDREN):
        (root / f"nodes/{code}").mkdir(parents=True)
        text = f'code = "{code}"\n[operator]\nname = "单位"\nemail = "a@b.org"\n[authority]\nname = "<b>厅</b>"\n'
        (root / f"nodes/{code}/node.toml").write_text(text)
    (root / f"nodes/{PROVINCE}/children").mkdir()
    for code in CHILDREN:
        seed = make_signing_key(root, code)
        text = f'place = "file:lake/{code}"\nurl = "https://{code}.example.org"\nkeys = ["{public_key(seed)}"]\n'
        (root / f"nodes/{PROVINCE}/children/{code}.toml").write_text(f'code = "{code}"\n{text}')
        if code in {GOOD, TWIN, FORGED}:
            told = replace(report(code, FIGURES), whole=code != TWIN)
            body = signed_report(told, bytes(32) if code == FORGED else seed)
            key = keys.report_file(QUARTER, keys.REPORT_SIGNED)
            DirectoryStore(root / "lake" / code).put(key, body, media_type="text/plain")
    trail = Trail(DirectoryStore(root / "lake" / REAL), REAL, signing_key(root, REAL), lambda: INSIDE)
    trail.record(Act("publish", "places/r1"))
    done = run("-C", str(root), "report", "quarterly", "--node", REAL, "--quarter", QUARTER, "--publish")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def evaluated(workspace: Path) -> tuple[Path, dict[str, Any]]:
    """What the command wrote, and what it printed."""
    asked = ("evaluate", "--node", PROVINCE, "--quarter", QUARTER, "--publish", "--json")
    done = run("-C", str(workspace), *asked)
    assert done.returncode == 0, done.stderr
    return workspace / "reports" / PROVINCE / QUARTER, json.loads(done.stdout)


def test_a_scheme_may_count_every_figure_that_a_report_has(workspace: Path) -> None:
    made = json.loads((workspace / "reports" / REAL / QUARTER / "report.json").read_bytes())
    figures = [each for section in (*made["sections"], made["total"]) for each in section["figures"]]
    assert {each["name"]: each["unit"] for each in figures} == MEASURES


def test_nodes_are_ranked_by_what_they_signed(evaluated: tuple[Path, dict[str, Any]]) -> None:
    printed = {each["node"]: (each["rank"], each["total"]) for each in evaluated[1]["cards"]}
    assert printed[GOOD] == printed[TWIN] == (1, pytest.approx(TOTAL, abs=0.011))
    assert printed[REAL] == (3, pytest.approx(5 * 60 / 95, abs=0.01)), "one release, and no data of all else"
    assert printed[SILENT] == printed[FORGED] == (4, 0)
    cards = {each["node"]: each for each in json.loads((evaluated[0] / "evaluation.json").read_bytes())["cards"]}
    assert cards[SILENT]["why"]["zh"] == "尚未公布本季度报告"
    assert cards[FORGED]["why"]["zh"] == "报告无效：签名、节点或季度不符"
    lacking = {each["criterion"]: each["why"]["zh"] for each in cards[REAL]["marks"] if each["value"] is None}
    assert lacking["availability"] == "本季度没有访问日志"
    assert lacking["patrols"] == "本季度没有巡检结果"


def test_the_signature_binds_every_file_and_the_scheme(evaluated: tuple[Path, dict[str, Any]], workspace: Path) -> None:
    folder = evaluated[0]
    key = public_key(signing_key(workspace, PROVINCE) or b"")
    body = (folder / "evaluation.txt").read_bytes()
    found = read_evaluation(body, [key], file="x")
    assert set(found.files) == {"evaluation.html", "evaluation.pdf", "evaluation-scheme.toml"}
    for name, digest in found.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "evaluation-scheme.toml").read_bytes() == default_scheme()
    for code in (REAL, GOOD):
        signed = (workspace / "lake" / code / "reports" / QUARTER / "report.txt").read_bytes()
        assert hashlib.sha256(signed).hexdigest() in {each.sha256 for each in found.cards}
    with pytest.raises(LakeError, match="is not signed with a key"):
        read_evaluation(body.replace(b'"rank":1', b'"rank":2'), [key], file="x")
    with pytest.raises(LakeError, match="is no signed evaluation"):
        read_evaluation((workspace / "lake" / GOOD / "reports" / QUARTER / "report.txt").read_bytes(), [key], file="x")


def test_pypdf_reads_the_circular(evaluated: tuple[Path, dict[str, Any]]) -> None:
    reader = PdfReader(io.BytesIO((evaluated[0] / "evaluation.pdf").read_bytes()))
    text = "".join(re.sub(r"\s", "", page.extract_text()) for page in reader.pages)
    for told in (
        "河北省地理信息公共服务平台下一级节点综合评估通报",
        "版本2026.2",
        "《地理信息公共服务平台管理办法》第二十条",
        f"156130200唐山市地理信息公共服务平台：第1名，总分{TOTAL:.2f}",
        f"156130300秦皇岛市地理信息公共服务平台：第1名，总分{TOTAL:.2f}",
        "报告编制时本季度尚未结束",
        "无数据：尚未公布本季度报告",
        "无数据：本季度没有访问日志",
        "无数据：除数为零不计权重",
        "95.00%：0分；99.00%：60分；99.90%：100分",
        "《办法》第十二条",
    ):
        assert told in text
    assert sum(len(page.images) for page in reader.pages) == 1


def test_the_page_needs_nothing_and_takes_names_for_text(evaluated: tuple[Path, dict[str, Any]]) -> None:
    page = (evaluated[0] / "evaluation.html").read_text("utf-8")
    assert "&lt;b&gt;厅&lt;/b&gt;" in page
    assert "<script" not in page
    assert page.count("<svg") == 1
    assert not re.findall(r'(?:src|href)="([^"#][^"]*)"', page)


def test_what_is_published_is_where_the_page_of_status_looks(
    evaluated: tuple[Path, dict[str, Any]], workspace: Path
) -> None:
    lake = workspace / "lake" / PROVINCE
    links = json.loads((lake / "catalog.json").read_bytes())["links"]
    [link] = [each for each in links if each["rel"] == "tianlake:report"]
    assert link["title"] == (
        "2026 年第三季度下一级节点综合评估通报 · Third quarter of 2026: evaluation of the nodes below"
    )
    assert (lake / link["href"]).read_bytes() == (evaluated[0] / "evaluation.html").read_bytes()
    assert (lake / f"reports/{QUARTER}/evaluation.txt").read_bytes() == (evaluated[0] / "evaluation.txt").read_bytes()


def test_an_operators_own_scheme_takes_the_place_of_the_delivered_one(workspace: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "out"
    file.write_bytes(scheme(criterion("use", 100, "requests", "[[0, 0], [101000, 100]]"), silent="left-out"))
    asked = ("evaluate", "--node", PROVINCE, "--quarter", QUARTER, "--scheme", str(file), "-o", str(out))
    done = run("-C", str(workspace), *asked, lang="zh_CN.UTF-8")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[:2] for row in rows[1:]] == [
        ["1", GOOD],
        ["1", TWIN],
        ["3", REAL],
        ["不排名", SILENT],
        ["不排名", FORGED],
    ]
    assert rows[1][3] == "50.00"
    assert rows[4][3:] == ["无数据", "无数据：尚未公布本季度报告"]
    assert "版本 7" in done.stderr
    assert (out / "evaluation-scheme.toml").read_bytes() == file.read_bytes()


def test_what_cannot_be_evaluated_is_refused_in_one_line(workspace: Path, tmp_path: Path) -> None:
    def told(*more: str, node: str = PROVINCE, quarter: str = QUARTER) -> tuple[int, str]:
        done = run("-C", str(workspace), "evaluate", "--node", node, "--quarter", quarter, *more, lang="zh_CN.UTF-8")
        return done.returncode, done.stderr

    file = tmp_path / "own.toml"
    file.write_bytes(scheme(criterion("use", 90, "requests", "[[0, 0], [1, 100]]")))
    assert told("--scheme", str(file)) == (2, f"tianlake: {file}：criteria：权重合计为 90，须为 100\n")
    assert told("--scheme", str(tmp_path / "none"))[0] == 2
    assert told(node=REAL) == (2, f"tianlake: 节点 {REAL}：没有登记下级节点；请用 tianlake node add 登记\n")
    assert told(quarter="2026-4") == (2, "tianlake: 季度 '2026-4'：须写作 2026Q4\n")
