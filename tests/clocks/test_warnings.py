"""Warnings: once each, in order, to nobody twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from huiyin.clocks import running, warnings
from huiyin.clocks.models import Clock, Warning
from huiyin.trail import events
from huiyin.trail.models import Subject
from tests.clocks.rule_samples import CALENDAR

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 8, 3, 0, 0, tzinfo=HERE)  # decision: due 2026-10-08, 67 days to its midnight


@pytest.fixture
def subject() -> Subject:
    with transaction.atomic():
        return events.new_subject("case")


@pytest.fixture
def decision(subject: Subject) -> Clock:
    [clock] = running.start(subject, ["decision"], START)
    return clock


def raised(day: float) -> list[int]:
    return [percent for _clock, percent in warnings.raise_due(START + timedelta(days=day))]


def test_each_step_is_raised_once(decision: Clock) -> None:
    assert raised(33) == []
    assert raised(34) == [50]
    assert raised(34) == []
    assert raised(51) == [75]
    assert raised(61) == [90]
    assert raised(66.99) == []  # the last day until midnight
    assert raised(67) == [100]
    assert raised(90) == []
    assert list(Warning.objects.order_by("percent").values_list("percent", flat=True)) == [50, 75, 90, 100]


def test_after_a_long_stop_only_the_highest_is_told_but_all_are_kept(decision: Clock) -> None:
    assert raised(62) == [90]
    assert Warning.objects.count() == 3


def test_a_stopped_or_paused_clock_warns_nobody(subject: Subject, decision: Clock) -> None:
    running.stop([decision], START + timedelta(days=10))
    [contact] = running.start(subject, ["first_contact"], START)
    Clock.objects.filter(pk=contact.pk).update(paused_at=START)
    assert raised(80) == []


def test_a_mark_without_anybody_to_tell_is_silent_and_one_with_tells_when_it_passes(subject: Subject) -> None:
    running.start(subject, ["ask_review", "backlog"], START)
    assert [(clock.rule, percent) for clock, percent in warnings.raise_due(START + timedelta(days=100))] == [
        ("backlog", 100)
    ]


def test_notices_are_written_with_the_warning_or_not_at_all(decision: Clock) -> None:
    def fails(clock: Clock, percent: int) -> None:
        raise RuntimeError("the outbox is full")

    with pytest.raises(RuntimeError):
        warnings.raise_due(START + timedelta(days=40), tell=fails)
    assert not Warning.objects.exists()
    told: list[int] = []
    warnings.raise_due(START + timedelta(days=40), tell=lambda clock, percent: told.append(percent))
    assert told == [50]


def test_a_second_tick_that_read_before_the_first_wrote_raises_nothing(decision: Clock) -> None:
    waiting = {decision.pk: (decision, [50])}
    with transaction.atomic():
        assert warnings._write(dict(waiting), START) == [(decision, 50)]
        assert warnings._write(dict(waiting), START) == []


def test_minutes_warn_by_the_minute(subject: Subject, decision: Clock) -> None:
    decision.due_at = START + timedelta(minutes=30)
    assert [warnings.gone(decision, START + timedelta(minutes=minute), CALENDAR) for minute in (0, 15, 29, 30)] == [
        0, 50, 96, 100,
    ]  # fmt: skip


def test_reading_is_one_query_and_does_not_grow(
    decision: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        with transaction.atomic():
            running.start(events.new_subject("case"), ["decision", "notice"], START)
    with django_assert_num_queries(1):
        assert raised(1) == []


def test_batches_cover_every_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "BATCH", 2)
    for day in (0, 0, 0, 1, 1):
        with transaction.atomic():
            running.start(events.new_subject("case"), ["decision"], START + timedelta(days=day))
    assert len(raised(90)) == 5
