"""Files of published years: what is refused, and how a year is added."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from huiyin.clocks import calendars
from huiyin.clocks.calendars import BadCalendar, read_year

GOOD: dict[str, Any] = {
    "year": 2027,
    "papers": ["https://www.gov.cn/2027"],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-09", "isOffDay": False},
    ],
}


def write(folder: Path, content: object, name: str = "2027.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def day(**changes: object) -> dict[str, Any]:
    return GOOD | {"days": [GOOD["days"][0], GOOD["days"][1] | changes]}


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        ('{"year": 2027,\n "days": [', "line 2", "not JSON"),
        ([], "line 1", "one object"),
        (GOOD | {"year": "2027"}, "field year", "as a number"),
        (GOOD | {"year": 2028}, "field year", "2028.json"),
        (GOOD | {"papers": "x"}, "field papers", "list"),
        (GOOD | {"days": []}, "field days", "unpublished year has no file"),
        (GOOD | {"days": [3]}, "field days[0]", "object"),
        (day(name=" "), "field days[1].name", "missing"),
        (day(date="2027-02-30"), "field days[1].date", "not a date"),
        (day(date=20270201), "field days[1].date", "not a date"),
        (day(date="2028-05-01"), "field days[1].date", "does not belong"),
        (day(date="2027-01-01"), "field days[1].date", "twice"),
        (day(isOffDay="true"), "field days[1].isOffDay", "true or false"),
    ],
)
def test_a_damaged_year_is_refused_with_file_place_and_reason(
    tmp_path: Path, content: object, where: str, reason: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(BadCalendar) as refused:
        read_year(path)
    sentence = str(refused.value)
    assert str(path) in sentence
    assert f"{where}:" in sentence
    assert reason in sentence
    assert isinstance(refused.value, SystemExit)


def test_a_good_year_is_read(tmp_path: Path) -> None:
    year = read_year(write(tmp_path, GOOD))
    assert year.off[date(2026, 12, 31)] == "元旦"
    assert list(year.made_up) == [date(2027, 1, 9)]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "2027.json"
    path.write_bytes(b'{"year": "\xff"}')
    with pytest.raises(BadCalendar, match="UTF-8"):
        read_year(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCalendar, match="can't be read"):
        read_year(tmp_path / "2027.json")


def test_an_added_year_is_taken_up_and_no_longer_provisional(tmp_path: Path, settings: Settings) -> None:
    settings.CALENDAR_DIR = tmp_path / "calendar"
    assert calendars.current().is_provisional(date(2027, 1, 9))
    calendars.add_year(write(tmp_path, GOOD))
    calendar = calendars.current()
    assert not calendar.is_provisional(date(2027, 1, 9))
    assert not calendar.is_provisional(date(2026, 12, 31))
    assert calendar.is_workday(date(2027, 1, 9))
    assert not calendar.is_workday(date(2026, 12, 31))
    assert [path.name for path in settings.CALENDAR_DIR.iterdir()] == ["2027.json"]


def test_a_bad_year_is_not_added(tmp_path: Path, settings: Settings) -> None:
    settings.CALENDAR_DIR = tmp_path / "calendar"
    with pytest.raises(BadCalendar):
        calendars.add_year(write(tmp_path, day(name="")))
    assert not settings.CALENDAR_DIR.exists()


def test_a_damaged_file_stops_the_start(tmp_path: Path) -> None:
    write(tmp_path, "{")
    with pytest.raises(BadCalendar):
        calendars.load(tmp_path, "Asia/Shanghai")


def test_a_file_damaged_while_running_leaves_the_last_good_calendar(tmp_path: Path, settings: Settings) -> None:
    settings.CALENDAR_DIR = tmp_path / "calendar"
    calendars.add_year(write(tmp_path, GOOD))
    good = calendars.current()
    write(settings.CALENDAR_DIR, "{", "2028.json")
    assert calendars.current() is good
