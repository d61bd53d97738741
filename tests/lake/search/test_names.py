"""Names are found in each way, within divisions, of several nodes, and best first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from search_kit import Entity, Place, indexed, places

from tianlake.lake.current import CurrentRelease
from tianlake.lake.engine import Engine, Inquiry
from tianlake.lake.errors import StoreError
from tianlake.lake.search import files, names
from tianlake.lake.search.wanted import MOST, Wanted
from tianlake.lake.words import Bounds

NANJING = Place(
    "鸡鸣寺",
    "a",
    118.79,
    32.06,
    "156320000",
    "156320100",
    "156320102",
    "新街口街道",
    "156320102002",
    "26000",
    "寺庙",
    "江苏省南京市玄武区北京东路鸡鸣寺路1号鸡鸣寺",
    "鸡鸣寺路",
    "1号",
    "Jiming Si",
    "古鸡鸣寺;同泰寺",
)
ELSEWHERE = [
    Place("鸡鸣寺", "b", 115.3, 40.4, "156130000", "156130700", "156130730", type_code="26000", type="寺庙"),
    Place("鸡鸣山", "c", 115.2, 40.5, "156130000", "156130700", "156130730", type_code="13000", type="山"),
    Place("鸡鸣寺地铁站", "d", 118.79, 32.05, "156320000", "156320100", "156320102", type_code="24000", type="地铁站"),
    Place("国贸", "e", 116.46, 39.91, "156110000", None, "156110105"),
    Place("国贸", "f", 125.29, 43.83, "156220000", "156220100", "156220104"),
    Place("国贸", "g", 118.1, 24.4, "156350000", "156350200", "156350203"),
    Place("北京市第一中学", "h", 116.4, 39.93, "156110000", None, "156110101"),
    Place("第一中学", "i", 116.9, 40.3, "156110000", None, "156110117"),
    Place("南京大学", "j", 118.78, 32.06, "156320000", "156320100", "156320106"),
    Place("呼和浩特东站", "k", 111.8, 40.85, "156150000", "156150100", "156150102", pinyin="Hohhot Dong Zhan"),
    Place("旅顺口", "l", 121.2, 38.8, "156210000", "156210200", "156210212", pinyin="Lüshunkou"),
    Place(None, "m"),
    Place("，。！", "n"),
]


@pytest.fixture(scope="module")
def engine():
    return Engine()


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return indexed(tmp_path_factory.mktemp("few"), [NANJING, *ELSEWHERE])


@pytest.fixture
def find(engine, few):
    def ask(text="", **wanted):
        return names.find(Wanted(text, **wanted), (few,), engine.ask)

    return ask


def ids(found):
    return [hit.id for hit in found.hits]


def test_a_hit_has_all_that_is_known(find):
    hit = find("鸡鸣寺", near=(118.79, 32.06)).hits[0]
    assert (hit.id, hit.name, hit.match, hit.score) == ("a", "鸡鸣寺", "exact", 100)
    assert (hit.node, hit.product) == ("156130000", "places")
    assert (hit.lon, hit.lat, hit.distance_m) == (118.79, 32.06, 0)
    assert (hit.division, hit.town) == ("156320102", "156320102002")
    assert (hit.type_code, hit.type) == ("26000", "寺庙")
    assert (hit.road, hit.number) == ("鸡鸣寺路", "1号")
    assert hit.address == NANJING.full_address
    assert hit.more == {"pinyin": "Jiming Si", "alias": "古鸡鸣寺;同泰寺"}


def test_a_distance_is_that_on_the_ellipsoid(find):
    hit = next(each for each in find("鸡鸣寺", near=(118.79, 32.06)).hits if each.id == "b")
    assert hit.distance_m == pytest.approx(Geod(ellps="GRS80").inv(118.79, 32.06, hit.lon, hit.lat)[2], abs=0.1)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("鸡鸣寺", "exact"),
        ("同泰寺", "alias"),
        ("古鸡鸣寺", "alias"),
        ("ＪＩＭＩＮＧ　ＳＩ", "pinyin"),
        ("ji ming si", "pinyin"),
        ("jms", "initials"),
        ("鸣寺地铁", "part"),
        ("鸡鸣四", "typo"),
        ("鸣鸡寺", "typo"),
        ("同太寺", "typo"),
        ("鸡鸣寺路1号", "exact"),
        ("鸡鸣寺路1号鸡鸣寺", "exact"),
        ("新街口街道鸡鸣寺", "exact"),
        ("鸡鸣寺地", "prefix"),
    ],
)
def test_a_name_is_found_in_each_way(text, match, find):
    assert match in {hit.match for hit in find(text).hits if hit.id in {"a", "d"}}


def test_a_wrong_character_that_sounds_like_the_right_one_goes_first(find):
    # 鸡鸣四: 寺 sounds like 四, 山 does not.
    hits = find("鸡鸣四").hits
    assert [hit.name for hit in hits[:3]] == ["鸡鸣寺", "鸡鸣寺", "鸡鸣山"]


def test_names_are_found_as_the_table_spells_them_and_as_they_are_read(find):
    assert ids(find("hohhotdongzhan"))[0] == ids(find("huhehaotedongzhan"))[0] == "k"
    assert ids(find("lvshunkou"))[0] == ids(find("lushunkou"))[0] == ids(find("Lüshunkou"))[0] == "l"


def test_names_that_begin_with_the_text_come_after_the_name_itself(find):
    found = find("鸡鸣寺", division="156320102")
    assert ids(found) == ["a", "d"]
    assert [hit.match for hit in found.hits] == ["exact", "prefix"]


@pytest.mark.parametrize(
    ("text", "wanted", "division"),
    [
        ("南京市玄武区 鸡鸣寺", ["a", "d"], "156320102"),
        ("南京 鸡鸣寺", ["a", "d"], "156320100"),
        ("江苏南京玄武区鸡鸣寺", ["a", "d"], "156320102"),
        ("河北省 鸡鸣寺", ["b"], "156130000"),
        ("朝阳 国贸", ["e", "f"], None),
        ("朝阳区国贸", ["e", "f"], None),
        ("北京市朝阳区国贸", ["e"], "156110105"),
        ("长春朝阳 国贸", ["f"], "156220104"),
        ("南京大学", ["j"], None),
        ("北京市第一中学", ["h", "i"], "156110000"),
    ],
)
def test_names_of_divisions_narrow_the_area(text, wanted, division, find):
    found = find(text)
    assert sorted(ids(found)) == sorted(wanted)
    assert found.division == division


def test_a_text_that_is_a_whole_name_is_not_taken_apart(find):
    assert ids(find("北京市第一中学"))[0] == "h"


def test_a_division_by_itself_is_searched(engine, tmp_path):
    square = "POLYGON((118 31, 119 31, 119 33, 118 33, 118 31))"
    rows = [
        Entity("南京市", "n", "640100", square, "金陵", "156320100"),
        Entity("南京东路", "r", "430501", "LINESTRING(121 31, 121.1 31)", None, "156310101"),
        Entity(None, "x", "640100", square),
    ]
    release = indexed(tmp_path, rows, product_class="entity")
    for text in ("南京市", "南京", "江苏省南京市", "金陵"):
        hit = names.find(Wanted(text), (release,), engine.ask).hits[0]
        assert (hit.id, hit.type_code, hit.division) == ("n", "640100", "156320100")
    assert 118 < hit.lon < 119


def test_division_box_and_types_limit_hits(find):
    assert ids(find("鸡鸣", division="156320000")) == ["a", "d"]
    assert ids(find("鸡鸣", division="156320102002")) == ["a"]
    assert ids(find("鸡鸣", box=Bounds(115, 40, 116, 41), count=10)) == ["b", "c"]
    assert ids(find("鸡鸣", box=Bounds(118, 31, -100, 41))) == ["a", "d"]
    assert ids(find("鸡鸣", types=("13",))) == ["c"]
    assert sorted(ids(find("鸡鸣", types=("山", "地铁站")))) == ["c", "d"]


def test_without_a_text_all_within_the_limits_is_found_the_most_important_first(find):
    assert ids(find(box=Bounds(115, 40, 116, 41))) == ["b", "c"]
    assert ids(find(types=("24",))) == ["d"]
    assert find().total == 0


def test_what_is_near_goes_first(find):
    assert ids(find("鸡鸣寺", near=(118.8, 32.1)))[:2] == ["a", "b"]
    assert ids(find("鸡鸣寺", near=(115.3, 40.4)))[:2] == ["b", "a"]


def test_pages_follow_each_other(find):
    whole = ids(find("鸡鸣"))
    assert [ids(find("鸡鸣", start=at, count=1))[0] for at in range(len(whole))] == whole
    assert find("鸡鸣", start=len(whole), count=3).hits == ()
    assert {find("鸡鸣", start=at, count=1).total for at in (0, 2, 50)} == {len(whole)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "🏯",
        "👩‍👩‍👧",
        "'",
        "'; DROP TABLE x; --",
        "%",
        "_",
        "鸡%寺",
        "\\",
        '"',
        "鸡" * 10_000,
        "a" * 10_000,
        "鸡鸣寺" * 4000,
        "\ud800",
        "ﷺ" * 100,
        "$1",
        "号",
        "1",
    ],
)
def test_hostile_texts_are_answered(text, find):
    found = find(text)
    assert "鸡鸣寺" not in {hit.name for hit in found.hits if hit.match == "exact"}
    for limits in ({"types": (text,)}, {"division": text}):
        find("鸡鸣寺", **limits)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_answered(text, engine, few):
    found = names.find(Wanted(text), (few,), engine.ask)
    assert found.total >= len(found.hits)


def test_the_same_place_of_two_nodes_is_found_once_at_the_one_asked_first(engine, tmp_path):
    ours = [Place("人民公园", "c-1", 116.7, 39.5, type="公园"), Place("人民公园", "c-2", 116.8, 39.5, type="公园")]
    theirs = [
        Place("人民公园", "p-1", 116.70001, 39.5, type="公园"),
        Place("人民公园", "p-2", 116.7, 39.5, type="停车场"),
        Place("人民公园", "p-3", 116.71, 39.5, type="公园"),
    ]
    city = indexed(tmp_path, ours, node="156131000")
    province = indexed(tmp_path, theirs, node="156130000")
    found = names.find(Wanted("人民公园"), (city, province), engine.ask)
    assert sorted(ids(found)) == ["c-1", "c-2", "p-2", "p-3"]
    assert found.total == 4
    assert {hit.id: hit.node for hit in found.hits}["c-1"] == "156131000"
    again = names.find(Wanted("人民公园"), (province, city), engine.ask)
    assert sorted(ids(again)) == ["c-2", "p-1", "p-2", "p-3"]


def test_products_without_an_index_are_passed_over(engine, few, tmp_path):
    bare = CurrentRelease("156130000", type(few.manifest)(few.manifest.release, few.manifest.candidate, ()), "", "e")
    assert not names.has_index(bare)
    assert ids(names.find(Wanted("国贸"), (bare, few), engine.ask)) == ids(
        names.find(Wanted("国贸"), (few,), engine.ask)
    )
    assert names.find(Wanted("国贸"), (bare,), engine.ask).total == 0
    assert names.find(Wanted("国贸"), (), engine.ask).total == 0


def test_a_release_that_was_withdrawn_meanwhile_hides_no_other(few, tmp_path):
    gone = indexed(tmp_path, places(["国贸大厦"]), node="156110000")
    shutil.rmtree(tmp_path / "156110000")
    fresh = Engine()
    found = names.find(Wanted("国贸"), (gone, few), fresh.ask)
    assert {hit.name for hit in found.hits} == {"国贸"}
    with pytest.raises(StoreError):
        names.find(Wanted("国贸"), (gone,), fresh.ask)


def test_a_search_ends_where_too_much_is_found(engine, tmp_path):
    release = indexed(tmp_path, places(["停车场"] * (MOST + 500)))
    found = names.find(Wanted("停车场", start=20, count=5), (release,), engine.ask)
    assert len(found.hits) == 5
    assert found.more
    begins = names.find(Wanted("停车"), (release,), engine.ask)
    assert begins.total == MOST
    assert begins.more


def test_a_search_reads_little_of_a_large_index(tmp_path):
    size = 60_000
    signs = [chr(0x4E00 + number) for number in range(40)]
    made = [f"{signs[n % 40]}{signs[n // 40 % 40]}{signs[n // 1600]}{n}号楼" for n in range(size)]
    release = indexed(tmp_path, places(made))
    whole = sum(Path(release.url(name)).stat().st_size for name in files.FILES)
    inquiry = Inquiry(Engine())
    found = names.find(Wanted(made[777]), (release,), inquiry.ask)
    assert found.hits[0].name == made[777]
    assert 0 < inquiry.bytes_read < whole / 3
