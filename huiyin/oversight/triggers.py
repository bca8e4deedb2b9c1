"""What calls for supervision: triggers as data (`triggers.toml`), and the query over clocks and acts that finds them.

A trigger looks at steps, limits and promises of a case. Channel, number of filings, headcount and identity are no
columns it reads (product.md §3); nothing about a case in the sealed lane is ever found.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import get_default_timezone, localtime

from huiyin.cases.models import Case, Decision, Note, Stage
from huiyin.cases.models.case import OPEN
from huiyin.clocks import calendars, policy, running
from huiyin.clocks.models import Clock
from huiyin.clocks.warnings import gone
from huiyin.org.models import Unit
from huiyin.oversight.models import Supervision

PATH = Path(__file__).parent / "triggers.toml"
AT_ONCE = 200  # proposals made by one look
WORK = (Note.Kind.NOTE, Note.Kind.CONTACT, Note.Kind.EVIDENCE, Note.Kind.QUESTION)
BY_HAND = "by_hand"
IN_UNIT = (Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED)


@dataclass(frozen=True)
class Trigger:
    """One line of triggers.toml. `missed` has places for `limit`, `day` and `start`."""

    code: str
    title: str
    source: str
    finds: str
    asks: str
    missed: str = ""
    limits: tuple[str, ...] = ()
    percent: int = 0
    days: int = 0
    times: int = 0
    issues_itself_after: int | None = None


@dataclass(frozen=True)
class Found:
    """Something a trigger found: in which case, whose it was, what was missed. `key` names it once for ever."""

    trigger: Trigger
    case: Case
    unit: Unit
    key: str
    missed: str
    clock: Clock | None = None


@cache
def triggers() -> Mapping[str, Trigger]:
    """All triggers by code, in their order. ValueError for a file that asks a question nobody answers."""
    read = tomllib.loads(PATH.read_text("utf-8"))["triggers"]
    found = {code: _trigger(code, values) for code, values in read.items()}
    for one in found.values():
        if one.finds != BY_HAND and one.finds not in QUESTIONS:
            raise ValueError(f"trigger {one.code}: nobody answers {one.finds!r}")
    return found


def _trigger(code: str, entry: dict[str, Any]) -> Trigger:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Trigger(code=code, **values)


def due(now: datetime) -> Iterator[Found]:
    """What calls for supervision now and was not proposed yet, each thing once, in the order of the triggers.

    A statement or two for each trigger, however much it finds; at most `AT_ONCE` of each.
    """
    seen: set[tuple[int, str]] = set()
    for trigger in triggers().values():
        if trigger.finds == BY_HAND:
            continue
        for found in QUESTIONS[trigger.finds](trigger, now):
            if (found.case.pk, found.key) not in seen:
                seen.add((found.case.pk, found.key))
                yield found


def _overdue(trigger: Trigger, now: datetime) -> Iterator[Found]:
    """A limit that runs and is missed: of the rules named, else of all that are due steps and that no other names."""
    rules = trigger.limits or tuple(
        rule.id for rule in policy.current().rules.values() if rule.is_due_step and rule.id not in _named_elsewhere()
    )
    clocks = Clock.objects.filter(rule__in=rules, stopped_at=None, paused_at=None, due_on__lt=localtime(now).date())
    yield from _of_clocks(trigger, clocks)


def _named_elsewhere() -> set[str]:
    """`execution` and `co_handling` have triggers of their own; the wait for a rating is nobody's missed step."""
    named = (one.limits for one in triggers().values() if one.finds in {"overdue", "silent"})
    return {"rating_window"}.union(*named)


def _silent(trigger: Trigger, now: datetime) -> Iterator[Found]:
    since = _day_before(now, trigger.days)
    yield from _of_clocks(trigger, Clock.objects.filter(rule__in=trigger.limits, stopped_at=None, started_at__lt=since))


def _half_gone(trigger: Trigger, now: datetime) -> Iterator[Found]:
    """A limit half gone without a single note of whoever handles the case since it started."""
    rules = [policy.current().rules[rule] for rule in trigger.limits if rule in policy.current().rules]
    shortest = min((rule.amount for rule in rules), default=0)
    since = now - timedelta(days=shortest * trigger.percent // 100)
    noted = Note.objects.filter(case__subject=OuterRef("subject"), kind__in=WORK)
    clocks = Clock.objects.filter(rule__in=trigger.limits, stopped_at=None, paused_at=None, started_at__lte=since)
    calendar = calendars.current()
    for found in _of_clocks(trigger, clocks.exclude(Exists(noted)), stages=IN_UNIT):
        if found.clock and gone(found.clock, now, calendar) >= trigger.percent:
            yield found


def _sent_back(trigger: Trigger, now: datetime) -> Iterator[Found]:
    """Drafts of one case returned so often that the head should take it up. Counts drafts, never filings."""
    known = Supervision.objects.filter(case=OuterRef("pk"), key=trigger.code)
    cases = _open_cases(Case.objects.filter(stage__in=IN_UNIT)).exclude(Exists(known))
    returned = Count("decisions", filter=Q(decisions__returned_at__isnull=False))
    for case in cases.annotate(returned=returned).filter(returned__gte=trigger.times).order_by("pk")[:AT_ONCE]:
        yield Found(trigger, case, case.unit or case.office, trigger.code, trigger.missed)


def _not_resubmitted(trigger: Trigger, now: datetime) -> Iterator[Found]:
    """The last draft was returned and no new one came in so many days."""
    later = Decision.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
    key = Concat(Value("decision:"), Cast(OuterRef("pk"), CharField()))
    known = Supervision.objects.filter(case=OuterRef("case"), key=key)
    drafts = Decision.objects.filter(
        case__in=_open_cases(Case.objects.filter(stage=Stage.HANDLING)), returned_at__lt=_day_before(now, trigger.days)
    )
    drafts = drafts.exclude(Exists(later)).exclude(Exists(known))
    for draft in drafts.select_related("case__subject", "case__office", "case__unit").order_by("pk")[:AT_ONCE]:
        missed = trigger.missed % {"start": _said(localtime(draft.returned_at).date())}
        yield Found(trigger, draft.case, draft.case.unit or draft.case.office, f"decision:{draft.pk}", missed)


def _missed_before_repeat(trigger: Trigger, now: datetime) -> Iterator[Found]:
    """A repeat was joined, and before it a limit or promise of the case had been missed, also one met late since.

    Whether it was one repeat or ten moves nothing: what is found is the limit, and it is found once.
    """
    rules = tuple(
        rule.id for rule in policy.current().rules.values() if rule.watch != "mark" and rule.id != "rating_window"
    )
    joined = Case.objects.filter(
        joined_to__subject=OuterRef("subject"), stage=Stage.JOINED, closed_at__date__gt=OuterRef("due_on")
    )
    late = Q(stopped_at=None) | Q(stopped_at__date__gt=F("due_on"))
    leading = Case.objects.filter(joined_to__isnull=False, joined_to__stage__in=OPEN).values("joined_to__subject")
    clocks = Clock.objects.filter(late, rule__in=rules, subject__in=leading, due_on__lt=localtime(now).date())
    yield from _of_clocks(trigger, clocks.filter(Exists(joined)))


QUESTIONS: dict[str, Callable[[Trigger, datetime], Iterator[Found]]] = {
    "overdue": _overdue,
    "silent": _silent,
    "half_gone": _half_gone,
    "sent_back": _sent_back,
    "not_resubmitted": _not_resubmitted,
    "missed_before_repeat": _missed_before_repeat,
}


def _of_clocks(trigger: Trigger, clocks: QuerySet[Clock], *, stages: tuple[Stage, ...] = ()) -> Iterator[Found]:
    """Clocks as findings, with their cases in one more statement; those proposed before are left out."""
    known = Supervision.objects.filter(missed_clock=OuterRef("pk"))
    open_cases = _open_cases(Case.objects.filter(stage__in=stages) if stages else Case.objects.all())
    fresh = clocks.filter(subject__in=open_cases.values("subject")).exclude(Exists(known))
    rows = list(fresh.order_by("due_on", "pk")[:AT_ONCE])
    cases = {case.subject_id: case for case in open_cases.filter(subject__in=[clock.subject_id for clock in rows])}
    for clock in rows:
        case = cases[clock.subject_id]
        limit = running.rule_of(clock)
        words = {"limit": limit.title, "day": _said(clock.due_on), "start": _said(localtime(clock.started_at).date())}
        unit = case.next_unit or case.unit or case.office
        yield Found(trigger, case, unit, f"clock:{clock.pk}", trigger.missed % words, clock)


def _open_cases(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(stage__in=OPEN, is_sealed=False).select_related("office", "unit", "next_unit", "subject")


def _day_before(now: datetime, days: int) -> datetime:
    """The start of the day that lies so many days before today: what began earlier is older than that."""
    day = localtime(now).date() - timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=get_default_timezone())


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
