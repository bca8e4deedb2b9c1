"""The published years as JSON: 2020-2026 ship with the product, later ones are added by the operator.

The form is that of the public collection holiday-cn: `year`, `papers` (addresses of the notices), `days` with
`name`, `date` and `isOffDay` (true: off, false: a weekend day that is worked).
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from huiyin.clocks.workdays import Calendar, Year

SHIPPED = Path(__file__).parent / "calendar"
log = logging.getLogger(__name__)


class BadCalendar(SystemExit):
    """A calendar file that can't be trusted stops the start: which file, where, why, and what to do."""

    def __init__(self, path: Path, where: str, reason: str) -> None:
        self.path, self.where, self.reason = path, where, reason
        super().__init__(f"huiyin: {path}, {where}: {reason} Correct the file, or put the published one in its place.")


def read_year(path: Path) -> Year:
    """Read and check one year. Raises BadCalendar with file, line or field, and reason."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise BadCalendar(path, f"line {error.lineno}", f"this is not JSON ({error.msg}).") from None
    except UnicodeDecodeError as error:
        raise BadCalendar(path, f"byte {error.start}", "the text is not UTF-8.") from None
    except OSError as error:
        raise BadCalendar(path, "the file", f"it can't be read ({error.strerror}).") from None
    if not isinstance(content, dict):
        raise BadCalendar(path, "line 1", "the file must hold one object with year, papers and days.")
    year = content.get("year")
    if type(year) is not int or not 1949 <= year <= 2200:
        raise BadCalendar(path, "field year", f"it must be the year as a number, not {year!r}.")
    if path.stem != str(year):
        raise BadCalendar(path, "field year", f"it says {year}, so the file must be called {year}.json.")
    papers = content.get("papers", [])
    if not isinstance(papers, list) or not all(isinstance(paper, str) for paper in papers):
        raise BadCalendar(path, "field papers", "it must be a list of addresses of the notice.")
    days = content.get("days")
    if not isinstance(days, list) or not days:
        raise BadCalendar(path, "field days", "it must list the days off; an unpublished year has no file.")
    off: dict[date, str] = {}
    made_up: dict[date, str] = {}
    seen: set[date] = set()
    for index, entry in enumerate(days):
        day, name, is_off = _read_day(path, f"field days[{index}]", entry, year)
        if day in seen:
            raise BadCalendar(path, f"field days[{index}].date", f"{day} is listed twice.")
        seen.add(day)
        if is_off:
            off[day] = name
        elif day.weekday() >= 5:  # a weekday said to be worked (2020-02-03) is worked anyway, not made up
            made_up[day] = name
    return Year(year=year, off=off, made_up=made_up, papers=tuple(papers))


def _read_day(path: Path, where: str, entry: Any, year: int) -> tuple[date, str, bool]:
    if not isinstance(entry, dict):
        raise BadCalendar(path, where, "it must be an object with name, date and isOffDay.")
    name, text, is_off = entry.get("name"), entry.get("date"), entry.get("isOffDay")
    if not isinstance(name, str) or not name.strip():
        raise BadCalendar(path, f"{where}.name", "the name of the festival is missing.")
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None:
        raise BadCalendar(path, f"{where}.date", f"{text!r} is not a date like {year}-10-01.")
    is_around_new_year = (day.year == year - 1 and day.month == 12) or (day.year == year + 1 and day.month == 1)
    if day.year != year and not is_around_new_year:
        raise BadCalendar(path, f"{where}.date", f"{day} does not belong to {year}.")
    if not isinstance(is_off, bool):
        raise BadCalendar(path, f"{where}.isOffDay", f"it must be true or false, not {is_off!r}.")
    return day, name, is_off


def read_folder(folder: Path) -> dict[int, Year]:
    """All years of a folder; no folder, no years."""
    if not folder.is_dir():
        return {}
    return {year.year: year for year in map(read_year, sorted(folder.glob("*.json")))}


def festivals_by_law(year: int) -> Mapping[date, str]:
    """The festivals of an unpublished year as the law names them, without exchanged days: good for a provisional date."""
    import holidays  # heavy, and needed only when a date falls into an unpublished year

    return {
        day: name.split("（")[0] for day, name in holidays.country_holidays("CN", years=year, language="zh_CN").items()
    }


@dataclass
class _Loaded:
    calendar: Calendar
    stamp: tuple[str, int, str]


_loaded: _Loaded | None = None


def _stamp() -> tuple[str, int, str]:
    """Changes when a year is added, in whatever process; one stat call."""
    folder = Path(settings.CALENDAR_DIR)
    try:
        changed = os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return str(folder), changed, settings.TIME_ZONE


def load(folder: Path, zone: str) -> Calendar:
    """The shipped years, replaced and continued by those of `folder`. Raises BadCalendar."""
    return Calendar(read_folder(SHIPPED) | read_folder(folder), zone=ZoneInfo(zone), guess=festivals_by_law)


def current() -> Calendar:
    """The calendar in force. A year added meanwhile is taken up; if that file is damaged, the last good calendar stays."""
    global _loaded
    stamp = _stamp()
    if _loaded is None:
        _loaded = _Loaded(load(Path(settings.CALENDAR_DIR), settings.TIME_ZONE), stamp)
    elif _loaded.stamp != stamp:
        try:
            calendar = load(Path(settings.CALENDAR_DIR), settings.TIME_ZONE)
        except BadCalendar as error:
            if _loaded.stamp[0] != stamp[0]:
                raise
            log.error("The calendar was not reloaded: %s", error)
            calendar = _loaded.calendar
        _loaded = _Loaded(calendar, stamp)
    return _loaded.calendar


def add_year(path: Path) -> Year:
    """Check a published year and put it into CALENDAR_DIR in one move. Raises BadCalendar and then changes nothing.

    Clocks that were provisional are recounted by `running.recount`.
    """
    year = read_year(path)
    folder = Path(settings.CALENDAR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=folder, prefix=".", suffix=".part", delete=False) as copy:
        copy.write(path.read_bytes())
        copy.flush()
        os.fsync(copy.fileno())
    os.replace(copy.name, folder / f"{year.year}.json")
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return year
