"""Whom a warning tells, and what follows for a case when a limit is counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from huiyin.cases import access, record
from huiyin.cases.lifecycle import OUTLIVES
from huiyin.cases.models import Case, CoHandling
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.clocks.warnings import MISSED
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.org.permissions import Permission, Role, roles_with
from huiyin.trail.moments import server_now


def tell(clock: Clock, percent: int) -> None:
    """Put a notice out to the roles that the rule names for this per cent: of the handling unit, of the unit that
    issues the decision, of the office, and the deputy whose area it is. A missed limit always finds somebody.

    Where nobody holds such a post, those who can mend that are told: the office's officers, else the security
    administrator without a word of which case it is. A case in the sealed lane tells the inspectors whose turn it is, or nobody.
    """
    rows = Case.objects.select_related("subject", "office", "unit", "review_unit")
    case = rows.filter(subject=clock.subject_id).first()
    if case is None or not (case.is_open or clock.rule in OUTLIVES):
        return
    if case.is_sealed:
        people = access.inspectors(case, timezone.localtime(server_now()).date())[1]
    else:
        roles = set(running.rule_of(clock).roles_at(percent))
        people = _elsewhere(case, clock, roles) or _people(case, roles, server_now())
    if not people and percent >= MISSED and not case.is_sealed:
        people = _people(case, {Role.OFFICER, Role.UNIT_HEAD, Role.DEPUTY, Role.CHIEF}, server_now())
    facts: dict[str, str | int] = {"reference": case.reference, "due_on": clock.due_on.isoformat(), "step": clock.rule}
    if percent < MISSED:
        facts["percent"] = percent
    outbox.put(case.subject, people, "clock_missed" if percent >= MISSED else "clock_warning", facts, server_now())
    if not people and not case.is_sealed:
        _tell_of_the_gap(case, facts)


def _tell_of_the_gap(case: Case, facts: dict[str, str | int]) -> None:
    facts.pop("percent", None)
    live = structure.held_on(timezone.localtime(server_now()).date()).filter(user__is_active=True)
    officers = live.filter(role=Role.OFFICER, unit=case.office).values_list("user_id", flat=True)
    if officers:
        outbox.put(case.subject, sorted(set(officers)), "warning_unheard", facts, server_now())
        return
    guards = live.filter(role__in=roles_with(Permission.GRANT_POSTS)).values_list("user_id", flat=True)
    without_case = {name: value for name, value in facts.items() if name != "reference"}
    outbox.put(None, sorted(set(guards)), "warning_unheard", without_case, server_now())


def _elsewhere(case: Case, clock: Clock, roles: set[str]) -> list[int]:
    """Whom a limit tells that is not of the unit or office that has the case: who answers an objection, decides a
    dispute, or helps. Empty for every other limit."""
    if case.is_sealed:
        return []
    unit = case.next_unit_id if clock.rule in {"objection_answer", "dispute"} else None
    if clock.rule == "co_handling" and clock.whose is not None:
        unit = CoHandling.objects.filter(pk=clock.whose).values_list("unit_id", flat=True).first()
    held = structure.held_on(timezone.localtime(server_now()).date()).filter(user__is_active=True)
    return sorted(set(held.filter(role__in=roles, unit=unit).values_list("user_id", flat=True))) if unit else []


def _people(case: Case, roles: set[str], now: datetime) -> list[int]:
    unit = case.unit or case.office
    units = {unit.pk, structure.issuer(unit).pk, case.office_id}
    above = [found.pk for found in structure.ancestors(unit)]
    held = structure.held_on(timezone.localtime(now).date()).filter(role__in=roles, user__is_active=True)
    mine = Q(unit__in=units) & ~Q(role__in=[Role.DEPUTY, Role.REVIEWER]) | Q(
        role=Role.DEPUTY, area__units__in=[unit.pk, *above]
    )
    if case.review_unit:
        mine |= Q(unit=structure.live(case.review_unit), role=Role.REVIEWER)
    people = set(held.filter(mine).values_list("user_id", flat=True))
    if case.handler_id and Role.HANDLER in roles:
        handlers = set(held.filter(role=Role.HANDLER).values_list("user_id", flat=True))
        if case.handler_id in handlers:  # who left the post is told no more: then the others of the unit are
            people = people - handlers | {case.handler_id}
    return sorted(people)


def moved(clock: Clock) -> Mapping[str, Mapping[str, object]]:
    """For `running.recount`: move the case's next date with the limit it comes from; answers what to record."""
    case = Case.objects.filter(subject=clock.subject_id).first()
    if case is None or not case.is_open or case.next_rule != clock.rule:
        return {}
    due = [found for found in running.running(case.subject) if running.rule_of(found).is_next_step]
    first = min(due, key=lambda found: (found.due_on, found.pk))
    Case.objects.filter(pk=case.pk).update(next_due_on=first.due_on, next_rule=first.rule)
    return {record.entity(case): {"next_due_on": first.due_on, "next_rule": first.rule}}
