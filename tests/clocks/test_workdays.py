"""Working days of the published years, and what is said of unpublished ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from huiyin.clocks import calendars
from huiyin.clocks.workdays import Calendar, Year

CALENDAR = calendars.load(Path("no-such-folder"), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        ("2026-02-14", True),  # a make-up Saturday
        ("2026-02-16", False),  # 春节
        ("2026-02-24", True),
        ("2026-09-20", True),  # a make-up Sunday
        ("2026-10-10", True),  # a make-up Saturday
        ("2026-10-11", False),  # a plain Sunday
        ("2025-10-08", False),
        ("2022-12-31", False),  # given off by the notice for 2023
        ("2020-02-03", True),  # a Monday that the notice says is worked
    ],
)
def test_the_state_council_s_days_are_known(day: str, is_workday: bool) -> None:
    assert CALENDAR.is_workday(date.fromisoformat(day)) is is_workday


def test_ten_working_days_before_national_day() -> None:
    assert CALENDAR.nth_workday(date(2026, 10, 1), -10) == date(2026, 9, 17)


@pytest.mark.parametrize(
    ("day", "is_provisional"),
    [
        (date(2026, 12, 23), False),
        (date(2026, 12, 24), True),  # next year's notice arranges New Year
        (date(2025, 12, 31), False),
        (date(2027, 1, 1), True),
        (date(2019, 12, 31), True),
    ],
)
def test_a_day_without_a_published_arrangement_is_provisional(day: date, is_provisional: bool) -> None:
    assert CALENDAR.is_provisional(day) is is_provisional


def test_an_unpublished_year_has_the_festivals_by_law() -> None:
    assert not CALENDAR.is_workday(date(2027, 10, 1))
    assert CALENDAR.festival(date(2027, 10, 1)) == "国庆节"
    assert CALENDAR.is_workday(date(2027, 10, 8))


def test_a_calendar_without_a_guess_knows_weekends_alone() -> None:
    bare = Calendar({}, zone=ZoneInfo("Asia/Shanghai"))
    assert bare.is_workday(date(2027, 10, 1))
    assert not bare.is_workday(date(2027, 10, 2))


def test_late_evening_in_utc_is_the_next_day_here() -> None:
    assert CALENDAR.local_date(datetime(2026, 2, 1, 16, 30, tzinfo=UTC)) == date(2026, 2, 2)
    assert CALENDAR.local_date(datetime(2026, 2, 1, 15, 59, tzinfo=UTC)) == date(2026, 2, 1)


def test_a_moment_without_zone_is_the_enterprise_s_time() -> None:
    assert CALENDAR.local_date(datetime(2026, 2, 1, 23, 59)) == date(2026, 2, 1)  # noqa: DTZ001


def test_working_days_until_a_day_leave_out_today() -> None:
    assert CALENDAR.workdays_until(date(2026, 9, 21), date(2026, 9, 24)) == 3
    assert CALENDAR.workdays_until(date(2026, 9, 24), date(2026, 9, 24)) == 0
    assert CALENDAR.workdays_until(date(2026, 9, 25), date(2026, 9, 24)) == 0


def test_the_notices_that_were_used_are_named() -> None:
    source = CALENDAR.source_of(date(2026, 12, 1), date(2027, 1, 5))
    assert "content_7047091" in source
    assert "2027年：放假安排尚未公布" in source


def test_a_later_file_of_the_same_day_is_another_year_s() -> None:
    """Each file speaks for its own year's notice; together they make one calendar."""
    first = Year(2030, off={date(2030, 1, 1): "元旦"}, made_up={})
    second = Year(2031, off={date(2030, 12, 31): "元旦"}, made_up={date(2031, 1, 4): "元旦"})
    both = Calendar({2030: first, 2031: second}, zone=ZoneInfo("Asia/Shanghai"))
    assert both.festival(date(2030, 12, 31)) == "元旦"
    assert both.is_made_up(date(2031, 1, 4))
