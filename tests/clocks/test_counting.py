"""The dates that were worked out by hand, one table for each kind of limit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from huiyin.clocks.counting import Due, add_months, count
from tests.clocks.rule_samples import CALENDAR, POLICY, rule


def due(rule_id: str, start: str, *, extend: int = 0) -> Due:
    return count(POLICY.rule(rule_id), datetime.fromisoformat(start), CALENDAR, extend=extend)


@pytest.mark.parametrize(
    ("rule_id", "start", "extend", "last", "unrolled", "target"),
    [
        ("notice", "2026-02-01T09:00", 0, "2026-02-24", "2026-02-16", "2026-02-14"),
        ("notice", "2026-01-30T09:00", 0, "2026-02-14", "2026-02-14", "2026-02-14"),  # a make-up workday: no roll
        ("objection", "2026-09-30T09:00", 0, "2026-10-13", "2026-10-13", "2026-10-13"),
        ("decision", "2026-08-03T09:00", 0, "2026-10-08", "2026-10-02", "2026-09-30"),
        ("decision", "2026-08-03T09:00", 30, "2026-11-02", "2026-11-01", "2026-10-30"),
        ("ask_review", "2026-01-16T09:00", 0, "2026-02-24", "2026-02-15", "2026-02-14"),
        ("execution", "2026-01-16T09:00", 0, "2026-02-15", "2026-02-15", "2026-02-14"),  # internal: no roll
        ("take_in", "2026-02-13T17:50", 0, "2026-02-24", "2026-02-24", "2026-02-24"),
        ("backlog", "2025-11-30T09:00", 0, "2026-02-28", "2026-02-28", "2026-02-28"),
    ],
)
def test_limits_worked_out_by_hand(
    rule_id: str, start: str, extend: int, last: str, unrolled: str, target: str
) -> None:
    found = due(rule_id, start, extend=extend)
    assert (found.due.isoformat(), found.unrolled.isoformat()) == (last, unrolled)
    assert found.internal_target is not None
    assert found.internal_target.isoformat() == target
    assert not found.provisional


def test_an_extension_counts_from_the_unrolled_day_not_the_rolled_one() -> None:
    plain, extended = due("decision", "2026-08-03T09:00"), due("decision", "2026-08-03T09:00", extend=30)
    assert (extended.unrolled - plain.unrolled).days == 30
    assert (extended.due - plain.due).days == 25


@pytest.mark.parametrize(
    ("amount", "unit", "start", "last"),
    [
        (1, "month", "2026-01-31", "2026-02-28"),
        (1, "month", "2024-01-31", "2024-02-29"),
        (3, "month", "2026-11-30", "2027-02-28"),
        (1, "year", "2024-02-29", "2025-02-28"),
        (4, "year", "2024-02-29", "2028-02-29"),
        (25, "day_of_month", "2026-09-01", "2026-09-25"),
        (25, "day_of_month", "2026-09-25", "2026-10-25"),  # the start's day isn't counted
        (31, "day_of_month", "2026-01-31", "2026-02-28"),
        (31, "day_of_month", "2026-12-31", "2027-01-31"),
    ],
)
def test_months_end_on_the_corresponding_day_else_the_last(amount: int, unit: str, start: str, last: str) -> None:
    assert count(rule(amount, unit), date.fromisoformat(start), CALENDAR).due.isoformat() == last


@pytest.mark.parametrize(
    ("amount", "unit", "occasion", "latest"),
    [
        (10, "workday", "2026-10-01", "2026-09-17"),
        (3, "workday", "2026-02-24", "2026-02-12"),
        (1, "workday", "2026-02-24", "2026-02-14"),
        (7, "day", "2026-10-01", "2026-09-24"),
        (1, "month", "2026-03-31", "2026-02-28"),
        (1, "year", "2024-02-29", "2023-02-28"),
        (25, "day_of_month", "2026-09-25", "2026-08-25"),
        (25, "day_of_month", "2026-09-26", "2026-09-25"),
    ],
)
def test_backward_limits_leave_out_the_occasion(amount: int, unit: str, occasion: str, latest: str) -> None:
    found = count(rule(amount, unit, direction="backward"), date.fromisoformat(occasion), CALENDAR)
    assert found.due.isoformat() == latest
    assert [day.date for day in found.days] == sorted(day.date for day in found.days)
    assert found.days[-1].date.isoformat() == occasion
    assert not found.days[-1].counted
    assert found.days[0].date == found.due
    assert found.days[0].counted


def test_hours_and_minutes_run_by_the_clock_through_nights_and_holidays() -> None:
    start = datetime(2026, 2, 15, 15, 45, tzinfo=UTC)  # 23:45 here
    half = count(rule(30, "minute"), start, CALENDAR)
    assert half.due_at is not None
    assert half.due_at.isoformat() == "2026-02-16T00:15:00+08:00"
    assert (half.due, half.internal_target, half.provisional) == (date(2026, 2, 16), None, False)
    hour = count(rule(1, "hour", direction="backward"), start, CALENDAR)
    assert hour.due_at is not None
    assert hour.due_at.isoformat() == "2026-02-15T22:45:00+08:00"
    assert [day.date.day for day in half.days] == [15, 16]


def test_a_start_late_at_night_in_utc_counts_from_the_local_day() -> None:
    late = count(POLICY.rule("notice"), datetime(2026, 1, 31, 16, 0, tzinfo=UTC), CALENDAR)
    assert late.start == date(2026, 2, 1)
    assert late.due == date(2026, 2, 24)


def test_the_hour_of_the_start_changes_nothing() -> None:
    assert due("notice", "2026-02-01T00:00").due == due("notice", "2026-02-01T23:59").due


def test_a_date_in_2027_is_provisional_and_one_before_is_not() -> None:
    assert due("decision", "2026-12-01T09:00").provisional
    assert not due("decision", "2026-10-01T09:00").provisional


def test_working_days_that_cross_into_an_unpublished_year_are_provisional() -> None:
    assert count(rule(10, "workday"), date(2026, 12, 20), CALENDAR).provisional
    assert not count(rule(3, "workday"), date(2026, 12, 18), CALENDAR).provisional
    backward = count(rule(10, "workday", direction="backward"), date(2027, 1, 8), CALENDAR)
    assert backward.provisional
    assert not count(rule(10, "workday", direction="backward"), date(2026, 12, 20), CALENDAR).provisional


def test_a_pause_moves_the_due_date_by_its_days_alone() -> None:
    """A hearing from the 10th to the 18th day of a final review of 30 days moves it by 8 days."""
    final = rule(30, "day", pause=True, basis="statute", roll=True)
    plain = count(final, date(2026, 4, 1), CALENDAR)
    paused = count(final, date(2026, 4, 1), CALENDAR, paused=8)
    assert (paused.unrolled - plain.unrolled).days == 8
    assert sum(day.counted for day in paused.days) == 38
    assert any("补回中止期间第8日" in day.reason for day in paused.days)


def test_an_internal_target_before_the_start_is_no_target() -> None:
    assert count(rule(2, "day"), date(2026, 10, 3), CALENDAR).internal_target is None
    assert count(rule(2, "day"), date(2026, 9, 30), CALENDAR).internal_target == date(2026, 9, 30)


def test_each_day_has_its_reason() -> None:
    days = {day.date.isoformat(): day for day in due("notice", "2026-02-01T09:00").days}
    assert days["2026-02-01"].reason == "起算当日，不计入"
    assert days["2026-02-14"].reason == "第13日（周六，调休上班）"
    assert days["2026-02-16"].reason == "第15日（春节休假），遇休息日顺延"
    assert (days["2026-02-17"].counted, days["2026-02-17"].reason) == (False, "春节休假，顺延")
    assert days["2026-02-24"].reason == "休假后第一个工作日（周二），到期"
    extended = {day.date.isoformat(): day.reason for day in due("decision", "2026-08-03T09:00", extend=30).days}
    assert extended["2026-10-02"] == "第60日（国庆节休假）"
    assert extended["2026-10-03"] == "延长期限第1日（国庆节休假）"
    months = count(POLICY.rule("backlog"), date(2026, 3, 2), CALENDAR).days
    assert months[-1].reason.endswith("3个月期满，到期")


def test_the_days_are_made_only_when_asked_for() -> None:
    found = due("decision", "2026-08-03T09:00")
    assert "days" not in vars(found)
    assert len(found.days) == 67
    assert "days" in vars(found)


def test_adding_months_backward_crosses_the_year() -> None:
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
