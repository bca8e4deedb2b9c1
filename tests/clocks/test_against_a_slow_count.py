"""The engine against an independent count, day by day, on another library's calendar, 2020-2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from huiyin.clocks.counting import count
from huiyin.clocks.workdays import Calendar
from tests.clocks.rule_samples import CALENDAR, POLICY, rule

STARTS = st.dates(date(2020, 1, 1), date(2026, 7, 31))
ONE = timedelta(days=1)


def works(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


def slow(start: date, amount: int, *, in_workdays: bool, extend: int, roll: bool) -> tuple[date, date, date]:
    """Tick off one day after the other; then roll; then walk back for the target."""
    day, left = start, amount + extend
    while left > 0:
        day = day + ONE
        if in_workdays and not works(day):
            continue
        left = left - 1
    unrolled = day
    while roll and not works(day):
        day = day + ONE
    target = unrolled
    while not works(target):
        target = target - ONE
    return day, unrolled, target


def test_every_day_of_seven_years_is_the_same_in_both_calendars() -> None:
    day = date(2020, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_workday(day) == works(day), day
        day += ONE


@given(start=STARTS, rule_id=st.sampled_from(["notice", "decision", "ask_review", "execution", "rating_window"]))
def test_calendar_days_end_where_the_slow_count_ends(start: date, rule_id: str) -> None:
    limit = POLICY.rule(rule_id)
    found = count(limit, start, CALENDAR)
    expected = slow(start, limit.amount, in_workdays=False, extend=0, roll=limit.roll)
    assert (found.due, found.unrolled, found.internal_target) == expected


@given(start=STARTS, extend=st.integers(0, 30))
def test_extensions_end_where_the_slow_count_ends(start: date, extend: int) -> None:
    found = count(POLICY.rule("decision"), start, CALENDAR, extend=extend)
    assert (found.due, found.unrolled, found.internal_target) == slow(
        start, 60, in_workdays=False, extend=extend, roll=True
    )


@given(start=STARTS, amount=st.integers(1, 60))
def test_working_days_end_where_the_slow_count_ends(start: date, amount: int) -> None:
    found = count(rule(amount, "workday"), start, CALENDAR)
    assert (found.due, found.unrolled, found.internal_target) == slow(
        start, amount, in_workdays=True, extend=0, roll=False
    )


@given(occasion=st.dates(date(2020, 4, 15), date(2026, 12, 31)), amount=st.integers(1, 60))
def test_counting_back_leaves_exactly_so_many_working_days_before_the_occasion(occasion: date, amount: int) -> None:
    latest = count(rule(amount, "workday", direction="backward"), occasion, CALENDAR).due
    between, day = 0, latest
    while day < occasion:
        between += works(day)
        day += ONE
    assert works(latest)
    assert between == amount


@given(start=STARTS, amount=st.integers(1, 60), extend=st.integers(0, 30), unit=st.sampled_from(["day", "workday"]))
def test_the_counted_days_add_up_and_no_day_is_missing(start: date, amount: int, extend: int, unit: str) -> None:
    limit = rule(amount, unit, roll=unit == "day", basis="statute")
    found = count(limit, start, CALENDAR, extend=extend)
    dates = [day.date for day in found.days]
    assert dates == [start + ONE * step for step in range((found.due - start).days + 1)]
    assert sum(day.counted for day in found.days) == amount + extend
    assert works(found.due)


@given(start=STARTS, amount=st.integers(1, 5))
def test_months_keep_the_day_or_end_the_month(start: date, amount: int) -> None:
    found = count(rule(amount, "month"), start, CALENDAR).due
    assert (found.year * 12 + found.month) - (start.year * 12 + start.month) == amount
    assert found.day == start.day or (found.day < start.day and (found + ONE).day == 1)


def test_the_slow_count_sees_a_wrong_calendar() -> None:
    """The guards' twin: a calendar without make-up workdays gives another date."""
    bare = Calendar({number: replace(year, made_up={}) for number, year in CALENDAR.years.items()}, zone=CALENDAR.zone)
    start = date(2026, 9, 30)
    right = slow(start, 5, in_workdays=True, extend=0, roll=False)[0]
    assert count(POLICY.rule("objection"), start, CALENDAR).due == right == date(2026, 10, 13)
    assert count(POLICY.rule("objection"), start, bare).due == date(2026, 10, 14)
