"""From a rule and a start to a due date, and the days in between with their reasons. Pure.

How days are counted is decided in docs/decisions/0005-how-days-are-counted.md; the 条例 itself has no article on it.
"""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from huiyin.clocks.rules import CLOCK_UNITS, Rule
from huiyin.clocks.workdays import ONE_DAY, Calendar, days_after


@dataclass(frozen=True)
class Day:
    """One day between start and due; `counted` days add up to the length of the limit."""

    date: date
    counted: bool
    reason: str


@dataclass(frozen=True)
class Due:
    """When a limit ends.

    `due` is the last day (rolled where the law rolls), `unrolled` the day counted to, `internal_target` the last
    working day on or before it (None if that lies before the start, or the limit runs in hours or minutes).
    `due_at` is set for hours and minutes alone. `provisional`: a day it rests on has no published arrangement.
    """

    rule: Rule
    start: date
    due: date
    unrolled: date
    internal_target: date | None
    due_at: datetime | None
    provisional: bool
    extend: int
    paused: int
    calendar: Calendar

    @cached_property
    def days(self) -> list[Day]:
        """Each day from start to due in order of time, with the reason why it counts or not."""
        return _days_of(self)


def count(rule: Rule, start: date | datetime, calendar: Calendar, *, extend: int = 0, paused: int = 0) -> Due:
    """When the limit of `rule` that starts at `start` ends.

    The start's day in the enterprise's time zone isn't counted (民法典第二百零一条 by analogy). `extend` counts from the
    unrolled last day and then rolls; `paused` days are added the same way. Both are in working days for a rule in
    working days, else in days. A backward rule gives the latest day on which to begin before the occasion `start`.
    A place's own rule never ends later than the enterprise's (`Rule.cap`), whatever days off lie between.
    """
    if rule.cap is not None:
        rules = (replace(rule, cap=None), rule.cap)
        return min(
            (count(one, start, calendar, extend=extend, paused=paused) for one in rules), key=lambda due: due.due
        )
    first = calendar.local_date(start)
    if rule.unit in CLOCK_UNITS:
        return _count_time(rule, start, first, calendar)
    if rule.direction == "backward":
        unrolled = _backward(rule, first, calendar)
    else:
        unrolled = _after(rule, _forward(rule, first, calendar), extend + paused, calendar)
    due = calendar.next_workday(unrolled) if rule.roll else unrolled
    target: date | None = calendar.last_workday(unrolled)
    if target is not None and target < first and rule.direction == "forward":
        target = None
    return Due(
        rule=rule,
        start=first,
        due=due,
        unrolled=unrolled,
        internal_target=target,
        due_at=None,
        provisional=_rests_on_provisional(rule, first, unrolled, due, calendar),
        extend=extend,
        paused=paused,
        calendar=calendar,
    )


def _count_time(rule: Rule, start: date | datetime, first: date, calendar: Calendar) -> Due:
    moment = (
        start if isinstance(start, datetime) else datetime(start.year, start.month, start.day, tzinfo=calendar.zone)
    )
    step = timedelta(hours=rule.amount) if rule.unit == "hour" else timedelta(minutes=rule.amount)
    # Added in UTC: an hour is an hour also where the clock is changed for summer.
    absolute = (
        calendar.local_time(moment).timestamp() + (-step if rule.direction == "backward" else step).total_seconds()
    )
    due_at = datetime.fromtimestamp(absolute, calendar.zone)
    return Due(rule, first, due_at.date(), due_at.date(), None, due_at, False, 0, 0, calendar)


def _forward(rule: Rule, first: date, calendar: Calendar) -> date:
    if rule.unit == "workday":
        return calendar.nth_workday(first, rule.amount)
    if rule.unit == "month":
        return add_months(first, rule.amount)
    if rule.unit == "year":
        return add_months(first, rule.amount * 12)
    if rule.unit == "day_of_month":
        this = _on_day(first, rule.amount)
        return this if this > first else _on_day(add_months(first.replace(day=1), 1), rule.amount)
    return first + timedelta(days=rule.amount)


def _backward(rule: Rule, occasion: date, calendar: Calendar) -> date:
    if rule.unit == "workday":
        return calendar.nth_workday(occasion, -rule.amount)
    if rule.unit == "month":
        return add_months(occasion, -rule.amount)
    if rule.unit == "year":
        return add_months(occasion, -rule.amount * 12)
    if rule.unit == "day_of_month":
        this = _on_day(occasion, rule.amount)
        return this if this < occasion else _on_day(add_months(occasion.replace(day=1), -1), rule.amount)
    return occasion - timedelta(days=rule.amount)


def _after(rule: Rule, day: date, more: int, calendar: Calendar) -> date:
    if not more:
        return day
    return calendar.nth_workday(day, more) if rule.unit == "workday" else day + timedelta(days=more)


def add_months(day: date, count: int) -> date:
    """The corresponding day so many months on (or back), else that month's last day."""
    index = day.year * 12 + day.month - 1 + count
    return _on_day(date(index // 12, index % 12 + 1, 1), day.day)


def _on_day(month: date, day: int) -> date:
    return month.replace(day=min(day, months.monthrange(month.year, month.month)[1]))


def _rests_on_provisional(rule: Rule, first: date, unrolled: date, due: date, calendar: Calendar) -> bool:
    """Working days rest on every day counted; other limits on the last day and what it rolls over."""
    if rule.unit == "workday":
        low, high = min(first + ONE_DAY, unrolled), max(first - ONE_DAY, unrolled)
        return any(calendar.is_provisional(day) for day in days_after(low - ONE_DAY, high))
    return any(calendar.is_provisional(day) for day in days_after(unrolled - ONE_DAY, due))


def _days_of(due: Due) -> list[Day]:
    if due.due_at is not None:
        return _hours_of(due, due.due_at)
    if due.rule.direction == "backward":
        return _days_backward(due)
    days = [Day(due.start, False, "起算当日，不计入")]
    number = 0
    plain = due.rule.amount if due.rule.unit in {"day", "workday"} else None
    in_workdays = due.rule.unit == "workday"
    main = due.unrolled if not (due.extend or due.paused) else _forward(due.rule, due.start, due.calendar)
    for day in days_after(due.start, due.unrolled):
        kind = due.calendar.kind_of_day(day)
        if in_workdays and not due.calendar.is_workday(day):
            days.append(Day(day, False, f"{kind}，不是工作日，不计入"))
            continue
        number += 1
        is_main = day <= main
        if is_main:
            main_count = number
        reason = _numbered(number, in_workdays, kind) if is_main else _beyond(number - main_count, due, kind)
        if day == main and plain is None:
            reason += f"，{due.rule.length}期满"
        if day == due.unrolled:
            reason += "，到期" if day == due.due else "，遇休息日顺延"
        days.append(Day(day, True, reason))
    for day in days_after(due.unrolled, due.due):
        kind = due.calendar.kind_of_day(day)
        is_last = day == due.due
        days.append(Day(day, False, f"休假后第一个工作日（{kind}），到期" if is_last else f"{kind}，顺延"))
    return days


def _numbered(number: int, in_workdays: bool, kind: str) -> str:
    return f"第{number}个工作日（{kind}）" if in_workdays else f"第{number}日（{kind}）"


def _beyond(number: int, due: Due, kind: str) -> str:
    """A day past the plain length: first the days of a pause are made good, then the extension runs."""
    unit = "个工作日" if due.rule.unit == "workday" else "日"
    if number <= due.paused:
        return f"补回中止期间第{number}{unit}（{kind}）"
    return f"延长期限第{number - due.paused}{unit}（{kind}）"


def _days_backward(due: Due) -> list[Day]:
    days = [Day(due.start, False, "节点当日，不计入")]
    in_workdays = due.rule.unit == "workday"
    number, day = 0, due.start
    while day > due.due:
        day -= ONE_DAY
        kind = due.calendar.kind_of_day(day)
        if in_workdays and not due.calendar.is_workday(day):
            days.append(Day(day, False, f"{kind}，不是工作日，不计入"))
            continue
        number += 1
        reason = f"倒数{_numbered(number, in_workdays, kind)}"
        days.append(Day(day, True, f"{reason}，最迟在这一天" if day == due.due else reason))
    return days[::-1]


def _hours_of(due: Due, due_at: datetime) -> list[Day]:
    low, high = sorted((due.start, due.due))
    reason = f"按钟点计算，{due_at:%H:%M} 到期"
    return [Day(day, True, reason if day == due.due else "按钟点连续计算") for day in days_after(low - ONE_DAY, high)]
