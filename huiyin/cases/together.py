"""Filings handled together: a repeat joined into an older case stays with its own case, key and record, and is handled
in the leading one. Who leads, what was joined into it, and which of its filings still stand.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from huiyin.cases.models import Case, Filing

# UNION, not UNION ALL: a row is taken once, whatever the rows say.
_MEMBERS = """WITH RECURSIVE together(id) AS (
    SELECT id FROM cases_case WHERE id = %s
    UNION SELECT joined.id FROM cases_case joined JOIN together ON joined.joined_to_id = together.id
) SELECT id FROM together"""

# A number or code at the start: an own one of a joined case, or one of its filings'.
_LEADING = """WITH RECURSIVE above(id) AS (
    SELECT joined_to_id FROM cases_case WHERE joined_to_id IS NOT NULL AND (
        number = %s OR reference = %s OR id IN (SELECT case_id FROM cases_filing WHERE reference = %s))
    UNION SELECT joined.joined_to_id FROM cases_case joined JOIN above ON joined.id = above.id
    WHERE joined.joined_to_id IS NOT NULL
) SELECT id FROM above"""


def chain(case: Case) -> list[Case]:
    """The case, the one it was joined into, and so on to the leading one. A statement for each step of it."""
    found = [case]
    while found[-1].joined_to_id:
        found.append(
            Case.objects.select_related("subject__key", "office", "unit", "policy").get(pk=found[-1].joined_to_id)
        )
    return found


def leading(case: Case) -> Case:
    """The case in which this one is handled: itself, or the one it was joined into."""
    return chain(case)[-1]


def members(case: Case) -> QuerySet[Case]:
    """The case and everything joined into it, at any distance. One statement, also inside another."""
    return Case.objects.filter(pk__in=RawSQL(_MEMBERS, [case.pk]))  # noqa: S611 - the key goes in as a parameter


def above(number: str, reference: str) -> RawSQL:
    """The keys of the cases that the one with this number or code was joined into, at any distance; for `pk__in`."""
    return RawSQL(_LEADING, [number, reference, reference])  # noqa: S611 - number and code go in as parameters


def standing(case: Case) -> QuerySet[Filing]:
    """The filings handled in this case that were not withdrawn, the oldest case's first."""
    rows = Filing.objects.filter(case__in=members(case), withdrawn_at=None)
    return rows.select_related("case__subject__key").order_by("pk")
