"""The watch-dog of cases: what no step would ever mend by itself. Each question has a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from huiyin.cases import access
from huiyin.cases.models import Case
from huiyin.cases.search import STANDS_IN
from huiyin.cases.steps import NEXT
from huiyin.kernel.actors import Staff
from huiyin.org import structure
from huiyin.org.models import Series, Unit
from huiyin.org.permissions import Role
from huiyin.papers.models import Paper

LOOKED_BACK = 50  # newest numbers of each series


def ownerless(by: Staff, *, on: date, at_most: int = 20) -> list[Case]:
    """Open cases in view whose next step nobody can take on this day: in that unit nobody holds the
    post. The next due first; two statements.

    That each open case names unit, role, step and date is kept by the database (`cases_open_has_owner_step_date`).
    """
    roles = {role for _where, role, _step in NEXT.values()}
    live = structure.held_on(on).filter(user__is_active=True)
    held = list(live.filter(role__in=_standing_in(roles)).values_list("role", "unit_id", "unit__path").distinct())
    lost = Q(pk__in=[])
    for role in sorted(roles):
        stand_ins = _standing_in([role])
        able = [unit for found, unit, _path in held if found in stand_ins]
        above = [
            path for found, _unit, path in held if found == role == Role.LIAISON
        ]  # a liaison takes in for all below
        lost |= Q(next_role=role) & ~Q(next_unit__in=_units(able, above))
    rows = access.visible_to(by).exclude(next_role="").filter(lost).select_related("next_unit")
    return list(rows.order_by("next_due_on", "pk")[:at_most])


def missing_numbers(by: Staff, *, on: date) -> list[str]:
    """Numbers that are lacking among this year's newest of each series in reach: none, unless somebody deleted rows
    behind the program's back. Two statements; `huiyin verify` looks at everything.
    """
    reach = Q(pk__in=[])
    for post in by.posts:
        for path in post.reach:
            reach |= Q(unit__path__startswith=path)
    series = list(Series.objects.filter(reach, year=on.year).select_related("unit").order_by("unit__path", "kind"))
    expected = {row.pk: _newest(row) for row in series}
    wanted = [number for numbers in expected.values() for number in numbers]
    used = set(
        Case.objects.filter(number__in=wanted)
        .values_list("number", flat=True)
        .union(Paper.objects.filter(number__in=wanted).values_list("number", flat=True), all=True)
    )
    missing = []
    for numbers in expected.values():
        # Before the first number found there may have been another unit code: only holes count.
        first = next((place for place, number in enumerate(numbers) if number in used), len(numbers))
        missing += [number for number in numbers[first:] if number not in used]
    return missing


def _newest(row: Series) -> list[str]:
    return [
        f"{row.unit.code}{row.kind}〔{row.year}〕{no}号"
        for no in range(max(1, row.last - LOOKED_BACK + 1), row.last + 1)
    ]


def _standing_in(roles: Iterable[str]) -> set[str]:
    return {found for role in roles for found in STANDS_IN.get(role, frozenset({role}))}


def _units(able: list[int], above: list[str]) -> QuerySet[Unit, int]:
    rows = Q(pk__in=able)
    for path in above:
        rows |= Q(path__startswith=path)
    return Unit.objects.filter(rows).values_list("pk", flat=True)
