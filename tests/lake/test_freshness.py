"""Ages: days of China, limits of article 12 or of a shorter cycle, by product and by division."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_kit import candidate

from tianlake.lake.ages import Counted, ages, ages_sql
from tianlake.lake.divisions import load_divisions
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.freshness import Limits, china_day, judge, limits, release_updated, today
from tianlake.lake.recipes import Period
from tianlake.lake.releases import Candidate, Column, TableFacts
from tianlake.lake.words import Bounds

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(updated=DAYS)
def test_an_update_is_due_after_300_days_and_late_after_365_in_any_year(updated: date) -> None:
    def state(days: int) -> str:
        return judge((updated + timedelta(days) - updated).days, limits("P1Y"))

    assert [state(days) for days in (-1, 0, 299, 300, 364, 365, 366)] == ["fresh"] * 3 + ["due"] * 2 + ["late"] * 2


def test_a_leap_year_gives_no_day_more() -> None:
    assert (date(2024, 12, 31) - date(2024, 1, 1)).days == 365
    assert judge((date(2024, 12, 31) - date(2024, 1, 1)).days, limits("P1Y")) == "late"
    assert judge((date(2025, 12, 31) - date(2025, 1, 1)).days, limits("P1Y")) == "due"


@pytest.mark.parametrize(
    ("cycle", "wanted"),
    [
        ("P1Y", Limits(300, 365)),
        ("P12M", Limits(300, 365)),
        ("P2Y", Limits(300, 365)),  # article 12 allows no longer one
        ("P6M", Limits(150, 182)),
        ("P1M", Limits(25, 30)),
        ("P1W", Limits(6, 7)),
        ("P1M1W", Limits(31, 37)),
        ("P1D", Limits(1, 1)),
        ("P0D", Limits(1, 1)),
    ],
)
def test_a_shorter_cycle_is_kept_to_and_a_longer_one_is_not(cycle: str, wanted: Limits) -> None:
    assert limits(cycle) == wanted


@given(days=st.integers(1, 365))
def test_due_comes_before_late_and_never_at_once_but_for_days(days: int) -> None:
    found = limits(f"P{days}D")
    assert found.late == days
    assert found.due == -(-days * 300 // 365)
    assert 0 < found.due <= found.late
    assert [judge(age, found) for age in (found.due - 1, found.late)] == ["fresh", "late"]


@given(st.datetimes(datetime(1993, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_moment_is_the_day_it_was_in_china(moment: datetime, offset: int) -> None:
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    text = f"{moment.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}"
    wanted = datetime.fromisoformat(text).astimezone(ZoneInfo("Asia/Shanghai")).date()
    assert china_day(text) == wanted == today(datetime.fromisoformat(text))
    assert china_day(moment.isoformat()) == moment.date(), "without an offset it is taken as it stands"


@pytest.fixture
def made(tmp_path: Path) -> Candidate:
    return candidate(tmp_path / "made", "one", built="2026-11-01T20:00:00Z")  # 2 November in China


@pytest.mark.parametrize(
    ("period", "on", "basis"),
    [
        (None, date(2026, 11, 2), "built"),
        (Period("2026-01-01"), date(2026, 11, 2), "built"),
        (Period("2024-01-01", "2025-06-30"), date(2025, 6, 30), "period"),
        (Period("2024-01-01", "2025-06-30T16:00:00Z"), date(2025, 7, 1), "period"),
        (Period("2026-01-01", "2026-12-31"), date(2026, 11, 2), "built"),
    ],
)
def test_a_release_is_as_new_as_its_period_says_and_no_newer_than_its_build(
    made: Candidate, period: Period | None, on: date, basis: str
) -> None:
    found = release_updated(replace(made, card=replace(made.card, period=period)))
    assert (found.on, found.basis) == (on, basis)


def test_a_period_that_is_no_date_is_told(made: Candidate) -> None:
    with pytest.raises(LakeError, match=r"places: period\.end: an RFC 3339 date .*got '2025'"):
        release_updated(replace(made, card=replace(made.card, period=Period("2024", "2025"))))


def with_columns(made: Candidate, **columns: str) -> Candidate:
    """Return a candidate whose table has these columns."""
    named = tuple(Column(name, kind) for name, kind in columns.items())
    facts = TableFacts(1, named, "geometry", ("Point",), Bounds(116, 39, 117, 40), "EPSG:4490", 1)
    table, *others = made.assets
    return replace(made, assets=(replace(table, facts=facts), *others))


def test_ages_are_told_by_product_and_by_division(made: Candidate) -> None:
    counted = [
        Counted("131002", 5, date(2026, 10, 1)),
        Counted("131003", 2, None),
        Counted("131099", 1, date(2025, 1, 1)),  # not listed: lies in 廊坊市 by its digits
        Counted("999999", 1, date(2026, 11, 2)),
        Counted(None, 3, None),
    ]
    found = ages(made, counted, date(2026, 11, 10), load_divisions())
    assert [(each.division, each.name, each.features, each.days, each.basis, each.state) for each in found] == [
        (None, None, 12, 8, "updated_at", "fresh"),
        ("156131000", "廊坊市", 1, 678, "updated_at", "late"),
        ("156131002", "安次区", 5, 40, "updated_at", "fresh"),
        ("156131003", "广阳区", 2, 8, "built", "fresh"),
    ]


def test_a_product_that_tells_neither_division_nor_day_is_asked_nothing(made: Candidate) -> None:
    assert ages_sql("156130000", made, date(2026, 11, 10)) is None
    assert ages_sql("156130000", with_columns(made, name="VARCHAR", geometry="GEOMETRY"), date(2026, 11, 10)) is None


CODES = {
    "131002": "131002",
    "156131002": "131002",
    "156131002001": "131002",
    "131002001": "131002",
    "131002001002": "131002",
    " 131002": None,
    "13100": None,
    "abcdef": None,
    "": None,
    None: None,
}
MOMENTS = {
    "2026-11-01": date(2026, 11, 1),
    "2026-11-01T20:00:00Z": date(2026, 11, 2),
    "2026-11-01T20:00:00+08:00": date(2026, 11, 1),
    "2026-11-01 20:00:00": date(2026, 11, 1),
    "20261101": date(2026, 11, 1),
    "2026/11/01": date(2026, 11, 1),
    "2026年11月01日": date(2026, 11, 1),
    " 2026-11 ": date(2026, 11, 1),
    "2027-01-01": None,  # after the day asked about
    "昨天": None,
    "": None,
    None: None,
}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return connect(threads=1)


def asked(connection: duckdb.DuckDBPyConnection, made: Candidate, rows: list[tuple[object, ...]]) -> list[Counted]:
    """Put rows of the candidate's columns into its view and ask."""
    facts = made.assets[0].facts
    assert isinstance(facts, TableFacts)
    columns = ", ".join(f'"{each.name}" {each.type}' for each in facts.columns)
    connection.execute(f"CREATE OR REPLACE TABLE n156130000_places ({columns})")
    connection.executemany(f"INSERT INTO n156130000_places VALUES ({', '.join('?' * len(facts.columns))})", rows)
    sql = ages_sql("156130000", made, date(2026, 12, 31))
    assert sql is not None
    return [Counted(*row) for row in connection.sql(sql).fetchall()]


@pytest.mark.parametrize(("code", "wanted"), CODES.items())
def test_codes_of_any_length_name_their_county(
    connection: duckdb.DuckDBPyConnection, made: Candidate, code: str | None, wanted: str | None
) -> None:
    own = with_columns(made, county_code="VARCHAR", code="VARCHAR")
    assert asked(connection, own, [(code, "110101")]) == [Counted(wanted, 1, None)]


@pytest.mark.parametrize(("moment", "wanted"), MOMENTS.items())
def test_days_are_read_as_offices_write_them(
    connection: duckdb.DuckDBPyConnection, made: Candidate, moment: str | None, wanted: date | None
) -> None:
    assert asked(connection, with_columns(made, updated_at="VARCHAR"), [(moment,)]) == [Counted(None, 1, wanted)]


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("DATE", date(2026, 11, 1), date(2026, 11, 1)),
        ("TIMESTAMP", datetime(2026, 11, 1, 20), date(2026, 11, 1)),  # noqa: DTZ001 - as the column has it
        ("TIMESTAMP WITH TIME ZONE", datetime(2026, 11, 1, 20, tzinfo=UTC), date(2026, 11, 2)),
        ("BIGINT", 20261101, date(2026, 11, 1)),
    ],
)
def test_days_are_read_from_columns_of_any_type(
    connection: duckdb.DuckDBPyConnection, made: Candidate, kind: str, value: object, wanted: date
) -> None:
    own = with_columns(made, admin_code="BIGINT", updated_at=kind)
    found = asked(connection, own, [(131002, value), (131002, None), (131003, value)])
    assert found == [Counted("131002", 2, wanted), Counted("131003", 1, wanted)]
