"""Warnings at 50, 75 and 90 % of a limit and when it is missed. Raised by the minute tick, once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time
from time import sleep

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from huiyin.clocks import calendars, running
from huiyin.clocks.models import Clock, Warning
from huiyin.clocks.rules import Rule
from huiyin.clocks.workdays import ONE_DAY, Calendar

BATCH = 2000
# After an outage thousands are due at once: short transactions with a pause let filings in between (SQLite has one writer).
WRITTEN_AT_ONCE = 50
PAUSE = 0.02  # seconds
MISSED = 100


def gone(clock: Clock, now: datetime, calendar: Calendar) -> int:
    """Per cent of the time that has gone, 0 to 100; 100 only after the last day's midnight (or the minute due)."""
    end = clock.due_at or datetime.combine(clock.due_on + ONE_DAY, time(), calendar.zone)
    if now >= end:
        return MISSED
    whole = (end - clock.started_at).total_seconds()
    return max(0, min(MISSED - 1, int((now - clock.started_at).total_seconds() * 100 / whole)))


def reached(rule: Rule, percent: int) -> list[int]:
    """The steps of a rule that are reached and have somebody to be told."""
    steps = [step for step in (*rule.warn_at, MISSED) if step <= percent]
    return [step for step in steps if rule.roles_at(step)]


def raise_due(now: datetime, *, tell: Callable[[Clock, int], None] | None = None) -> list[tuple[Clock, int]]:
    """Write every warning that is due and not yet raised. Returns clock and per cent, the highest alone for each clock.

    Safe to run twice, and twice at once: each warning is returned by one call. `tell` is called for each in the
    transaction that writes it, so that no warning counts as raised without its notices; whom to tell says
    `running.rule_of(clock).roles_at(percent)`; 100 is 'missed'. Reading locks nothing: one query for each 2,000
    running clocks, and four statements for each 50 with news.
    """
    calendar = calendars.current()
    found: list[tuple[Clock, int]] = []
    for batch in _batches(now):
        waiting = {}
        for clock, raised in batch:
            steps = reached(running.rule_of(clock), gone(clock, now, calendar))
            if steps and steps[-1] > raised:
                waiting[clock.pk] = (clock, steps)
        pks = sorted(waiting)
        for first in range(0, len(pks), WRITTEN_AT_ONCE):
            with transaction.atomic():
                news = _write({pk: waiting[pk] for pk in pks[first : first + WRITTEN_AT_ONCE]}, now)
                for clock, percent in news:
                    if tell:
                        tell(clock, percent)
            found += news
            sleep(PAUSE)
    return found


def _batches(now: datetime) -> Iterator[list[tuple[Clock, int]]]:
    """Running clocks in the order of the index over running ones, each with the highest per cent already raised."""
    clocks = Clock.objects.filter(stopped_at__isnull=True, paused_at__isnull=True, started_at__lt=now)
    highest = Warning.objects.filter(clock=OuterRef("pk")).order_by("-percent").values("percent")[:1]
    clocks = clocks.annotate(raised=Coalesce(Subquery(highest), 0)).order_by("due_on", "pk")
    page = clocks
    while batch := list(page[:BATCH]):
        yield [(clock, clock.raised) for clock in batch]
        if len(batch) < BATCH:
            return
        last = batch[-1]
        page = clocks.filter(Q(due_on__gt=last.due_on) | Q(due_on=last.due_on, pk__gt=last.pk))


def _write(waiting: dict[int, tuple[Clock, list[int]]], now: datetime) -> list[tuple[Clock, int]]:
    """Lock the clocks, look again at what was raised meanwhile, and write the rest."""
    # A second tick may have been faster between our reading and this lock: only a look after the lock can tell.
    clocks = Clock.objects.select_for_update(skip_locked=True).filter(pk__in=waiting, stopped_at__isnull=True)
    locked = list(clocks.order_by("pk").values_list("pk", flat=True))
    raised = set(Warning.objects.filter(clock_id__in=locked).values_list("clock_id", "percent"))
    rows, news = [], []
    for pk in locked:
        clock, steps = waiting[pk]
        fresh = [step for step in steps if (pk, step) not in raised]
        rows += [Warning(clock_id=pk, percent=step, raised_at=now) for step in fresh]
        if fresh and fresh[-1] == steps[-1]:
            news.append((clock, fresh[-1]))
    Warning.objects.bulk_create(rows)
    return news
