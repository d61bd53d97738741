"""Every name is found by itself, as it is read, and with one character wrong or missing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_kit import indexed, places

from tianlake.build.classes.pinyin import syllables
from tianlake.lake.divisions import load_divisions
from tianlake.lake.engine import Engine
from tianlake.lake.search import files, names
from tianlake.lake.search.normal import letters, normal
from tianlake.lake.search.wanted import Wanted

COUNTIES = sorted({each.name for each in load_divisions().units.values() if each.level == "county"})
SCHOOLS = [f"{name}第一中学" for name in COUNTIES if len(name) + 4 <= files.LONGEST_LESS]
"""They begin with the name of a division, but lie in none: the text as a whole is what finds them."""
STREETS = [
    f"{first}{second}{third}街" for first in "永长安和兴" for second in "宁乐泰昌盛" for third in "东西南北里门桥"
]


@pytest.fixture(scope="module")
def engine():
    return Engine()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return indexed(tmp_path_factory.mktemp("many"), places([*COUNTIES, *SCHOOLS, *STREETS]))


def assert_meant(name, text, engine, release):
    """Assert that a text finds a name, unless it is another one's name."""
    found = names.find(Wanted(text, count=2000), (release,), engine.ask)
    assert name in {hit.name for hit in found.hits} or found.hits[0].name == text


def first_name(engine, release, text):
    found = names.find(Wanted(text), (release,), engine.ask)
    return found.hits[0].name if found.hits else None


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from([*COUNTIES, *SCHOOLS, *STREETS]))
def test_every_name_is_found_by_itself(name, engine, many):
    assert first_name(engine, many, name) == name


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_name_is_found_without_any_one_of_its_characters(data, engine, many):
    name = data.draw(st.sampled_from([each for each in (*SCHOOLS, *STREETS) if len(each) > 2]))
    at = data.draw(st.integers(0, len(name) - 1))
    assert_meant(name, name[:at] + name[at + 1 :], engine, many)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_name_is_found_with_any_one_of_its_characters_wrong(data, engine, many):
    name = data.draw(st.sampled_from([each for each in (*SCHOOLS, *STREETS) if len(each) > 2]))
    at = data.draw(st.integers(0, len(name) - 1))
    wrong = data.draw(st.sampled_from("乙丁乃了人刀又"))
    assert_meant(name, name[:at] + wrong + name[at + 1 :], engine, many)


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from([*SCHOOLS, *STREETS]))
def test_every_name_is_found_as_it_is_read(name, engine, many):
    found = names.find(Wanted(letters("".join(syllables(name))), count=50), (many,), engine.ask)
    assert name in {hit.name for hit in found.hits if hit.match == "pinyin"}


@given(st.text())
def test_comparing_again_changes_nothing(text):
    assert normal(normal(text)) == normal(text)
