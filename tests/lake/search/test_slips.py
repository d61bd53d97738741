"""What is no slip: other words for what a thing is, letters that come together in a long name by chance."""

from __future__ import annotations

import pytest
from search_kit import Place, indexed

from tianlake.lake.engine import Engine
from tianlake.lake.search import names
from tianlake.lake.search.wanted import Wanted

PLACES = [
    Place("永清", "m", 116.5, 39.3, "156130000", "156131000", "156131023", type="train_station", pinyin="Yongqing"),
    Place("永清县", "n", 116.5, 39.3, "156130000", "156131000", "156131023", type="行政区驻地"),
    Place("永清北站", "o", 116.6, 39.4, "156130000", "156131000", "156131023"),
    Place("Yongqing Yongding Lake View Garden No. 12 Gate", "p", 116.6, 39.4, "156130000", "156131000", "156131023"),
    Place("南戴河", "s", 119.4, 39.8, "156130000", "156130300", "156130306"),
    Place("衡水湖", "q", 115.6, 37.6, "156130000", "156131100", "156131102"),
    Place("鸡鸣山", "r", 115.2, 40.5, "156130000", "156130700", "156130730", type_code="13000", type="山"),
]


@pytest.fixture(scope="module")
def find(tmp_path_factory):
    release = indexed(tmp_path_factory.mktemp("slips"), PLACES)
    engine = Engine()
    return lambda text: names.find(Wanted(text), (release,), engine.ask)


def ids(found):
    return [hit.id for hit in found.hits]


@pytest.mark.parametrize("text", ["永清站", "yongqingzhan"])
def test_a_station_is_found_with_the_word_for_it(text, find):
    assert ids(find(text))[0] == "m"


@pytest.mark.parametrize(("text", "another"), [("永清湖", "永清县"), ("永清南站", "永清北站"), ("鸡鸣湖", "鸡鸣山")])
def test_another_word_for_what_it_is_or_for_which_is_no_slip(text, another, find):
    assert {hit.match for hit in find(text).hits if hit.name == another} <= {"part"}


def test_a_long_latin_name_is_not_found_by_letters_that_come_together_in_it(find):
    assert "p" in ids(find("yongding"))
    assert "p" not in ids(find("ding")) + ids(find("gardenvi")) + ids(find("yongqingzhan"))


def test_a_name_without_some_of_the_text_is_not_said_to_hold_it(find):
    assert ids(find("永清北站售票处")) == ["o"]
    assert find("永清北站售票处").hits[0].score < 41
