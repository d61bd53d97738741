"""What numbers of persons look like in texts, and what only looks like them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from planted_kit import citizen_number

from tianlake.build.personal import citizen_numbers, is_citizen_number, mobile_numbers, plates
from tianlake.build.quality.personal import masked

PROVINCES = [f"{each}" for each in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55))]
PROVINCES += [f"{each}" for each in (*range(61, 66), 71, 81, 82)]
SERVICES = {"13800138000", "13010112500"}
BORN = st.dates(date(1900, 1, 1), date(2099, 12, 31))
CITIZENS = st.builds(
    lambda province, rest, born, order: citizen_number(f"{province}{rest:04d}{born:%Y%m%d}{order:03d}"),
    st.sampled_from(PROVINCES),
    st.integers(0, 9999),
    BORN,
    st.integers(0, 999),
)
MOBILES = st.builds(lambda head, rest: f"1{head}{rest:09d}", st.integers(3, 9), st.integers(0, 10**9 - 1))
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PLATES = st.builds(
    lambda province, office, rest: f"{province}{office}{rest}",
    st.sampled_from("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"),
    st.sampled_from(LETTERS),
    st.text(LETTERS + "0123456789", min_size=5, max_size=5).filter(lambda text: any(map(str.isdigit, text[:4]))),
)
AROUND = st.sampled_from(["", "联系人：", "（", " ", "电话", "，", "：", "\n"])


@settings(deadline=None)  # a busy machine is no fault
@given(AROUND, CITIZENS, AROUND)
def test_a_citizens_number_is_found_in_any_text(before: str, number: str, after: str) -> None:
    assert list(citizen_numbers(before + number + after)) == [number]
    assert number not in masked(before + number + after)


@settings(deadline=None)  # a busy machine is no fault
@given(CITIZENS, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_no_citizens_number(number: str, place: int, step: int) -> None:
    digit = number[place]
    assume(digit != "X")
    other = number[:place] + str((int(digit) + step) % 10) + number[place + 1 :]
    assert not is_citizen_number(other)


@settings(deadline=None)  # a busy machine is no fault
@given(st.integers(10**17, 10**18 - 1).map(str))
def test_of_ids_as_long_only_those_with_a_birthday_and_its_check_are_taken_for_one(text: str) -> None:
    found = list(citizen_numbers(text))
    if found:
        assert text[:2] in {*PROVINCES, "83"}
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        assert citizen_number(text[:17]) == text


@settings(deadline=None)  # a busy machine is no fault
@given(AROUND, MOBILES.filter(lambda each: each not in SERVICES), AROUND)
def test_a_mobile_number_is_found_however_it_is_written(before: str, number: str, after: str) -> None:
    for written in (number, f"+86{number}", f"+86 {number}", f"{number[:3]}-{number[3:7]}-{number[7:]}"):
        assert len(list(mobile_numbers(before + written + after))) == 1


@settings(deadline=None)  # a busy machine is no fault
@given(MOBILES, st.sampled_from(["0", "a", "_", "/", ".", "-", "#"]))
def test_a_part_of_an_id_a_path_or_a_decimal_is_no_mobile_number(number: str, before: str) -> None:
    assert list(mobile_numbers(f"{before}{number}")) == []
    assert list(mobile_numbers(f"{number}7")) == []
    assert list(mobile_numbers(f"{number}.pmtiles")) == []


@settings(deadline=None)  # a busy machine is no fault
@given(AROUND, PLATES, AROUND)
def test_a_plate_is_found_with_and_without_its_dot(before: str, plate: str, after: str) -> None:
    for written in (plate, f"{plate[:2]}·{plate[2:]}", f"{plate[:2]} {plate[2:]}"):
        assert list(plates(before + written + after)) == [written]


@pytest.mark.parametrize(
    "text",
    [
        "010-12345678",
        "400-810-8080",
        "12345",
        "95598",
        "13800138000",
        "1391234567",
        "139123456789",
        "EPSG:4490 1.13912345678",
        "https://example.org/13912345678/a",
        "京G6高速",
        "京A级景区",
        "川S(2017)44号",
        "粤A12",
        "沪ABCDEF",
        "131003198813451234",
        "156131000202601011",
    ],
)
def test_what_only_looks_like_a_number_of_a_person_is_none(text: str) -> None:
    assert [*citizen_numbers(text), *mobile_numbers(text), *plates(text)] == []
