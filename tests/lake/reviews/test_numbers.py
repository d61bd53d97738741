"""Map-approval numbers as they are seen in use are read; what only looks like one is not."""

from __future__ import annotations

import pytest

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError
from tianlake.lake.reviews import read_numbers
from tianlake.lake.reviews.numbers import PROVINCES

SEEN = [
    "GS(2014)6032号",
    "GS(2018)1432号",
    "GS(2022)3124号",
    "GS（2024）0568号",
    "GS(2025)1508号",
    "GS（2026）4921号",
    "GS京(2022)1061号",
    "GS粤(2023)1171号",
    "京S(2025)041号",
    "粤S（2022）145号",
    "浙S（2023）13号",
    "沪S〔2023〕093号",
    "苏S(2018)060号",
    "川S(2017)44号",
    "成S(2017)034号",
    "成S【2019】003号",
    "GS(2023)2767",
    "京S(2025)004号",
]
"""Strings collected from public maps (tianditu.md §3.1)."""


@pytest.mark.parametrize("text", [*SEEN, "沪 S〔2023〕093号", "审图号：GS（2024）0568号", " 审图号: 京S [2025] 41 号 "])
def test_numbers_seen_on_public_maps_are_read(text: str) -> None:
    [number] = read_numbers(text, 2026)
    assert read_numbers(number.text, 2026) == (number,), "one spelling that reads back"
    assert number.text.endswith("号")
    assert f"({number.year})" in number.text


@pytest.mark.parametrize(
    "text",
    [
        *("甲测资字1100471", "XX(2023)1号", "京ICP备12345678号", "GS(2023)", "GS2023-1", "", "/", "GS(2023)123456号"),
        *("龘S(2023)1号", "GS日(2023)1号", "GS(1823)1号", "GS(2027)1号", "GS(2023)1号x", "GS(２０２３)1号"),
    ],
)
def test_what_is_no_number_of_a_known_authority_is_refused(text: str) -> None:
    with pytest.raises(LakeError):
        read_numbers(text, 2026)


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("GS(2024)1号", "national"),
        ("GS京(2024)1号", "national"),
        ("京S(2024)1号", "provincial"),
        ("成S(2024)1号", "municipal"),
        ("苏AS(2024)1号", "municipal"),
        ("杭S(2024)1号", "municipal"),
    ],
)
def test_a_number_tells_whose_it_is(text: str, authority: str) -> None:
    assert read_numbers(text, 2026)[0].authority == authority


@pytest.mark.parametrize(
    ("text", "own", "foreign"),
    [
        ("GS(2024)1号", ["156000000", "156130000", "156131000", "156710000"], []),
        ("GS京(2024)1号", ["156000000", "156130000"], []),
        ("冀S(2024)1号", ["156130000", "156131000", "156131002"], ["156000000", "156110000", "156140000"]),
        ("新S(2024)1号", ["156650000", "156660000", "156659001"], ["156630000"]),
        ("苏AS(2024)1号", ["156320100", "156320500"], ["156330100"]),
        ("成S(2024)1号", ["156510100", "156510104"], ["156510000", "156510300", "156131000"]),
    ],
)
def test_an_authority_reviews_maps_of_its_own_place(text: str, own: list[str], foreign: list[str]) -> None:
    [number] = read_numbers(text, 2026)
    assert [each for each in [*own, *foreign] if number.covers(each)] == own


def test_the_short_names_are_of_all_provinces_but_those_whose_maps_the_nation_reviews() -> None:
    listed = {each.code[:2] for each in load_divisions().children(None)}
    assert set(PROVINCES.values()) == listed - {"71", "81", "82"}


def test_several_numbers_are_joined_and_none_is_there_twice() -> None:
    found = read_numbers("GS（2024）0568号/京S(2025)041号", 2026)
    assert [each.text for each in found] == ["GS(2024)0568号", "京S(2025)041号"]
    with pytest.raises(LakeError, match="twice"):
        read_numbers("GS(2024)1号/GS（2024）1", 2026)
