"""The files of a search index, read by pyarrow and by the words of docs/layout.md alone."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import REPO
from search_kit import Entity, Place, write

from tianlake.build.search.readings import sounds
from tianlake.build.search.write import _SOURCES
from tianlake.lake.access import part_of
from tianlake.lake.leaks.gate import find_leaks
from tianlake.lake.search import files
from tianlake.lake.search.normal import normal

SECTION = (REPO / "docs/layout.md").read_text().split("\n## 11 ")[1].split("\n## ")[0]

ROWS = [
    Place(
        "鸡鸣寺", "b", 118.79, 32.06, "156320000", "156320100", "156320102", alias="同泰寺；古鸡鸣寺", type_code="26000"
    ),
    Place("鸡鸣寺", "a", 115.3, 40.4, "156130000", "156130700", "156130730"),
    Place("１号 楼", "c", road="新华路", number="12号"),
    Place(None, "d"),
    Place("···", "e"),
]


def key(term):
    """Return the key of a term as the page has it."""
    return int.from_bytes(hashlib.md5(term.encode()).digest()[8:], "little") >> 24


def entries(folder, term):
    """Return the entries of a term, unpacked as the page has it: kind, detail, importance, count, first."""
    table = pq.read_table(folder / files.TERMS).to_pylist()
    found = [row["entry"] for row in table if row["key"] == (term if isinstance(term, int) else key(term))]
    return [(each >> 59, each >> 46 & 8191, each >> 40 & 63, each >> 27 & 8191, each & (1 << 27) - 1) for each in found]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    assert write(ROWS, folder) == list(files.FILES)
    return folder


def test_rows_are_sorted_as_the_page_says_and_nameless_ones_left_out(index):
    rows = pq.read_table(index / files.PLACES).to_pylist()
    assert [(row["norm"], row["id"], row["division"]) for row in rows] == [
        ("1号楼", "c", None),
        ("鸡鸣寺", "a", "156130730"),
        ("鸡鸣寺", "b", "156320102"),
    ]
    assert [column for column in rows[0] if f"`{column}`" not in SECTION] == []
    assert pq.read_schema(index / files.PLACES).names == list(files.COLUMNS)


def test_terms_are_sorted_and_each_is_there_once(index):
    rows = [tuple(row.values()) for row in pq.read_table(index / files.TERMS, columns=["key", "entry"]).to_pylist()]
    assert rows == sorted(set(rows))
    assert min(entry for _, entry in rows) >= 0


@pytest.mark.parametrize(
    ("term", "kind", "detail", "count", "first"),
    [
        ("鸡鸣寺", 1, 3, 2, 1),
        ("1号楼", 1, 3, 1, 0),
        ("同泰寺", 3, 3, 1, 2),
        ("鸡寺", 2, 1 * 512 + sounds()["ming"], 2, 1),
        ("同寺", 4, 1 * 512 + sounds()["tai"], 1, 2),
        ("p:jimingsi", 5, 3, 2, 1),
        ("p:tongtaisi", 5, 3, 1, 2),
        ("i:jms", 6, 3, 2, 1),
        ("2:鸡鸣", 7, 3, 2, 1),
        ("2:泰寺", 8, 3, 1, 2),
        ("@:新华路12", 9, 3, 1, 0),
        ("@:新华路121号楼", 9, 3, 1, 0),
        ("r:新华路", 10, 3, 1, 0),
        (ord("鸣"), 11, sounds()["ming"], 0, 0),
    ],
)
def test_every_kind_of_entry_is_as_the_page_says(term, kind, detail, count, first, index):
    found = [(each[0], each[1], each[3], each[4]) for each in entries(index, term)]
    assert (kind, detail, count, first) in found
    assert f" {kind}" in SECTION


def test_equal_tables_give_equal_bytes(index, tmp_path):
    write(list(reversed(ROWS)), tmp_path)
    for name in files.FILES:
        assert (tmp_path / name).read_bytes() == (index / name).read_bytes()


def test_a_table_without_any_name_has_no_index(tmp_path):
    assert write([Place(None, "a"), Place("、", "b")], tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_column_importance_has_the_last_word(tmp_path):
    write([Place(each, each, type="村") for each in "甲乙丙丁"], tmp_path, importance=pa.array([1.0, 0.0, None, 7.5]))
    found = {row["name"]: row["importance"] for row in pq.read_table(tmp_path / files.PLACES).to_pylist()}
    assert found == {"甲": 63, "乙": 0, "丙": 30, "丁": 63}


def test_a_county_is_more_important_than_a_road_and_that_than_a_bus_stop(tmp_path):
    kinds = {"县": "650100", "路": "430501", "房": "310000"}
    write([Entity(name, name, code, "POINT(1 1)") for name, code in kinds.items()], tmp_path, "entity")
    rows = pq.read_table(tmp_path / files.PLACES).to_pylist()
    assert max(rows, key=lambda row: row["importance"])["name"] == "县"
    write([Place(each, each, type=each) for each in ("bus_stop", "primary", "city")], tmp_path / "places")
    rows = pq.read_table(tmp_path / "places" / files.PLACES).to_pylist()
    assert [row["name"] for row in sorted(rows, key=lambda row: -row["importance"])] == ["city", "primary", "bus_stop"]


def test_what_many_names_share_is_listed_for_the_most_important_and_for_each_city(tmp_path):
    rows = [Place(f"{chr(0x4E00 + n)}中学", str(n), city_code=f"156{1301 + n % 4}00") for n in range(1_600)]
    write(rows, tmp_path)
    assert len(entries(tmp_path, "2:中学")) == files.MOST_PER_TERM
    assert Counter(len(entries(tmp_path, f"2:156{city}中学")) for city in range(1301, 1305)) == {400: 4}
    assert entries(tmp_path, "2:1561301一中") == []


def test_every_sound_has_a_number_of_its_own():
    assert sorted(sounds().values()) == list(range(1, len(sounds()) + 1))
    assert 400 < len(sounds()) < files.SOUNDS
    assert {"a", "lü", "zhuang"} <= sounds().keys()


def test_names_alike_but_for_one_character_are_listed_for_each_city_where_they_are_many(tmp_path):
    rows = [Place(f"{chr(0x4E00 + n)}庄村", str(n), city_code=f"156{1301 + n % 4}00") for n in range(160)]
    write(rows, tmp_path)
    assert len(entries(tmp_path, "庄村")) == 160
    assert {len(entries(tmp_path, f"-:156{city}庄村")) for city in range(1301, 1305)} == {40}
    assert entries(tmp_path, "-:1561301一庄") == []


def test_an_index_is_bulk_data_and_holds_nothing_that_leaks(index):
    for name in files.FILES:
        assert part_of(name) == "bulk"
        assert find_leaks(name, index / name) == []


def test_every_class_that_is_indexed_has_its_columns():
    assert set(_SOURCES) == files.INDEXED
    for columns in _SOURCES.values():
        assert set(columns) | {"norm", "importance"} == {*files.COLUMNS, "town_name"}


@given(st.text())
def test_names_are_compared_as_the_page_says(text):
    plain = unicodedata.normalize("NFKC", text[:512]).lower()
    kept = "".join(sign for sign in plain if unicodedata.category(sign)[0] in {"L", "N", "M"})
    assert normal(text) == unicodedata.normalize("NFKC", kept[:64])
