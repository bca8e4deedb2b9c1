"""Lists across supervision, instructions and advice: what waits for somebody, what belongs to a case. One statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, DateField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from huiyin.cases.models import Case
from huiyin.kernel.actors import Held, Staff
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.oversight import access
from huiyin.oversight.models import Advice, Asked, Instruction, State, Supervision, Tier

LAST = date(9999, 12, 31)
KINDS: dict[str, type[Any]] = {"supervision": Supervision, "instruction": Instruction, "advice": Advice}


@dataclass(frozen=True)
class Line:
    """One row of such a list, whatever its kind."""

    kind: str
    reference: str
    number: str
    state: str
    due_on: date
    unit: str
    case_reference: str
    case_number: str
    matter: str
    is_stalled: bool

    @property
    def is_open(self) -> bool:
        return self.state in {State.ASKED, State.ANSWERED}


def waiting(by: Staff, *, at_most: int = 200) -> list[Line]:
    """What waits for this person's answer or reading, the next due first. A statement, none for who has no part in it.

    The answer waits for liaison and head of the unit, and for deputy and chief once it was put into their hands; the
    reading for the leader who instructed, else for the office, with whom proposals and what has stalled wait as well.
    """
    asked = {name: _mine(kind, by) for name, kind in KINDS.items()}
    if not any(asked.values()):
        return []
    return _lines({name: KINDS[name]._default_manager.filter(rows) for name, rows in asked.items() if rows}, at_most)


def of_case(case: Case, *, may_see_proposals: bool, at_most: int = 50) -> list[Line]:
    """Everything asked about this case, what is open first. One statement."""
    rows: dict[str, QuerySet[Any]] = {name: kind._default_manager.filter(case=case) for name, kind in KINDS.items()}
    hidden = [State.DISMISSED] if may_see_proposals else [State.DISMISSED, State.PROPOSED]
    rows["supervision"] = rows["supervision"].exclude(state__in=hidden)
    found = _lines(rows, at_most)
    return sorted(found, key=lambda line: not line.is_open)


def _lines(rows: dict[str, QuerySet[Any]], at_most: int) -> list[Line]:
    parts = [_columns(name, part) for name, part in rows.items()]
    whole = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Line(*row) for row in whole.order_by("the_due_on", "the_reference")[:at_most]]


def _columns(name: str, rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    """The columns of `Line`, in one order for all kinds: a union goes by place."""
    names = {
        "kind": Value(name, CharField()),
        "reference": F("reference"),
        "number": Coalesce("number", Value("")),
        "state": F("state"),
        "due_on": Coalesce("clock__due_on", Value(LAST, DateField())),  # a proposal has none: both engines sort it last
        "unit": F("unit__short_name"),
        "case_reference": Coalesce("case__reference", Value("")),
        "case_number": Coalesce("case__number", Value("")),
        "matter": Coalesce("case__matter", Value("")),
        "is_stalled": F("is_stalled") if name == "supervision" else Value(False),
    }
    aliased = {f"the_{column}": found for column, found in names.items()}
    told: QuerySet[Any, tuple[Any, ...]] = rows.order_by().annotate(**aliased).values_list(*aliased)
    return told


def _mine(kind: type[Asked], by: Staff) -> Q:
    """Empty where the person has no part in this kind."""
    rows = Q()
    for post in by.posts:
        codes = ROLE_PERMISSIONS[Role(post.role)]
        if Permission.REPORT_BACK in codes:
            rows |= Q(state=State.ASKED, unit__in=access.below(post), tier__gte=FROM.get(post.role, Tier.NONE))
        if Permission.SUPERVISE in codes:
            rows |= Q(state=State.ANSWERED) & _of_the_office(kind, post)
            if kind is Supervision:
                undecided = Q(state=State.PROPOSED, case__closed_at=None) | Q(state=State.ASKED, is_stalled=True)
                rows |= undecided & _of_the_office(kind, post)
    if kind is Instruction and any(Permission.INSTRUCT in ROLE_PERMISSIONS[Role(post.role)] for post in by.posts):
        rows |= Q(state=State.ANSWERED, given_by=by.user_id)
    return rows & ~Q(case__is_sealed=True) if rows else rows


# From which hands on the answer waits for a leader too.
FROM: dict[str, int] = {Role.DEPUTY: Tier.DEPUTY, Role.CHIEF: Tier.CHIEF}


def _of_the_office(kind: type[Asked], post: Held) -> Q:
    below = access.below(post)
    if kind is Instruction:
        return Q(case__office__in=below) & ~Q(asked_by=F("given_by"))
    return Q(case__office__in=below) | Q(case=None, unit__in=below) if kind is Advice else Q(case__office__in=below)
