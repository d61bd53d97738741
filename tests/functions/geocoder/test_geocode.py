"""From an address to a place: the number, else the road, else the division, and never another county's road."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from addresses_kit import AREAS, SPOTS, spot
from shapely.geometry import Point

from tianlake.lake.current import CurrentRelease
from tianlake.lake.engine import Answer, Inquiry
from tianlake.lake.search.fits import Located
from tianlake.lake.search.geocode import geocode
from tianlake.lake.search.wanted import Ask, Found, Hit, Match, Wanted


def nothing(wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
    """Find nothing, as where no product has an index."""
    return Found((), 0)


# address; score; level; the place that it is
FOUND = [
    ("河北省廊坊市广阳区金光道66号", 100, "门址", "g1"),
    ("廊坊广阳区金光道六十六号", 100, "门址", "g1"),
    ("广阳区银河北路街道金光道６６號院3号楼", 100, "门址", "g1"),
    ("金光道甲12号", 100, "门址", "g4"),
    ("金光道12号", 100, "门址", "g5"),
    ("金光道乙12号", 90, "门址", "g5"),
    ("金光道12号之三", 90, "门址", "g5"),
    ("廊坊市广阳区友谊路15号", 100, "门址", "g6"),
    ("廊坊市安次区友谊路15号", 100, "门址", "a1"),
    ("廊坊市安次区友谊路20号", 100, "门址", "a2"),
    ("廊坊市友谊路20号", 100, "门址", "a2"),
    ("北京东城区南池子大街136号", 100, "门址", "b1"),
    ("安次区和平路", 100, "路", "a3"),
    ("安次区和平路88号", 70, "路", "a3"),
    ("安次区和平路火星大厦", 70, "路", "a3"),
    ("广阳区光明道", 50, "路", "a4"),  # it is in 安次区
    ("唐山市丰润区广阳区光明道", None, None, None),
    ("廊坊站", 100, "兴趣点", "a5"),
    ("廊坊市广阳区廊坊站", 100, "兴趣点", "a5"),
    ("廊坊北站", 95, "兴趣点", "a6"),
    ("广阳万达广场", 100, "兴趣点", "g6"),
    ("广阳区友谊路广阳万达广场", 100, "兴趣点", "g6"),
    ("广阳区金光道广阳万达广场", 90, "兴趣点", "g6"),
    ("广阳区图书馆", 100, "兴趣点", "g1"),
    ("固安县孔雀城", 100, "兴趣点", "u3"),
    ("广阳区", 100, "区", "s1"),
    ("广阳", 100, "区", "s1"),
    ("广阳区火星路12号", 40, "区", "s1"),
    ("火星路", None, None, None),
    ("", None, None, None),
]


def located(text: str, releases: Sequence[CurrentRelease], inquiry: Inquiry) -> Located | None:
    return geocode(text, releases, inquiry.ask, nothing)


@pytest.mark.parametrize(("text", "score", "level", "place"), FOUND, ids=[row[0] for row in FOUND])
def test_an_address_is_where_it_is(
    text: str,
    score: int | None,
    level: str | None,
    place: str | None,
    releases: Sequence[CurrentRelease],
    inquiry: Inquiry,
) -> None:
    found = located(text, releases, inquiry)
    if place is None:
        assert found is None
        return
    assert found is not None
    assert (found.score, found.level) == (score, level)
    assert (found.lon, found.lat) == pytest.approx((spot(place).x, spot(place).y), abs=1e-7)


def test_a_number_between_two_of_its_side_lies_between_them(
    releases: Sequence[CurrentRelease], inquiry: Inquiry
) -> None:
    found = located("金光道62号", releases, inquiry)
    assert found is not None
    low, high = spot("g2"), spot("g1")
    assert (found.score, found.level, found.name) == (85, "门址", "金光道62号")
    assert found.lon == pytest.approx(low.x + (high.x - low.x) / 3)
    assert found.lat == pytest.approx(low.y + (high.y - low.y) / 3)
    # Of the odd side one number alone is known; and beyond the last there is nothing to go by.
    for number in ("65号", "68号"):
        road = located(f"金光道{number}", releases, inquiry)
        assert road is not None
        assert (road.score, road.level) == (70, "路")


def test_roads_of_one_name_elsewhere_do_not_win(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    """和平路 is in 安次区 and twice in 固安县, and 友谊路15号 in two counties."""
    unsure = located("和平路", releases, inquiry)
    both = located("友谊路15号", releases, inquiry)
    assert unsure is not None
    assert both is not None
    assert (unsure.score, unsure.level, unsure.division) == (80, "路", "156131022")
    assert (both.score, both.level) == (80, "门址")
    # In 广阳区 there is none: neither county's is sure, and the division itself is surer.
    neither = located("广阳区和平路", releases, inquiry)
    assert neither is not None
    assert (neither.score, neither.level, neither.division) == (40, "区", "156131003")
    # Nor does one in another city.
    other = located("石家庄市和平路", releases, inquiry)
    assert other is None


def test_a_division_without_a_seat_is_somewhere_within_it(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    for name, level, code in [
        ("河北省", "省", "156130000"),
        ("廊坊市", "市", "156131000"),
        ("固安", "区", "156131022"),
    ]:
        found = located(name, releases, inquiry)
        assert found is not None
        assert (found.score, found.level, found.division) == (100, level, code)
        assert AREAS[code][1].contains(Point(found.lon, found.lat))


def test_a_town_is_in_the_middle_of_what_lies_in_it(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    found = located("广阳区银河北路街道办事处", releases, inquiry)
    assert found is not None
    assert (found.score, found.level, found.name) == (100, "乡", "银河北路街道")
    assert (found.lon, found.lat) in {(each.x, each.y) for each in SPOTS if each.town == "银河北路街道"}
    vague = located("广阳区银河北路街道火星路5号", releases, inquiry)
    assert vague is not None
    assert (vague.score, vague.level) == (40, "乡")


def test_contradictions_lower_the_score(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    right = located("廊坊市金光道66号", releases, inquiry)
    wrong = located("廊坊市丰润区金光道66号", releases, inquiry)
    assert right is not None
    assert wrong is not None
    assert (right.score, wrong.score) == (100, 80)
    assert (right.lon, right.lat) == (wrong.lon, wrong.lat)


@pytest.mark.parametrize(
    ("match", "own", "score"),
    [("alias", 97, 95), ("pinyin", 90, 80), ("typo", 70, 60), ("typo", 30, 30), ("part", 90, None)],
)
def test_what_is_not_written_so_is_found_by_its_likeness(
    match: Match, own: float, score: int | None, releases: Sequence[CurrentRelease], inquiry: Inquiry
) -> None:
    asked = []

    def find(wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
        asked.append(wanted.text)
        hit = Hit("156131000", "places", "x", "万达", 116.7, 39.5, own, match, division="156131003")
        return Found((hit,), 1)

    found = geocode("wanda", releases, inquiry.ask, find)
    assert asked == ["wanda"]
    assert (found.score if found else None) == score
    if found is not None:
        assert found.level == "兴趣点"
    # A hit elsewhere than where the address says is none.
    elsewhere = geocode("安次区万大", releases, inquiry.ask, find)
    assert elsewhere is not None
    assert (elsewhere.level, elsewhere.score) == ("区", 40)


@pytest.mark.parametrize(("own", "score"), [(80, None), (84, 60), (88, 60)])
def test_a_short_name_with_another_character_is_found_only_where_it_sounds_alike(
    own: float, score: int | None, releases: Sequence[CurrentRelease], inquiry: Inquiry
) -> None:
    def find(wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
        hit = Hit("156131000", "places", "x", "右安门", 116.9, 39.7, own, "typo", division="156131024")
        return Found((hit,), 1)

    found = geocode("天安门", releases, inquiry.ask, find)
    assert (found.score if found else None) == score


def test_a_road_that_is_like_it_is_a_road(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    def find(wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
        hit = Hit("1", "p", "x", "友谊北路", 116.7, 39.5, 80, "typo", division="156131003", type="residential")
        return Found((hit,), 1)

    found = geocode("友谊西路", releases, inquiry.ask, find)
    assert found is not None
    assert (found.level, found.score) == ("路", 60)


def test_a_whole_address_takes_one_question(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    asked: list[str] = []

    def ask(sql: str, parameters: Sequence[object] = ()) -> Answer:
        asked.append(sql)
        return inquiry.ask(sql, parameters)

    assert geocode("河北省廊坊市广阳区金光道66号", releases, ask, nothing) is not None
    assert len(asked) == 1
