"""The page for queries, against the gateway's own `/sql`, and on a host of plain files."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow.ipc
import pyarrow.parquet
import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from portal_kit import StaticHost
from visitor_kit import fits, make_key, open_sheet

VIEW = "n156130000_divisions"
DONE = "!document.getElementById('answer').hidden || document.querySelector('#answer-message.fault')"


@pytest.fixture(scope="module")
def key(front_door: str) -> str:
    """Of a professional user."""
    return make_key(front_door)


def _open(page: BrowserPage, front_door: str, key: str | None, statement: str = "") -> None:
    page.page.goto(f"{front_door}/portal/terms.html")
    if key is not None:
        page.page.evaluate("key => sessionStorage.setItem('tianlake.tk', key)", key)
    open_sheet(page, f"{front_door}/portal/query.html" + (f"#q={quote(statement)}" if statement else ""))


def _run(page: BrowserPage, statement: str) -> None:
    page.page.fill("#statement", statement)
    page.page.press("#statement", "Control+Enter")
    page.until(f"document.getElementById('stop').hidden && ({DONE})")


def _rows(page: BrowserPage) -> list[list[str]]:
    rows: list[list[str]] = page.page.locator(".answer tbody tr").evaluate_all(
        "all => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return rows


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_an_answer_is_a_typed_table_a_map_and_files(
    open_page: OpenPage, front_door: str, key: str, size: tuple[int, int], locale: str, tmp_path: Path
):
    page = open_page(size, locale)
    _open(page, front_door, key)
    _run(page, f"SELECT name, 7 AS n, 9007199254740993 AS big, NULL AS none, geometry FROM {VIEW} ORDER BY name")
    heads = page.page.locator(".answer th").evaluate_all("all => all.map((each) => each.className)")
    assert heads == ["text", "number", "text", "nothing", "geometry"]
    rows = _rows(page)
    assert "廊坊市" in {row[0] for row in rows}
    assert {row[1] for row in rows} == {"7"}
    assert {row[2] for row in rows} == {"9007199254740993"}, "no digit is lost"
    assert all(row[4].startswith("MULTIPOLYGON") for row in rows)
    page.page.click("#show-map")
    page.until("window.tianlake?.ready && window.tianlake.map.loaded()")
    assert {each["name"] for each in page.drawn("^answer/area")} == {row[0] for row in rows}
    page.picture(f"portal-query-{size[0]}")
    for name, read in {
        "GEOJSON": lambda file: len(json.loads(file.read_text(encoding="utf-8"))["features"]),
        "PARQUET": lambda file: pyarrow.parquet.read_table(file).num_rows,
        "ARROW": lambda file: pyarrow.ipc.open_stream(file.read_bytes()).read_all().num_rows,
        "CSV": lambda file: len(duckdb.sql(f"FROM read_csv('{file}')").fetchall()),
    }.items():
        with page.page.expect_download() as saving:
            page.page.locator("#save button", has_text=name).click()
        saving.value.save_as(file := tmp_path / saving.value.suggested_filename)
        assert read(file) == len(rows)
    assert not page.complaints
    assert not page.outside
    assert not [url for url in page.requested if key in url]
    assert fits(page)
    assert page.violations() == []


def test_what_is_wrong_is_told_where_it_stands(open_page: OpenPage, front_door: str, key: str):
    page = open_page()
    _open(page, front_door, key)
    _run(page, f"SELECT name,\n nam FROM {VIEW}")
    told = page.page.inner_text("#answer-message")
    assert "语句有误" in told
    assert 'column "nam" not found' in told
    assert "第 2 行第 2 个字符" in told
    assert page.page.evaluate("getSelection().toString()") == "nam"
    _run(page, "FROM read_parquet('/etc/passwd')")
    assert "语句不被允许" in page.page.inner_text("#answer-message")
    _run(page, "SELECT * FROM range(200000)")
    assert "超限" in page.page.inner_text("#answer-message")
    assert page.page.is_hidden("#answer")
    assert page.page.input_value("#statement") == "SELECT * FROM range(200000)", "what was written stays"
    assert page.violations() == []


def test_who_may_not_ask_is_told_why(open_page: OpenPage, front_door: str):
    page = open_page()
    _open(page, front_door, None)
    assert page.page.is_visible("#key-missing")
    assert not page.complaints, "nothing is asked that would be refused"
    _run(page, f"FROM {VIEW}")
    assert "此服务需要密钥" in page.page.inner_text("#answer-message")
    page.page.fill("#key-field", make_key(front_door, "person"))
    page.page.click("#key-form button")
    page.until("document.getElementById('key-missing').hidden")
    _run(page, f"FROM {VIEW}")
    assert "批量数据只向登记的专业用户提供" in page.page.inner_text("#answer-message")


def test_an_answer_of_many_rows_is_paged(open_page: OpenPage, front_door: str, key: str):
    page = open_page()
    _open(page, front_door, key)
    _run(page, "SELECT range AS n FROM range(1234) ORDER BY n")
    assert [row[0] for row in _rows(page)] == [str(n) for n in range(50)]
    page.page.click("#page-later")
    assert _rows(page)[0] == ["50"]
    assert "第 51–100 行，共 1,234 行" in page.page.inner_text(".pager")
    assert page.page.is_hidden("#show-map")
    assert page.page.locator("#save button", has_text="GEOJSON").count() == 0, "no place, no map"


def test_the_statement_is_kept_in_the_address(open_page: OpenPage, front_door: str, key: str):
    page = open_page()
    statement = f"SELECT name FROM {VIEW} WHERE name LIKE '%坊%' -- 100% & more #1"
    _open(page, front_door, key, statement)
    assert page.page.input_value("#statement") == statement
    _run(page, statement)
    assert _rows(page) == [["廊坊市"]]
    address = page.page.url
    page.page.goto("about:blank")
    open_sheet(page, address)
    assert page.page.input_value("#statement") == statement


def test_every_example_runs_and_views_say_their_columns(open_page: OpenPage, front_door: str, key: str):
    page = open_page()
    _open(page, front_door, key)
    examples = page.page.locator("#examples button")
    assert examples.count() >= 4
    for number in range(examples.count()):
        examples.nth(number).click()
        statement = page.page.input_value("#statement")
        assert VIEW in statement
        _run(page, statement)
        assert page.page.inner_text("#answer-message") == "", statement
    page.page.click(".view summary")
    columns = page.page.locator(".columns li button").all_inner_texts()
    page.page.fill("#statement", "SELECT ")
    page.page.click(".columns li button >> text=admin_code")
    assert page.page.input_value("#statement") == "SELECT admin_code"
    _run(page, f"FROM {VIEW} LIMIT 1")
    heads = page.page.locator(".answer th").evaluate_all("all => all.map((each) => each.firstChild.textContent)")
    assert set(columns) == set(heads)


def test_on_a_host_of_plain_files_a_duckdb_of_ones_own_is_offered(open_page: OpenPage, host: StaticHost):
    page = open_page()
    open_sheet(page, f"{host.url}/portal/query.html")
    assert "静态托管" in page.page.inner_text("#alone")
    assert page.page.is_hidden("#asking")
    assert page.page.is_hidden("#key-panel")
    lines = page.page.locator("#alone code").all_inner_texts()
    assert lines[0] == f'duckdb -cmd "$(curl -s {host.url}/lake.sql)"'
    assert page.page.locator(".view").count() == 4
    assert page.violations() == []
