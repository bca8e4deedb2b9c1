"""A calendar published or changed later: what was told to a filer never moves to an earlier day without a person's word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from huiyin.clocks import calendars, running
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import System
from huiyin.kernel.errors import Refused
from huiyin.trail import events
from huiyin.trail.models import Event

pytestmark = pytest.mark.django_db
BY = System("test")
AT = datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
# Counted with the festivals by law alone, 15 days from 2027-01-18 end on 02-02; from 01-22 on Saturday 02-06, the
# Spring Festival's first guess, rolled past it.
START = datetime(2027, 1, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def own_calendars(tmp_path: Path, settings: Settings) -> None:
    settings.CALENDAR_DIR = tmp_path / "calendar"


def publish(tmp_path: Path, days: Mapping[str, bool]) -> None:
    file = tmp_path / "2027.json"
    listed = [{"name": "春节", "date": day, "isOffDay": is_off} for day, is_off in days.items()]
    file.write_text(json.dumps({"year": 2027, "papers": [], "days": listed}), "utf-8")
    calendars.add_year(file)


def started(rule: str) -> Clock:
    with transaction.atomic():
        subject = events.new_subject("case")
    [clock] = running.start(subject, [rule], START)
    return clock


def facts() -> dict[str, object]:
    body = json.loads(bytes(Event.objects.filter(act="clock_recounted").latest("pk").canonical))
    return dict(body["facts"])


def test_a_later_day_is_taken_at_once(tmp_path: Path) -> None:
    clock = started("notice")
    before = clock.due_on
    publish(tmp_path, {f"2027-02-{day:02}": True for day in range(6, 20)})
    [changed] = running.recount(BY, AT)
    assert (changed.due_on, changed.counted_on, changed.is_provisional) == (date(2027, 2, 22), None, False)
    assert facts() == {"rule": "notice", "due_before": before.isoformat(), "due_after": "2027-02-22"}


def test_an_earlier_day_waits_and_only_the_internal_target_moves(tmp_path: Path) -> None:
    clock = started("notice")
    told = clock.due_on
    assert told > date(2027, 2, 7)
    publish(tmp_path, {"2027-02-06": False, "2027-02-10": True})  # the sixth is worked: 15 days end there
    [changed] = running.recount(BY, AT)
    assert (changed.due_on, changed.counted_on) == (told, date(2027, 2, 6))
    assert changed.internal_on == date(2027, 2, 6)
    assert facts()["counted_on"] == "2027-02-06"
    assert facts()["due_after"] == told.isoformat()
    assert running.recount(BY, AT) == []  # asked once


@pytest.mark.parametrize(("is_taken", "due"), [(True, date(2027, 2, 6)), (False, None)])
def test_a_person_says_which_day_holds(tmp_path: Path, is_taken: bool, due: date | None) -> None:
    clock = started("notice")
    told = clock.due_on
    publish(tmp_path, {"2027-02-06": False, "2027-02-10": True})
    [changed] = running.recount(BY, AT)
    settled = running.settle(changed, is_taken=is_taken)
    settled.refresh_from_db()
    assert (settled.due_on, settled.counted_on) == (due or told, None)
    with pytest.raises(Refused):
        running.settle(settled, is_taken=is_taken)


def test_the_filer_s_own_time_to_ask_is_never_shortened_nor_asked_about(tmp_path: Path) -> None:
    with transaction.atomic():
        subject = events.new_subject("case")
    [clock] = running.start(subject, ["ask_review"], datetime(2027, 1, 7, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    told = clock.due_on
    assert told > date(2027, 2, 6)
    publish(tmp_path, {"2027-02-06": False, "2027-02-10": True})
    [changed] = running.recount(BY, AT)
    assert (changed.due_on, changed.counted_on, changed.is_provisional) == (told, None, False)


def test_what_nobody_was_told_moves_at_once(tmp_path: Path) -> None:
    with transaction.atomic():
        subject = events.new_subject("case")
    [clock] = running.start(subject, ["take_in"], datetime(2027, 2, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    publish(tmp_path, {"2027-02-06": False, "2027-02-07": False})
    [changed] = running.recount(BY, AT)
    assert changed.due_on == date(2027, 2, 7) < clock.due_on
    assert changed.counted_on is None


def test_a_year_published_anew_counts_what_was_certain_too(tmp_path: Path) -> None:
    publish(tmp_path, {"2027-02-06": False, "2027-02-10": True})
    clock = started("notice")
    assert (clock.due_on, clock.is_provisional) == (date(2027, 2, 6), False)
    publish(tmp_path, {f"2027-02-{day:02}": True for day in range(6, 20)})
    [changed] = running.recount(BY, AT)
    assert changed.due_on == date(2027, 2, 22)


def test_a_stopped_clock_keeps_its_day(tmp_path: Path) -> None:
    running.stop([started("notice")], AT)
    publish(tmp_path, {f"2027-02-{day:02}": True for day in range(6, 20)})
    assert running.recount(BY, AT) == []
