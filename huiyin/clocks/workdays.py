"""Which days are worked: weekends, the State Council's days off, and its make-up workdays. Pure: no files, no settings.

A year without a published arrangement is provisional: its days off come from `guess` (the festivals by law, without
exchanged days), and every answer that touches it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
# The arrangement for New Year is part of next year's notice and may change the last week of December
# (2022-12-31 was given by the notice for 2023).
LAST_WEEK_OF_DECEMBER = 24


@dataclass(frozen=True)
class Year:
    """One published year: day → name of the festival, and the notice it was published in."""

    year: int
    off: Mapping[date, str]
    made_up: Mapping[date, str]
    papers: tuple[str, ...] = ()


def no_guess(year: int) -> Mapping[date, str]:
    """Nothing is known of an unpublished year but its weekends."""
    return {}


class Calendar:
    """Working days of the enterprise, in its one time zone. Immutable once made; cheap to ask."""

    def __init__(
        self,
        years: Mapping[int, Year],
        *,
        zone: tzinfo,
        guess: Callable[[int], Mapping[date, str]] = no_guess,
    ) -> None:
        self.years = dict(years)
        self.zone = zone
        self._guess = guess
        self._guesses: dict[int, Mapping[date, str]] = {}

    @cached_property
    def _off(self) -> dict[date, str]:
        return {day: name for year in self.years.values() for day, name in year.off.items()}

    @cached_property
    def _made_up(self) -> dict[date, str]:
        return {day: name for year in self.years.values() for day, name in year.made_up.items()}

    def local_date(self, moment: date | datetime) -> date:
        """The day a moment falls on in the enterprise's time zone. A datetime without zone is taken as local."""
        return self.local_time(moment).date() if isinstance(moment, datetime) else moment

    def local_time(self, moment: datetime) -> datetime:
        """The moment in the enterprise's time zone. A datetime without zone is taken as local."""
        return moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment.astimezone(self.zone)

    def is_provisional(self, day: date) -> bool:
        """Whether the arrangement of this day isn't published yet."""
        if day.year not in self.years:
            return True
        is_late = day.month == 12 and day.day >= LAST_WEEK_OF_DECEMBER
        return is_late and day.year + 1 not in self.years

    def festival(self, day: date) -> str:
        """The name of the festival for which this day is off, or ''."""
        if day in self._off:
            return self._off[day]
        if day.year in self.years:
            return ""
        if day.year not in self._guesses:
            self._guesses[day.year] = self._guess(day.year)
        return self._guesses[day.year].get(day, "")

    def is_made_up(self, day: date) -> bool:
        """Whether this Saturday or Sunday is worked in exchange for a day of a festival (调休上班)."""
        return day in self._made_up

    def is_workday(self, day: date) -> bool:
        if day in self._made_up:
            return True
        return day.weekday() < 5 and not self.festival(day)

    def next_workday(self, day: date) -> date:
        """The first working day on or after `day`."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def last_workday(self, day: date) -> date:
        """The last working day on or before `day`."""
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def nth_workday(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative); `day` itself isn't counted."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def workdays_until(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; 0 if `end` isn't later."""
        return sum(1 for day in days_after(start, end) if self.is_workday(day))

    def kind_of_day(self, day: date) -> str:
        """What the day is, in words: 周三 · 调休上班 · 国庆节休假 · 周六."""
        if day in self._made_up:
            return f"{WEEKDAYS[day.weekday()]}，调休上班"
        if name := self.festival(day):
            return f"{name}休假"
        return WEEKDAYS[day.weekday()]

    def source_of(self, first: date, last: date) -> str:
        """Which published notices the days from `first` to `last` rest on, in words."""
        parts = []
        for year in range(first.year, last.year + 1):
            if year in self.years:
                papers = "、".join(self.years[year].papers)
                parts.append(f"{year}年：国务院办公厅放假安排" + (f"（{papers}）" if papers else ""))
            else:
                parts.append(f"{year}年：放假安排尚未公布，暂按法定节日推算")
        return "；".join(parts)


def days_after(start: date, end: date) -> Iterator[date]:
    """Each day after `start` up to and including `end`."""
    day = start
    while day < end:
        day += ONE_DAY
        yield day
