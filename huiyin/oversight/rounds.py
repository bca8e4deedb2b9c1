"""What the minute tick does: propose what triggers found, issue what waited too long, carry upward what nobody answered.

Safe to run twice, and twice at once: a proposal is unique, every act looks again at the state it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime

from huiyin.cases import reminders
from huiyin.cases.models.case import OPEN
from huiyin.clocks.models import Clock
from huiyin.clocks.running import rule_of
from huiyin.clocks.warnings import MISSED
from huiyin.kernel.actors import System
from huiyin.kernel.errors import Refused
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission, Role
from huiyin.oversight import ladder, supervision, triggers
from huiyin.oversight.answering import RULES
from huiyin.oversight.models import State, Supervision
from huiyin.trail.moments import server_now

AT_ONCE = 100
TICK = System("tick")


def look(now: datetime) -> int:
    """Propose, issue and carry upward what is due; how many things were done."""
    return propose(now) + issue_by_itself(now) + carry_upward(now)


def propose(now: datetime) -> int:
    """A proposal for everything the triggers find now."""
    done = 0
    for found in list(triggers.due(now)):
        try:
            with transaction.atomic():
                supervision.propose(found, at=now)
        except IntegrityError:  # another tick was faster
            continue
        done += 1
    return done


def issue_by_itself(now: datetime) -> int:
    """Demand what lay undecided for the days that its trigger says; the case must still be open."""
    done = 0
    for trigger in triggers.triggers().values():
        if trigger.issues_itself_after is None:
            continue
        waiting = Supervision.objects.filter(
            state=State.PROPOSED, trigger=trigger.code, case__stage__in=OPEN, case__is_sealed=False,
            proposed_at__lte=now - timedelta(days=trigger.issues_itself_after),
        )  # fmt: skip
        for row in _whole(waiting):
            if _is_mended(row):
                continue
            done += _try(supervision.issue, row, now)
    return done


def carry_upward(now: datetime) -> int:
    """Everything unanswered past its limit goes one up; what stalled goes on once somebody holds a post above."""
    on = localtime(now).date()
    asked = Supervision.objects.filter(state=State.ASKED, case__is_sealed=False)
    late = list(_whole(asked.filter(is_stalled=False, clock__due_on__lt=on).order_by("clock__due_on", "pk")))
    stalled = [row for row in _whole(asked.filter(is_stalled=True)) if not supervision.next_hands(row, on).is_top]
    return sum(_try(supervision.escalate, row, now) for row in [*late, *stalled])


def tell(clock: Clock, percent: int) -> None:
    """For `warnings.raise_due`: whom a warning about any clock tells. The limits of an answer are ours, the rest the
    case's. Never a word about the sealed lane."""
    kind = next((kind for kind, rule in RULES.items() if rule == clock.rule), None)
    if kind is None:
        reminders.tell(clock, percent)
        return
    row = kind._default_manager.filter(subject=clock.subject_id).select_related("unit", "subject").first()
    case = row.case_or_none if row else None
    if row is None or row.state != State.ASKED or (case and case.is_sealed):
        return
    roles = set(rule_of(clock).roles_at(percent))
    people = _people(row.unit, roles, case.office if case else None)
    facts: dict[str, str | int] = {"step": clock.rule, "due_on": clock.due_on.isoformat()}
    facts |= {"reference": case.reference} if case else {}
    if percent < MISSED:
        facts["percent"] = percent
    code = "clock_missed" if percent >= MISSED else "clock_warning"
    outbox.put(case.subject if case else row.subject, people, code, facts, server_now())


def _people(unit: Unit, roles: set[str], office: Unit | None) -> Iterable[int]:
    on = structure.current_day()
    units = [found.pk for found in structure.ancestors(unit)]
    held = structure.held_on(on).filter(user__is_active=True, role__in=roles)
    own = held.filter(unit=unit).exclude(role=Role.DEPUTY).values_list("user_id", flat=True)
    area = held.filter(role=Role.DEPUTY, area__units__in=units).values_list("user_id", flat=True)
    people = {*own, *area}
    if Role.OFFICER in roles:
        where = office or structure.office_for(unit)
        people |= {user.pk for user in structure.holders(Permission.SUPERVISE, where, on)}
    return sorted(people) or ladder.next_above(unit, on).people


def _whole(rows: QuerySet[Supervision]) -> QuerySet[Supervision]:
    return rows.select_related("case__office", "case__unit", "unit", "clock", "missed_clock")[:AT_ONCE]


def _is_mended(row: Supervision) -> bool:
    """The limit was met after it was proposed: the officer decides, nothing is demanded by itself."""
    clock = row.missed_clock
    return clock is not None and clock.stopped_at is not None


def _try(act: Callable[..., Supervision], row: Supervision, now: datetime) -> int:
    try:
        act(row, by=TICK, at=now)
    except Refused:  # somebody was faster, or a unit has no code for its papers: the others go on
        return 0
    return 1
