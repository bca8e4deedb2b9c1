"""Clocks that run: started and stopped by acts, inside the act's transaction.

Nothing here writes events: the act that turns a clock puts `sets(clocks)` into its own event. The one exception is
`recount`, which is an act of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.clocks import calendars, policy, policy_file
from huiyin.clocks.counting import Due, count
from huiyin.clocks.models import Clock, PolicyText
from huiyin.clocks.rules import Rule
from huiyin.clocks.workdays import Calendar
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org.models import Unit
from huiyin.trail import events
from huiyin.trail.canonical import Plain, plain
from huiyin.trail.models import Subject

DECLARED = (
    "rule",
    "whose",
    "place",
    "policy_id",
    "started_at",
    "due_on",
    "due_at",
    "unrolled_on",
    "internal_on",
    "is_provisional",
    "counted_on",
    "extended_days",
    "paused_at",
    "paused_days",
    "set_days",
    "stopped_at",
)


def start(
    subject: Subject,
    rules: Iterable[str],
    at: datetime,
    *,
    text: PolicyText | None = None,
    whose: int | None = None,
    unit: Unit | None = None,
    set_days: int | None = None,
) -> list[Clock]:
    """Start a clock for each rule, counted from `at`. One insert, no query. `whose` and `set_days` as on Clock.

    `unit`: whose limits count, where the policy has shorter ones for places.
    `text` is the policy version under which the case began; without it, or where it did not have the rule yet, the one
    in force. Raises Invalid for an unknown rule; a rule that already runs on the subject is refused by the database.
    """
    began = text or policy.stored()
    calendar = calendars.current()
    clocks = []
    for rule_id in rules:
        row = began if rule_id in policy.of(began.pk).rules else policy.stored()
        limits = policy.of(row.pk)
        place = policy.place_of(unit, limits)
        clock = Clock(
            subject=subject, rule=rule_id, whose=whose, place=place, policy=row, started_at=at, set_days=set_days
        )
        _set_due(clock, count(limits.rule(rule_id, place).of_length(set_days), at, calendar))
        clocks.append(clock)
    return Clock.objects.bulk_create(clocks)


def stop(clocks: Iterable[Clock], at: datetime) -> list[Clock]:
    """Stop those that still run; returns them. One update."""
    turned = [clock for clock in clocks if clock.stopped_at is None]
    if turned:
        Clock.objects.filter(pk__in=[clock.pk for clock in turned], stopped_at__isnull=True).update(stopped_at=at)
        for clock in turned:
            clock.stopped_at = at
    return turned


def extend(clock: Clock, days: int, *, at: datetime | None = None) -> Clock:
    """Extend a running clock, counted from its unrolled last day, then rolled (《信访工作条例》第三十四条 for `decision`).

    `at`: when it was approved; after the due date it is too late. Raises Refused for a clock that is stopped,
    missed, already extended or can't be, Invalid for more days than the rule allows. One update.
    """
    rule = rule_of(clock)
    if rule.extension is None:
        raise Refused("not_extendable", _("“%(title)s”的期限不能延长。") % {"title": rule.title})
    if clock.stopped_at is not None:
        raise Refused("clock_stopped", _("“%(title)s”的期限已经结束，不需要延长。") % {"title": rule.title})
    if at is not None and calendars.current().local_date(at) > clock.due_on:
        raise Refused(
            "extension_too_late",
            _("期限已于%(due)s届满，届满后不能再延长。请尽快办结并说明情况。") % {"due": clock.due_on},
        )
    most = rule.extension.max_days
    if clock.extended_days and (rule.extension.times == 1 or clock.extended_days >= most * rule.extension.times):
        raise Refused("extended_already", _("这项期限已经延长过，不能再次延长。"))
    if not 1 <= days <= most:
        raise Invalid("extension_too_long", _("延长天数应在1至%(most)d天之间。") % {"most": most}, field="days")
    clock.extended_days += days
    return _recount_and_save(clock, rule)


def pause(clock: Clock, at: datetime) -> Clock:
    """Stop counting for a while (a hearing, 第三十六条). Raises Refused where the rule has no pause, or doesn't run."""
    rule = rule_of(clock)
    if not rule.pause:
        raise Refused("not_pausable", _("“%(title)s”的期限不能中止计算。") % {"title": rule.title})
    if clock.stopped_at is not None or clock.paused_at is not None:
        raise Refused("not_running", _("这项期限现在没有在计算。请刷新页面查看最新情况。"))
    clock.paused_at = at
    clock.save(update_fields=["paused_at"])
    return clock


def resume(clock: Clock, at: datetime) -> Clock:
    """Count on: the due date moves by the days of the pause, in the rule's own unit. Raises Refused if not paused."""
    if clock.paused_at is None or clock.stopped_at is not None:
        raise Refused("not_paused", _("这项期限没有中止，不需要恢复。"))
    if at < clock.paused_at:
        raise Invalid("resumed_before_pause", _("恢复时间不能早于中止时间。"), field="at")
    rule, calendar = rule_of(clock), calendars.current()
    first, last = calendar.local_date(clock.paused_at), calendar.local_date(at)
    clock.paused_days += calendar.workdays_until(first, last) if rule.unit == "workday" else (last - first).days
    clock.paused_at = None
    return _recount_and_save(clock, rule)


def running(subject: Subject) -> list[Clock]:
    """The clocks of a subject that run (or pause), the next due first."""
    return list(Clock.objects.filter(subject=subject, stopped_at__isnull=True).order_by("due_on", "id"))


def numbered(subject_id: int) -> dict[int, Clock]:
    """Every clock a subject ever had, numbered from 1 in the order they began. Addresses carry this number: a database
    id in an address would tell how many limits, and so how many cases, came between. One statement."""
    return dict(enumerate(Clock.objects.filter(subject=subject_id).order_by("pk"), start=1))


def rule_of(clock: Clock) -> Rule:
    """The rule of a clock, in the version under which it began, with the length that was set for this one."""
    return policy.of(clock.policy_id).rule(clock.rule, clock.place).of_length(clock.set_days)


def due_of(clock: Clock, calendar: Calendar | None = None) -> Due:
    """Count a clock anew from its start, extension and pauses."""
    return count(
        rule_of(clock),
        clock.started_at,
        calendar or calendars.current(),
        extend=clock.extended_days,
        paused=clock.paused_days,
    )


def entity(clock: Clock) -> str:
    """How a clock is called in events."""
    return f"clock:{clock.pk}"


def columns(clock: Clock) -> dict[str, Plain]:
    """A clock's declared columns in the record's spelling, for `sets`."""
    return {("policy" if name == "policy_id" else name): plain(getattr(clock, name)) for name in DECLARED}


def sets(clocks: Iterable[Clock]) -> dict[str, dict[str, Plain]]:
    """The `sets` of an event that turned these clocks."""
    return {entity(clock): columns(clock) for clock in clocks}


def rows(subject_ids: Sequence[int]) -> Iterable[tuple[int, str, Mapping[str, object]]]:
    """How the clocks of these subjects read, for `trail.projections`."""
    for clock in Clock.objects.filter(subject_id__in=subject_ids).order_by("id").iterator():
        yield clock.subject_id, entity(clock), columns(clock)


def recount(
    by: Actor, at: datetime, *, also: Callable[[Clock], Mapping[str, Mapping[str, object]]] | None = None
) -> list[Clock]:
    """After a year's calendar was added or replaced: count every running clock anew; returns those that changed.

    Both dates are kept: the event `clock_recounted` has the earlier and the new one. A last day that the filer was told
    is not moved to an earlier one: that day waits in `counted_on` for a person's word (`settle`), and only the internal
    target moves. A right of the filer (to ask for a review) is never made shorter. `also` lets the owner of the subject
    move what follows from a due date in the same transaction, and gives its `sets`.
    """
    changed = []
    calendar = calendars.current()
    for seen in Clock.objects.filter(stopped_at__isnull=True).order_by("id").iterator():
        if not _differs(seen, due_of(seen, calendar)):
            continue
        with transaction.atomic():
            subject = events.lock(seen.subject_id)
            clock = Clock.objects.filter(pk=seen.pk, stopped_at__isnull=True).first()
            if clock is None or not _differs(clock, due := due_of(clock, calendar)):
                continue
            before = clock.due_on
            if due.due < before and rule_of(clock).is_told:
                _wait(clock, due)
            else:
                _set_due(clock, due)
            clock.save(update_fields=RECOUNTED)
            moved = sets([clock]) | dict(also(clock) if also else {})
            facts = {"rule": clock.rule, "due_before": before, "due_after": clock.due_on}
            if clock.counted_on:
                facts["counted_on"] = clock.counted_on
            events.append(subject, "clock_recounted", by=by, at=at, sets=moved, facts=facts)
            changed.append(clock)
    return changed


def settle(clock: Clock, *, is_taken: bool) -> Clock:
    """A person's word on an earlier last day that a new calendar gave: taken, or the day told stays. One update.

    Raises Refused where nothing waits.
    """
    if clock.counted_on is None or clock.stopped_at is not None:
        raise Refused("nothing_waits", _("这项期限没有等待确认的新日期。请刷新页面查看最新情况。"))
    if is_taken:
        _set_due(clock, due_of(clock))
    clock.counted_on = None
    clock.save(update_fields=RECOUNTED)
    return clock


RECOUNTED = ["due_on", "due_at", "unrolled_on", "internal_on", "is_provisional", "counted_on"]


def _differs(clock: Clock, due: Due) -> bool:
    if due.due < clock.due_on and rule_of(clock).is_told:
        waits = None if policy_file.is_right(clock.rule) else due.due
        return (clock.counted_on, clock.is_provisional) != (waits, due.provisional)
    now = (clock.due_on, clock.unrolled_on, clock.internal_on, clock.is_provisional, clock.counted_on)
    return now != (due.due, due.unrolled, due.internal_target, due.provisional, None)


def _wait(clock: Clock, due: Due) -> None:
    """Keep the day that was told. The office works towards the earlier one meanwhile."""
    clock.is_provisional = due.provisional
    clock.internal_on = due.internal_target
    clock.counted_on = None if policy_file.is_right(clock.rule) else due.due


def _set_due(clock: Clock, due: Due) -> None:
    clock.due_on, clock.due_at = due.due, due.due_at
    clock.unrolled_on, clock.internal_on = due.unrolled, due.internal_target
    clock.is_provisional = due.provisional
    clock.counted_on = None


def _recount_and_save(clock: Clock, rule: Rule) -> Clock:
    due = count(rule, clock.started_at, calendars.current(), extend=clock.extended_days, paused=clock.paused_days)
    _set_due(clock, due)
    clock.save(update_fields=[*RECOUNTED, "extended_days", "paused_at", "paused_days"])
    return clock
